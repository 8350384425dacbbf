-- What changed something and did not, or not fully, say so; and the one function that would lock a task after a chain. The bodies are those
-- of the migrations that made them, but for the lines about the trail.

-- An operation as the trail tells it. Its steps are work in progress, and stay in the row.
create function public.audit_operation(p_operation public.operations, p_instance jsonb) returns jsonb language sql immutable set search_path = '' as $$
  select (public.operation_json(p_operation) - 'steps') || jsonb_build_object('instance', p_instance)
$$;

-- An uninstall that stops a create says so.
create or replace function public.instance_act(
  p_instance_id uuid, p_kind text, p_operation_id uuid, p_from text[], p_change jsonb, p_params jsonb, p_row_version bigint, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare i public.instances; was jsonb; active public.operations; waiting public.operations; stopped public.operations; o jsonb;
begin
  select * into i from public.instances where id = p_instance_id for update;
  if i.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and i.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  active := public.active_operation(i.id);
  if p_kind = 'uninstall' then
    select * into waiting from public.operations where instance_id = i.id and kind = 'uninstall'
      and (status in ('queued', 'running') or (status = 'succeeded' and i.status = 'deprovisioned')) order by seq desc limit 1;
    if waiting.id is not null then
      return jsonb_build_object('outcome', 'in_progress', 'operation', public.operation_json(waiting));
    end if;
  end if;
  if active.id is not null and not (p_kind = 'uninstall' and active.kind = 'create') then
    return jsonb_build_object('outcome', 'operation_in_progress', 'operation_id', active.id);
  end if;
  -- A repair brings back what is desired, and nothing is: only another uninstall says what to do with the data.
  if i.status <> all (p_from) or (p_kind = 'repair' and i.desired_state = 'absent') then
    return jsonb_build_object('outcome', 'illegal_state', 'status', i.status);
  end if;
  if active.id is not null then perform public.stop_operation(active.id); end if;

  was := public.instance_json(i.id);
  update public.instances set
    status = coalesce(p_change ->> 'status', status), status_reason = null,
    desired_state = coalesce(p_change ->> 'desired_state', desired_state)
  where id = i.id returning * into i;
  perform public.announce_cancelled(active.id);
  -- What was desired before is desired again when the operation is cancelled before it begins.
  o := public.add_operation(p_operation_id, i, p_kind, p_params || jsonb_build_object('desired_before', was -> 'desired_state'), null, p_context);
  if active.id is not null then
    select * into stopped from public.operations where id = active.id;
    perform public.write_audit(p_context, 'operation.cancel', 'operation', active.id::text, i.tenant_id, public.audit_operation(active, was),
      public.audit_operation(stopped, public.instance_json(i.id)));
  end if;
  perform public.write_audit(p_context, 'instance.' || p_kind, 'instance', i.id::text, i.tenant_id, was, public.instance_json(i.id));
  return jsonb_build_object('outcome', 'accepted', 'instance', public.instance_json(i.id), 'operation', o);
end $$;

-- A cancellation tells what became of the operation and of its instance.
create or replace function public.operation_cancel(p_id uuid, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare o public.operations; ended public.operations; was jsonb; r text;
begin
  select * into o from public.operations where id = p_id;
  if o.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  -- The instance's row is locked first everywhere, so that no two of these functions wait for each other.
  perform 1 from public.instances where id = o.instance_id for update;
  select * into o from public.operations where id = p_id;
  if o.status = 'running' and o.kind <> 'create' then return jsonb_build_object('outcome', 'not_cancellable'); end if;
  was := public.instance_json(o.instance_id);
  r := public.stop_operation(p_id);
  if r = 'finished' then return jsonb_build_object('outcome', 'finished', 'status', (select status from public.operations where id = p_id)); end if;
  if r = 'cancelled' then
    if o.previous_spec is not null then perform public.restore_spec(o.instance_id, o.previous_spec); end if;
    update public.instances set desired_state = coalesce(o.params ->> 'desired_before', desired_state) where id = o.instance_id;
    -- A repair that has not begun left the status as it was.
    update public.instances set status = 'error', status_reason = 'cancelled' where id = o.instance_id and o.kind <> 'repair'
      and public.instance_may_become(status, 'error');
    perform public.announce_cancelled(p_id);
  end if;
  select * into ended from public.operations where id = p_id;
  perform public.write_audit(p_context, 'operation.cancel', 'operation', p_id::text, o.tenant_id, public.audit_operation(o, was),
    public.audit_operation(ended, public.instance_json(o.instance_id)));
  return jsonb_build_object('outcome', r, 'operation', public.operation_json(ended));
end $$;

-- Locks in one order: tenant, instance, task, chain.
create or replace function public.tenant_delete(p_id uuid, p_cascade boolean, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare t public.tenants; living uuid; asked jsonb; operations jsonb := '[]';
begin
  select * into t from public.tenants where id = p_id and deleted_at is null for no key update;
  if t.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and t.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  -- All of them before the first is asked: each request writes to the tenant's chain, and a chain is locked last.
  perform 1 from public.instances where tenant_id = p_id and status <> 'deprovisioned' order by id for update;
  for living in select id from public.instances where tenant_id = p_id and status <> 'deprovisioned' order by id loop
    if not p_cascade then return jsonb_build_object('outcome', 'tenant_has_instances'); end if;
    asked := public.instance_act(living, 'uninstall', gen_random_uuid(), public.uninstallable(), '{"status": "uninstalling", "desired_state": "absent"}',
      '{}', null, p_context);
    if asked ->> 'outcome' not in ('accepted', 'in_progress') then
      raise exception 'instance % cannot be uninstalled now', living using errcode = 'PT409', hint = 'operation_in_progress',
        detail = coalesce(asked ->> 'operation_id', '');
    end if;
    operations := operations || (asked -> 'operation');
  end loop;
  perform public.write_audit(p_context, 'tenant.delete', 'tenant', p_id::text, p_id, to_jsonb(t), null);
  update public.tenants set delete_requested_at = now(), row_version = row_version + 1, updated_at = now() where id = p_id;
  if not public.finish_tenant_deletion(p_id) then
    return jsonb_build_object('outcome', 'deleting', 'operations', operations);
  end if;
  return jsonb_build_object('outcome', 'deleted');
end $$;

-- An end tells what became of the operation, not only of its instance; and the last uninstall that it ended the tenant too.
-- p_instance: {status, status_reason?, observed?, applied?, stopped_replicas?, drift_state?, drift_findings?, rolled_back?}
create or replace function public.operation_finish(
  p_id uuid, p_fence bigint, p_status text, p_error jsonb, p_steps jsonb, p_instance jsonb, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare o public.operations; begun public.operations; i public.instances; t public.tenants; was jsonb; superseded boolean; tenant_ended boolean := false;
begin
  select * into o from public.operations where id = p_id;
  if o.kind = 'uninstall' then
    -- It may end the tenant too, and the order of locks is tenant, instance, task.
    perform 1 from public.tenants where id = o.tenant_id for no key update;
  end if;
  select * into i from public.instances where id = o.instance_id for update;
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  was := public.instance_json(i.id);
  select * into begun from public.operations where id = p_id;
  superseded := exists (select from public.operations where instance_id = i.id and status = 'queued');
  update public.operations set status = p_status, error = p_error, steps = p_steps, finished_at = now(),
    progress = case when p_status = 'succeeded' then 1 else progress end
  where id = p_id returning * into o;
  perform public.task_done(p_id);
  update public.instances set
    status = case when superseded then status else coalesce(p_instance ->> 'status', status) end,
    status_reason = case when superseded then status_reason else p_instance ->> 'status_reason' end,
    observed = coalesce(p_instance -> 'observed', observed),
    applied = case when p_instance ? 'applied' then nullif(p_instance -> 'applied', 'null') else applied end,
    stopped_replicas = case when p_instance ? 'stopped_replicas' then nullif(p_instance -> 'stopped_replicas', 'null') else stopped_replicas end,
    drift_state = coalesce(p_instance ->> 'drift_state', drift_state),
    drift_findings = coalesce(p_instance -> 'drift_findings', drift_findings),
    drift_checked_at = case when p_instance ? 'drift_state' then now() else drift_checked_at end,
    repair_attempts = case when p_instance ->> 'drift_state' = 'none' then 0 else repair_attempts end,
    ready_at = case when p_instance ->> 'status' = 'running' and not superseded then coalesce(case when i.status = 'running' then ready_at end, now()) else ready_at end,
    synced_at = case when p_instance ? 'observed' then now() else synced_at end
  where id = i.id returning * into i;
  if p_instance ? 'rolled_back' and o.previous_spec is not null and not superseded then
    perform public.restore_spec(i.id, o.previous_spec);
  end if;
  if p_status = 'succeeded' and o.params ? 'hosts' then
    perform public.keep_hosts(i.id, array(select jsonb_array_elements_text(o.params -> 'hosts')));
  end if;
  if i.status = 'deprovisioned' then
    delete from public.instance_hosts where instance_id = i.id;
    tenant_ended := public.finish_tenant_deletion(i.tenant_id);
  end if;
  perform public.write_audit(p_context, 'operation.' || p_status, 'operation', p_id::text, o.tenant_id, public.audit_operation(begun, was),
    public.audit_operation(o, public.instance_json(i.id)));
  if tenant_ended then
    select * into t from public.tenants where id = i.tenant_id;
    perform public.write_audit(p_context, 'tenant.deleted', 'tenant', t.id::text, t.id, null, to_jsonb(t));
  end if;
  perform public.write_outbox('operation.' || p_status, o.tenant_id, i.id,
    jsonb_build_object('operation_id', o.id, 'kind', o.kind, 'status', i.status, 'error', p_error));
  return jsonb_build_object('outcome', 'finished', 'status', i.status);
end $$;

-- Tells all that a look compares, before and after.
-- p_seen: {status, status_reason, observed, drift_state, drift_findings}
create or replace function public.instance_observe(p_id uuid, p_row_version bigint, p_seen jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare i public.instances; new_status text := p_seen ->> 'status'; changed boolean;
begin
  select * into i from public.instances where id = p_id for update;
  if i.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if (public.active_operation(p_id)).id is not null then return jsonb_build_object('outcome', 'busy'); end if;
  if i.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if not public.instance_may_become(i.status, new_status) then return jsonb_build_object('outcome', 'illegal_state', 'status', i.status); end if;
  changed := i.status <> new_status or i.drift_state <> p_seen ->> 'drift_state' or i.drift_findings <> p_seen -> 'drift_findings';
  update public.instances set
    status = new_status, status_reason = p_seen ->> 'status_reason', observed = p_seen -> 'observed',
    drift_state = p_seen ->> 'drift_state', drift_findings = p_seen -> 'drift_findings', drift_checked_at = now(), synced_at = now(),
    repair_attempts = case when p_seen ->> 'drift_state' = 'none' then 0 else repair_attempts end,
    ready_at = case when new_status = 'running' and status <> 'running' then now() else ready_at end
  where id = p_id;
  -- Another reason for the same status is a change of the row, though nobody need hear of it.
  if changed or i.status_reason is distinct from p_seen ->> 'status_reason' then
    perform public.write_audit('{"actor": "system"}', 'instance.observe', 'instance', p_id::text, i.tenant_id,
      jsonb_build_object('status', i.status, 'status_reason', i.status_reason, 'observed', i.observed, 'drift_state', i.drift_state,
        'drift_findings', i.drift_findings), p_seen);
  end if;
  if changed then
    perform public.write_outbox('instance.observed', i.tenant_id, p_id, jsonb_build_object(
      'old_status', i.status, 'status', new_status, 'reason', p_seen ->> 'status_reason', 'findings', p_seen -> 'drift_findings'));
  end if;
  return jsonb_build_object('outcome', case when changed then 'changed' else 'recorded' end);
end $$;
