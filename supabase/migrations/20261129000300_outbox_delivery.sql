-- Delivery of the outbox: at least once, and in the order of writing for each instance, or for each tenant where there is no instance
-- (docs/decisions/0042).

alter table public.outbox
  -- The instance as the writing transaction left it: {status, blueprint, agents}. Null in rows of before this migration.
  add column instance jsonb,
  -- Until then, one replica delivers the row; what it says of it later counts only with the fence of its claim.
  add column held_until timestamptz,
  add column fence bigint not null default 0,
  add column attempts integer not null default 0,
  add column retry_at timestamptz,
  add column last_error text;
create index outbox_undelivered_instance on public.outbox (instance_id) where delivered_at is null;
create index outbox_delivered on public.outbox (delivered_at) where delivered_at is not null;

-- How many agents an instance runs, as far as its values say: a number, or a list of them.
create function public.agents_of(p_values jsonb) returns integer language sql immutable set search_path = '' as $$
  select case jsonb_typeof(p_values -> 'agents')
    when 'array' then jsonb_array_length(p_values -> 'agents')
    when 'number' then case when p_values ->> 'agents' ~ '^[0-9]{1,9}$' then (p_values ->> 'agents')::integer end
  end
$$;

-- The time is that of writing, not of the transaction's start: who writes holds the lock on its instance, so that the times of an instance's
-- rows are in the order of their ids.
create or replace function public.write_outbox(p_topic text, p_tenant_id uuid, p_instance_id uuid, p_payload jsonb)
returns void language sql set search_path = '' as $$
  insert into public.outbox (at, topic, tenant_id, instance_id, payload, instance)
  values (clock_timestamp(), p_topic, p_tenant_id, p_instance_id, p_payload, (
    select jsonb_build_object('status', status, 'blueprint', blueprint, 'agents', public.agents_of(values)) from public.instances where id = p_instance_id))
$$;

-- The oldest undelivered rows, but none behind one that is held, or waits to be tried again, of the same instance or tenant. As one array:
-- [{id, fence, attempts, at, topic, tenant_id, instance_id, payload, instance}], by id.
create function public.outbox_claim(p_limit integer, p_lease_ms integer) returns jsonb language plpgsql set search_path = '' as $$
declare claimed jsonb;
begin
  -- Who comes while another claims would have to wait, only to find the rest; its next turn is soon.
  if not pg_try_advisory_xact_lock(6384212, 1) then return '[]'; end if;
  with waiting as materialized (
    select id, coalesce(instance_id, tenant_id) as subject, coalesce(held_until > now(), false) or coalesce(retry_at > now(), false) as blocked
    from public.outbox where delivered_at is null
  ), chosen as (
    select id from waiting w where not exists (select from waiting b where b.blocked and b.subject = w.subject) order by id limit p_limit
  ), held as (
    update public.outbox o set held_until = now() + p_lease_ms * interval '1 ms', fence = fence + 1 from chosen where o.id = chosen.id returning o.*
  )
  select jsonb_agg(jsonb_build_object('id', id, 'fence', fence, 'attempts', attempts, 'at', at, 'topic', topic, 'tenant_id', tenant_id,
    'instance_id', instance_id, 'payload', payload, 'instance', instance) order by id)
  into claimed from held;
  return coalesce(claimed, '[]');
end $$;

-- What became of claimed rows: [{id, fence, delivered, pause_ms?, error?}]. Neither delivered nor with a pause: given back untried. Rows that
-- were claimed again since are left alone.
create function public.outbox_settle(p_rows jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare settled integer;
begin
  update public.outbox o set
    delivered_at = case when r.delivered then now() end,
    held_until = null,
    retry_at = case when not r.delivered and r.pause_ms is not null then now() + r.pause_ms * interval '1 ms' end,
    attempts = o.attempts + case when not r.delivered and r.pause_ms is not null then 1 else 0 end,
    last_error = case when r.delivered then o.last_error else coalesce(r.error, o.last_error) end
  from jsonb_to_recordset(p_rows) as r (id bigint, fence bigint, delivered boolean, pause_ms integer, error text)
  where o.id = r.id and o.fence = r.fence and o.held_until is not null;
  get diagnostics settled = row_count;
  return jsonb_build_object('outcome', 'settled', 'settled', settled);
end $$;

-- Removes up to p_limit rows that were delivered at least p_days ago.
create function public.outbox_sweep(p_days integer, p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
declare removed integer;
begin
  delete from public.outbox where id in (
    select id from public.outbox where delivered_at < now() - p_days * interval '1 day' order by delivered_at limit p_limit for update skip locked
  );
  get diagnostics removed = row_count;
  return jsonb_build_object('outcome', 'swept', 'removed', removed);
end $$;
