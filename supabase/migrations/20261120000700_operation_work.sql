-- What a worker writes. Every function takes the fence of the claim and answers {"outcome": "lost"} to one that no longer holds the task.

-- Starts the operation that belongs to a claimed task and hands over all that the work needs, in one read.
create function public.operation_begin(p_id uuid, p_fence bigint) returns jsonb language plpgsql set search_path = '' as $$
declare o public.operations; i public.instances; cancelled boolean;
begin
  select instance_id into o.instance_id from public.operations where id = p_id;
  select * into i from public.instances where id = o.instance_id for update;
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  select cancel_requested into cancelled from public.tasks where id = p_id;
  update public.operations set status = 'running', started_at = coalesce(started_at, now()), attempts = attempts + 1
  where id = p_id and status in ('queued', 'running') returning * into o;
  if o.id is null then
    perform public.task_done(p_id);
    return jsonb_build_object('outcome', 'lost');
  end if;
  return jsonb_build_object('outcome', 'begun', 'operation', to_jsonb(o), 'instance', to_jsonb(i), 'cancel_requested', cancelled,
    'tenant', (select to_jsonb(t) from public.tenants t where t.id = i.tenant_id),
    'blueprint', (select to_jsonb(b) from public.blueprints b where b.name = i.blueprint and b.version = i.blueprint_version));
end $$;

-- p_error: set before going back from a change that failed, so that whoever goes on after a crash goes back too.
create function public.operation_record(p_id uuid, p_fence bigint, p_steps jsonb, p_progress numeric, p_error jsonb)
returns jsonb language plpgsql set search_path = '' as $$
begin
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  update public.operations set steps = p_steps, progress = greatest(progress, p_progress), error = coalesce(nullif(p_error, 'null'), error)
  where id = p_id;
  return jsonb_build_object('outcome', 'recorded');
end $$;

create function public.operation_holds_program(p_id uuid, p_fence bigint, p_program jsonb) returns jsonb language plpgsql set search_path = '' as $$
begin
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  update public.operations set program = p_program where id = p_id;
  return jsonb_build_object('outcome', 'recorded');
end $$;

