-- What a caller asks of an instance. Each function checks, then writes instance, operation, task, audit and outbox rows together.

-- Takes hosts beside those that the instance has; answers one that another instance holds.
create function public.take_hosts(p_instance_id uuid, p_hosts text[]) returns text language plpgsql set search_path = '' as $$
declare taken text;
begin
  insert into public.instance_hosts (host, instance_id) select h, p_instance_id from unnest(p_hosts) h order by h on conflict (host) do nothing;
  select host into taken from public.instance_hosts where host = any (p_hosts) and instance_id <> p_instance_id limit 1;
  return taken;
end $$;

-- Lets go of every other host.
create function public.keep_hosts(p_instance_id uuid, p_hosts text[]) returns void language sql set search_path = '' as $$
  delete from public.instance_hosts where instance_id = p_instance_id and host <> all (p_hosts)
$$;

-- p_spec: {cluster, namespace, release, blueprint, blueprint_version, values, sealed_secrets, secrets_hash, hosts, urls}
-- p_only_new: answer name_taken where an instance of that name lives, instead of changing it.
create function public.instance_put(
  p_tenant_id uuid, p_name text, p_instance_id uuid, p_operation_id uuid, p_spec jsonb, p_only_new boolean, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare
  i public.instances; was jsonb; previous jsonb; active public.operations; o jsonb; taken text; same boolean;
  hosts text[] := array(select jsonb_array_elements_text(p_spec -> 'hosts'));
  operation_kind text := 'create'; params jsonb := '{}'; next_status text := 'provisioning'; next_desired text := 'running';
begin
  -- Serializes the requests for one name, so that fifty equal ones make one instance.
  perform pg_advisory_xact_lock(hashtextextended(p_tenant_id::text || '/' || p_name, 1));
  perform 1 from public.tenants where id = p_tenant_id and delete_requested_at is null for share;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;

  select * into i from public.instances where tenant_id = p_tenant_id and name = p_name for update;
  if i.id is not null and i.status <> 'deprovisioned' then
    if p_only_new then return jsonb_build_object('outcome', 'name_taken', 'instance_id', i.id); end if;
    active := public.active_operation(i.id);
    same := i.blueprint = p_spec ->> 'blueprint' and i.blueprint_version = (p_spec ->> 'blueprint_version')::integer
      and i.values = p_spec -> 'values' and i.secrets_hash is not distinct from p_spec ->> 'secrets_hash'
      and i.desired_state <> 'absent';
    if active.id is not null and same then
      return jsonb_build_object('outcome', 'in_progress', 'instance', public.instance_json(i.id), 'operation', public.operation_json(active));
    elsif active.id is not null then
      return jsonb_build_object('outcome', 'operation_in_progress', 'operation_id', active.id);
    elsif same and i.status <> 'error' then
      return jsonb_build_object('outcome', 'unchanged', 'instance', public.instance_json(i.id));
    elsif i.applied is not null then
      operation_kind := 'upgrade'; next_status := 'upgrading';
      next_desired := case when i.desired_state = 'stopped' then 'stopped' else 'running' end;
    end if;
    if not public.instance_may_become(i.status, next_status) then
      return jsonb_build_object('outcome', 'illegal_state', 'status', i.status);
    end if;
  end if;

  if i.id is null or i.status = 'deprovisioned' then
    -- Two names may spell one namespace: of those who ask at once the later one sees what the first one wrote.
    perform pg_advisory_xact_lock(hashtextextended((p_spec ->> 'cluster') || '/' || (p_spec ->> 'namespace'), 2));
    if exists (select from public.instances n where n.cluster = p_spec ->> 'cluster' and n.namespace = p_spec ->> 'namespace'
        and n.status <> 'deprovisioned') then
      return jsonb_build_object('outcome', 'namespace_taken');
    end if;
  end if;

  if i.id is null then
    insert into public.instances (id, tenant_id, name, cluster, namespace, release, blueprint, blueprint_version, values, sealed_secrets,
      secrets_hash, urls, desired_state, status)
    values (p_instance_id, p_tenant_id, p_name, p_spec ->> 'cluster', p_spec ->> 'namespace', p_spec ->> 'release', p_spec ->> 'blueprint',
      (p_spec ->> 'blueprint_version')::integer, p_spec -> 'values', p_spec ->> 'sealed_secrets', p_spec ->> 'secrets_hash', p_spec -> 'urls',
      next_desired, next_status)
    returning * into i;
  else
    was := public.instance_json(i.id);
    if operation_kind = 'upgrade' then previous := public.spec_of(i); end if;
    update public.instances set
      cluster = case when i.status = 'deprovisioned' then p_spec ->> 'cluster' else cluster end,
      namespace = case when i.status = 'deprovisioned' then p_spec ->> 'namespace' else namespace end,
      blueprint = p_spec ->> 'blueprint', blueprint_version = (p_spec ->> 'blueprint_version')::integer, values = p_spec -> 'values',
      sealed_secrets = p_spec ->> 'sealed_secrets', secrets_hash = p_spec ->> 'secrets_hash', urls = p_spec -> 'urls',
      desired_state = next_desired, status = next_status, status_reason = null, repair_attempts = 0, repair_after = null
    where id = i.id returning * into i;
  end if;

  taken := public.take_hosts(i.id, hosts);
  if taken is not null then
    -- Raised, not returned: it undoes what stands above.
    raise exception 'host % is taken', taken using errcode = 'PT409', hint = 'host_taken', detail = taken;
  end if;
  if operation_kind = 'upgrade' then
    -- It may be rolled back, so the old hosts are let go of when it has succeeded.
    params := jsonb_build_object('hosts', to_jsonb(hosts));
  else
    perform public.keep_hosts(i.id, hosts);
  end if;
  o := public.add_operation(p_operation_id, i, operation_kind, params, previous, p_context);
  perform public.write_audit(p_context, 'instance.' || operation_kind, 'instance', i.id::text, i.tenant_id, was, public.instance_json(i.id));
  return jsonb_build_object('outcome', 'accepted', 'instance', public.instance_json(i.id), 'operation', o);
end $$;

-- p_change: {status?, desired_state?}: what the row becomes at once.
-- p_from: the states in which the action is allowed. p_row_version null means: whatever is there.
create function public.instance_act(
  p_instance_id uuid, p_kind text, p_operation_id uuid, p_from text[], p_change jsonb, p_params jsonb, p_row_version bigint, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare i public.instances; was jsonb; active public.operations; waiting public.operations; o jsonb;
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
  perform public.write_audit(p_context, 'instance.' || p_kind, 'instance', i.id::text, i.tenant_id, was, public.instance_json(i.id));
  return jsonb_build_object('outcome', 'accepted', 'instance', public.instance_json(i.id), 'operation', o);
end $$;

-- A queued operation is cancelled at once, a running one is asked to stop.
create function public.stop_operation(p_id uuid) returns text language plpgsql set search_path = '' as $$
declare o public.operations;
begin
  -- The task first, as whoever works on it does.
  perform 1 from public.tasks where id = p_id for update;
  select * into o from public.operations where id = p_id for update;
  if o.status = 'queued' then
    update public.operations set status = 'cancelled', finished_at = now() where id = p_id;
    perform public.task_done(p_id);
    return 'cancelled';
  elsif o.status = 'running' then
    update public.tasks set cancel_requested = true, run_at = now() where id = p_id;
    return 'requested';
  end if;
  return 'finished';
end $$;

-- Says that an operation was cancelled before it began, once its instance is what that leaves; nothing of any other operation.
create function public.announce_cancelled(p_id uuid) returns void language sql set search_path = '' as $$
  select public.write_outbox('operation.cancelled', o.tenant_id, o.instance_id,
    jsonb_build_object('operation_id', o.id, 'kind', o.kind, 'status', i.status, 'error', null))
  from public.operations o join public.instances i on i.id = o.instance_id where o.id = p_id and o.status = 'cancelled'
$$;

-- What has not begun is cancelled, and asked for no longer; of what runs, only a create can be stopped without leaving half a change. The
-- instance is left in error, to be created again, uninstalled, or found well by the next look.
create function public.operation_cancel(p_id uuid, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare o public.operations; r text;
begin
  select * into o from public.operations where id = p_id;
  if o.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  -- The instance's row is locked first everywhere, so that no two of these functions wait for each other.
  perform 1 from public.instances where id = o.instance_id for update;
  select * into o from public.operations where id = p_id;
  if o.status = 'running' and o.kind <> 'create' then return jsonb_build_object('outcome', 'not_cancellable'); end if;
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
  perform public.write_audit(p_context, 'operation.cancel', 'operation', p_id::text, o.tenant_id, public.operation_json(o), null);
  return jsonb_build_object('outcome', r, 'operation', (select public.operation_json(x) from public.operations x where id = p_id));
end $$;

-- Refuses while instances live; with p_cascade it asks for their uninstall, and the last uninstall that ends deletes the tenant.
create function public.tenant_delete(p_id uuid, p_cascade boolean, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare t public.tenants; living uuid; asked jsonb; operations jsonb := '[]';
begin
  select * into t from public.tenants where id = p_id and deleted_at is null for no key update;
  if t.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if p_row_version is not null and t.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
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

create function public.uninstallable() returns text[] language sql immutable set search_path = '' as $$
  select array['provisioning', 'running', 'degraded', 'stopped', 'error']
$$;

create function public.finish_tenant_deletion(p_id uuid) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.tenants set deleted_at = now(), row_version = row_version + 1, updated_at = now()
  where id = p_id and delete_requested_at is not null and deleted_at is null
    and not exists (select from public.instances where tenant_id = p_id and status <> 'deprovisioned');
  if not found then return false; end if;
  perform public.write_outbox('tenant.deleted', p_id, null, jsonb_build_object('id', p_id));
  return true;
end $$;
