-- Tenants that may run nothing for now, and which instances were stopped for it (docs/decisions/0065).

create table public.tenant_suspensions (
  tenant_id uuid not null references public.tenants (id),
  -- What it is for: a subscription. A tenant may be suspended for several things, and runs again when none is left.
  source text not null,
  reason text,
  suspended_at timestamptz not null default now(),
  primary key (tenant_id, source)
);
alter table public.tenant_suspensions enable row level security;
create policy nobody on public.tenant_suspensions as restrictive for all to anon, authenticated using (false);

-- Stopped by a suspension, and to be started after it. What its tenant had stopped is not here.
create table public.suspended_instances (
  instance_id uuid primary key references public.instances (id),
  operation_id uuid not null references public.operations (id)
);
create index suspended_instances_operation on public.suspended_instances (operation_id);
alter table public.suspended_instances enable row level security;
create policy nobody on public.suspended_instances as restrictive for all to anon, authenticated using (false);

-- The same again does nothing.
create function public.tenant_suspend(p_tenant_id uuid, p_source text, p_reason text, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare s public.tenant_suspensions;
begin
  insert into public.tenant_suspensions (tenant_id, source, reason) values (p_tenant_id, p_source, p_reason) on conflict do nothing returning * into s;
  if s.tenant_id is null then return jsonb_build_object('outcome', 'unchanged'); end if;
  perform public.write_audit(p_context, 'tenant.suspend', 'tenant', p_tenant_id::text, p_tenant_id, null, to_jsonb(s));
  return jsonb_build_object('outcome', 'suspended');
end $$;

create function public.tenant_resume(p_tenant_id uuid, p_source text, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare s public.tenant_suspensions;
begin
  delete from public.tenant_suspensions where tenant_id = p_tenant_id and source = p_source returning * into s;
  if s.tenant_id is null then return jsonb_build_object('outcome', 'unchanged'); end if;
  perform public.write_audit(p_context, 'tenant.resume', 'tenant', p_tenant_id::text, p_tenant_id, to_jsonb(s), null);
  return jsonb_build_object('outcome', 'resumed');
end $$;

-- What is not yet as suspensions have it: [{instance_id, act: stop | start}], by instance, after the given one; of one tenant, or (null) of all.
-- One that an operator has started since it was stopped is left running.
create function public.suspension_work(p_tenant_id uuid, p_after uuid, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('instance_id', w.instance_id, 'act', w.act) order by w.instance_id), '[]') from (
    select i.id as instance_id, 'stop' as act from public.instances i
    where i.tenant_id in (select s.tenant_id from public.tenant_suspensions s) and i.status in ('running', 'degraded') and i.desired_state = 'running'
      and not exists (select from public.suspended_instances k join public.operations o on o.id = k.operation_id
        where k.instance_id = i.id and o.status not in ('failed', 'cancelled'))
      and (p_tenant_id is null or i.tenant_id = p_tenant_id) and (p_after is null or i.id > p_after)
    union all
    select i.id, 'start' from public.suspended_instances k join public.instances i on i.id = k.instance_id
    where not exists (select from public.tenant_suspensions s where s.tenant_id = i.tenant_id)
      and (p_tenant_id is null or i.tenant_id = p_tenant_id) and (p_after is null or i.id > p_after)
    order by 1 limit p_limit
  ) w
$$;

-- Stops an instance of a suspended tenant, and remembers that. What instance_act answers, or {"outcome": "not_suspended"}
create function public.instance_suspend(p_instance_id uuid, p_operation_id uuid, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare acted jsonb; tenant uuid := (select tenant_id from public.instances where id = p_instance_id);
begin
  -- Held to the end, so that nobody resumes the tenant meanwhile and finds nothing to start.
  perform 1 from public.tenant_suspensions where tenant_id = tenant for share;
  if not found then return jsonb_build_object('outcome', 'not_suspended'); end if;
  acted := public.instance_act(p_instance_id, 'stop', p_operation_id, array['running', 'degraded'], '{"status": "stopping", "desired_state": "stopped"}', '{}',
    null, p_context);
  if acted ->> 'outcome' = 'accepted' then
    insert into public.suspended_instances (instance_id, operation_id) values (p_instance_id, p_operation_id)
    on conflict (instance_id) do update set operation_id = excluded.operation_id;
  end if;
  return acted;
end $$;

-- Starts what a suspension had stopped, and forgets that. What instance_act answers, or {"outcome": "suspended" | "not_stopped"}
create function public.instance_unsuspend(p_instance_id uuid, p_operation_id uuid, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.instances; k public.suspended_instances; acted jsonb := jsonb_build_object('outcome', 'not_stopped');
begin
  select * into i from public.instances where id = p_instance_id for update;
  if exists (select from public.tenant_suspensions where tenant_id = i.tenant_id) then return jsonb_build_object('outcome', 'suspended'); end if;
  select * into k from public.suspended_instances where instance_id = i.id for update;
  if k.instance_id is null then return acted; end if;
  -- Else started by an operator since, and perhaps stopped by its tenant after that, or uninstalled.
  if i.desired_state = 'stopped' and not exists (
      select from public.operations ours join public.operations o on o.instance_id = ours.instance_id and o.seq > ours.seq
      where ours.id = k.operation_id and o.kind in ('start', 'stop') and o.status <> 'cancelled') then
    acted := public.instance_act(i.id, 'start', p_operation_id, array['stopped', 'error'], '{"status": "starting", "desired_state": "running"}', '{}', null,
      p_context);
  end if;
  if acted ->> 'outcome' in ('accepted', 'not_stopped') then delete from public.suspended_instances where instance_id = i.id; end if;
  return acted;
end $$;

-- Of the operation, not of one function that adds it: whatever would bring something of a suspended tenant to run is an operator's, or our own. What
-- is started while nothing is suspended was not left running by an operator when the next suspension comes.
create function public.refuse_while_suspended() returns trigger language plpgsql set search_path = '' as $$
declare s public.tenant_suspensions;
begin
  select * into s from public.tenant_suspensions where tenant_id = new.tenant_id order by suspended_at, source limit 1;
  if s.tenant_id is null and new.kind = 'start' then delete from public.suspended_instances where instance_id = new.instance_id; end if;
  if s.tenant_id is null or new.kind in ('stop', 'uninstall') or new.requested_by in ('operator', 'system')
    or (new.requested_by like 'key:%' and exists (select from public.api_keys where id::text = substr(new.requested_by, 5) and tenant_id is null))
    or (select desired_state from public.instances where id = new.instance_id) <> 'running' then return new;
  end if;
  raise exception 'the subscription of the tenant is suspended' using errcode = 'PT402', hint = 'subscription_suspended', detail = coalesce(s.reason, '');
end $$;
create trigger operations_refused_while_suspended before insert on public.operations for each row execute function public.refuse_while_suspended();