-- Facts about the instance that must be kept before the work goes on: {applied?, stopped_replicas?}.
create function public.operation_remember(p_id uuid, p_fence bigint, p_facts jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare o_instance uuid;
begin
  select instance_id into o_instance from public.operations where id = p_id;
  perform 1 from public.instances where id = o_instance for update;
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  update public.instances set
    applied = case when p_facts ? 'applied' then nullif(p_facts -> 'applied', 'null') else applied end,
    stopped_replicas = case when p_facts ? 'stopped_replicas' then nullif(p_facts -> 'stopped_replicas', 'null') else stopped_replicas end
  where id = o_instance;
  return jsonb_build_object('outcome', 'recorded');
end $$;

create function public.restore_spec(p_instance_id uuid, p_spec jsonb) returns void language plpgsql set search_path = '' as $$
begin
  update public.instances set
    blueprint = p_spec ->> 'blueprint', blueprint_version = (p_spec ->> 'blueprint_version')::integer, values = p_spec -> 'values',
    sealed_secrets = p_spec ->> 'sealed_secrets', secrets_hash = p_spec ->> 'secrets_hash', urls = p_spec -> 'urls'
  where id = p_instance_id;
  perform public.take_hosts(p_instance_id, array(select jsonb_array_elements_text(p_spec -> 'hosts')));
  perform public.keep_hosts(p_instance_id, array(select jsonb_array_elements_text(p_spec -> 'hosts')));
end $$;

-- p_instance: {status, status_reason?, observed?, applied?, stopped_replicas?, drift_state?, drift_findings?, rolled_back?}; rolled_back: the
-- instance asks again for what it asked for before.
-- A status is left alone when a later request has already moved it on (an uninstall behind a create).
create function public.operation_finish(
  p_id uuid, p_fence bigint, p_status text, p_error jsonb, p_steps jsonb, p_instance jsonb, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare o public.operations; i public.instances; was jsonb; superseded boolean;
begin
  select * into o from public.operations where id = p_id;
  if o.kind = 'uninstall' then
    -- It may end the tenant too, and the order of locks is tenant, instance, task.
    perform 1 from public.tenants where id = o.tenant_id for no key update;
  end if;
  select * into i from public.instances where id = o.instance_id for update;
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  was := public.instance_json(i.id);
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
    perform public.finish_tenant_deletion(i.tenant_id);
  end if;
  perform public.write_audit(p_context, 'operation.' || p_status, 'operation', p_id::text, o.tenant_id, was, public.instance_json(i.id));
  perform public.write_outbox('operation.' || p_status, o.tenant_id, i.id,
    jsonb_build_object('operation_id', o.id, 'kind', o.kind, 'status', i.status, 'error', p_error));
  return jsonb_build_object('outcome', 'finished', 'status', i.status);
end $$;

-- What a watch or a sweep saw. Written only when no operation is at work and nobody changed the row since it was read.
-- p_seen: {status, status_reason, observed, drift_state, drift_findings, repair_attempts?, repair_after?}
create function public.instance_observe(p_id uuid, p_row_version bigint, p_seen jsonb) returns jsonb language plpgsql set search_path = '' as $$
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
  if changed then
    perform public.write_audit('{"actor": "system"}', 'instance.observe', 'instance', p_id::text, i.tenant_id,
      jsonb_build_object('status', i.status, 'drift_state', i.drift_state), p_seen);
    perform public.write_outbox('instance.observed', i.tenant_id, p_id, jsonb_build_object(
      'old_status', i.status, 'status', new_status, 'reason', p_seen ->> 'status_reason', 'findings', p_seen -> 'drift_findings'));
  end if;
  return jsonb_build_object('outcome', case when changed then 'changed' else 'recorded' end);
end $$;

-- Says of many instances at once that they were seen to be as their rows say.
create function public.instances_unchanged(p_ids uuid[]) returns void language sql set search_path = '' as $$
  update public.instances set synced_at = now(), drift_checked_at = now()
  where id in (select id from public.instances where id = any (p_ids) order by id for update skip locked)
$$;

-- A repair that drift asks for: counted, and not before the pause after the last one is over.
create function public.instance_repair(p_instance_id uuid, p_operation_id uuid, p_pause_ms integer, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare asked jsonb;
begin
  perform 1 from public.instances where id = p_instance_id and (repair_after is null or repair_after <= now()) for update;
  if not found then return jsonb_build_object('outcome', 'waiting'); end if;
  asked := public.instance_act(p_instance_id, 'repair', p_operation_id, array['running', 'degraded', 'stopped', 'error'],
    '{}', '{"automatic": true}', null, p_context);
  if asked ->> 'outcome' = 'accepted' then
    update public.instances set repair_attempts = repair_attempts + 1, repair_after = now() + p_pause_ms * interval '1 ms'
    where id = p_instance_id;
  end if;
  return asked;
end $$;

create function public.fleet_counts() returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'instances', (select coalesce(jsonb_object_agg(status, n), '{}') from (select status, count(*) n from public.instances group by status) s),
    'operations', (select coalesce(jsonb_object_agg(status, n), '{}') from (select status, count(*) n from public.operations group by status) s),
    'drift', (select coalesce(jsonb_object_agg(drift_state, n), '{}') from (
      select drift_state, count(*) n from public.instances where status <> 'deprovisioned' group by drift_state) s),
    'queue', (select jsonb_build_object('depth', count(*), 'oldest_seconds', coalesce(extract(epoch from now() - min(created_at)), 0))
      from public.tasks where state = 'ready'))
$$;

-- What the newest looks at the whole fleet found: {total, synced, errors, updates, orphans}.
create table public.drift_scans (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  result jsonb not null
);
alter table public.drift_scans enable row level security;

create function public.drift_scan_record(p_result jsonb) returns void language sql set search_path = '' as $$
  insert into public.drift_scans (result) values (p_result);
  delete from public.drift_scans where id <= (select max(id) - 100 from public.drift_scans);
$$;
