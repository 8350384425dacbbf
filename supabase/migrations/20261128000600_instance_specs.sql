-- Whether the cluster was ever brought to what an instance asks for. A change that fails and does not go back leaves its spec in the row, and
-- a look may find the instance well although that spec was never reached: the same request must then start the work again.

alter table public.instances add column spec_pending boolean not null default false;

-- Of the operation, not of one function that ends it: whichever writes the success of an installation, the spec is reached with it.
create function public.settle_spec() returns trigger language plpgsql set search_path = '' as $$
begin
  update public.instances set spec_pending = false where id = new.instance_id and spec_pending;
  return null;
end $$;
create trigger operations_settle_spec after update of status on public.operations for each row
  when (new.status = 'succeeded' and new.kind in ('create', 'upgrade', 'rollback', 'repair')) execute function public.settle_spec();

-- What a change that fails goes back to: the spec of the last good revision, which is not what the instance asks for while that is pending.
-- `asked` is then what it asks for, for a change that is cancelled before it begins.
create function public.spec_to_go_back_to(p_instance public.instances) returns jsonb language plpgsql stable set search_path = '' as $$
declare asked jsonb := public.spec_of(p_instance); good jsonb;
begin
  if not p_instance.spec_pending then return asked; end if;
  select previous_spec - 'asked' into good from public.operations
  where instance_id = p_instance.id and kind in ('create', 'upgrade') order by seq desc limit 1;
  return coalesce(good, asked) || jsonb_build_object('asked', asked);
end $$;

create or replace function public.restore_spec(p_instance_id uuid, p_spec jsonb) returns void language plpgsql set search_path = '' as $$
declare s jsonb := p_spec; pending boolean := false;
begin
  -- What was cancelled before it began left everything as it was, pending or not; anything else went back to the good revision.
  if p_spec ? 'asked' and 'cancelled' = (select status from public.operations where instance_id = p_instance_id order by seq desc limit 1) then
    s := p_spec -> 'asked';
    pending := true;
  end if;
  update public.instances set
    blueprint = s ->> 'blueprint', blueprint_version = (s ->> 'blueprint_version')::integer, values = s -> 'values',
    sealed_secrets = s ->> 'sealed_secrets', secrets_hash = s ->> 'secrets_hash', urls = s -> 'urls', spec_pending = pending
  where id = p_instance_id;
  perform public.take_hosts(p_instance_id, array(select jsonb_array_elements_text(s -> 'hosts')));
  perform public.keep_hosts(p_instance_id, array(select jsonb_array_elements_text(s -> 'hosts')));
end $$;

-- It gets an argument, and two functions of one name would be told apart by nobody who calls them by the names of arguments.
drop function public.instance_put(uuid, text, uuid, uuid, jsonb, boolean, jsonb);

-- p_spec: {cluster, namespace, release, blueprint, blueprint_version, values, sealed_secrets, secrets_hash, hosts, urls}
-- p_only_new: answer name_taken where an instance of that name lives, instead of changing it.
-- p_row_version: of the row that parts of the spec were read from; answer stale where that has changed. Null: the spec was read from nothing.
create function public.instance_put(
  p_tenant_id uuid, p_name text, p_instance_id uuid, p_operation_id uuid, p_spec jsonb, p_only_new boolean, p_row_version bigint,
  p_context jsonb
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
  if i.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
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
    elsif same and i.status <> 'error' and not i.spec_pending then
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
      secrets_hash, urls, desired_state, status, spec_pending)
    values (p_instance_id, p_tenant_id, p_name, p_spec ->> 'cluster', p_spec ->> 'namespace', p_spec ->> 'release', p_spec ->> 'blueprint',
      (p_spec ->> 'blueprint_version')::integer, p_spec -> 'values', p_spec ->> 'sealed_secrets', p_spec ->> 'secrets_hash', p_spec -> 'urls',
      next_desired, next_status, true)
    returning * into i;
  else
    was := public.instance_json(i.id);
    if operation_kind = 'upgrade' then previous := public.spec_to_go_back_to(i); end if;
    update public.instances set
      cluster = case when i.status = 'deprovisioned' then p_spec ->> 'cluster' else cluster end,
      namespace = case when i.status = 'deprovisioned' then p_spec ->> 'namespace' else namespace end,
      blueprint = p_spec ->> 'blueprint', blueprint_version = (p_spec ->> 'blueprint_version')::integer, values = p_spec -> 'values',
      sealed_secrets = p_spec ->> 'sealed_secrets', secrets_hash = p_spec ->> 'secrets_hash', urls = p_spec -> 'urls',
      desired_state = next_desired, status = next_status, status_reason = null, spec_pending = true, repair_attempts = 0, repair_after = null
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
