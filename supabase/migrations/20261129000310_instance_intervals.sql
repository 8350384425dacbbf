-- The states that instances were observed in, and since when: what instance time is billed from (docs/decisions/0043).

-- Time in which nobody looked is not known to have been ready. Told with the observation that ends it, or with the change that leaves it.
create function public.tell_unobserved() returns trigger language plpgsql set search_path = '' as $$
begin
  perform public.write_outbox('instance.unobserved', new.tenant_id, new.id,
    jsonb_build_object('from', greatest(old.synced_at, old.ready_at), 'to', clock_timestamp()));
  return null;
end $$;
-- Five minutes are several sweeps of a minute each: one that is late is no gap.
create trigger instances_tell_unobserved after update of status, synced_at on public.instances for each row
  when (old.status = 'running' and greatest(old.synced_at, old.ready_at) < now() - interval '5 minutes'
    and (new.status <> old.status or new.synced_at is distinct from old.synced_at))
  execute function public.tell_unobserved();

-- One row a state that the outbox told of, in the order of telling: a state lasts until the next one begins.
create table public.usage_instance_intervals (
  instance_id uuid not null,
  -- The outbox row that told of it, and which of two states that one tells of.
  message_id bigint not null,
  part smallint not null default 0,
  tenant_id uuid not null,
  -- As of instances, or 'unobserved'.
  status text not null,
  blueprint text,
  agents integer,
  -- As it was told.
  at timestamptz not null,
  started_at timestamptz not null,
  -- Null: it is the newest one.
  ended_at timestamptz check (ended_at >= started_at),
  -- Up to where it is in usage events. Null: not at all.
  submitted_until timestamptz,
  primary key (instance_id, message_id, part)
);
create index usage_instance_intervals_tenant on public.usage_instance_intervals (tenant_id, started_at);
create index usage_instance_intervals_due on public.usage_instance_intervals (instance_id)
  where status = 'running' and (ended_at is null or submitted_until is null or submitted_until < ended_at);
alter table public.usage_instance_intervals enable row level security;
create policy members_read on public.usage_instance_intervals for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
grant select (instance_id, tenant_id, status, blueprint, agents, started_at, ended_at) on public.usage_instance_intervals to authenticated;

-- Takes one message of the outbox: {id, at, tenant_id, instance_id, status, blueprint, agents, from?, to?}; with from and to nothing was seen
-- in between. In any order, and any number of times, the same messages come to the same intervals.
create function public.usage_instance_told(p_message jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  i uuid := (p_message ->> 'instance_id')::uuid;
  m bigint := (p_message ->> 'id')::bigint;
  gap boolean := p_message ? 'from';
  before public.usage_instance_intervals;
  added integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('usage_instance_intervals/' || i, 0));
  insert into public.usage_instance_intervals (instance_id, message_id, part, tenant_id, status, blueprint, agents, at, started_at)
  select i, m, t.part, (p_message ->> 'tenant_id')::uuid, t.status, p_message ->> 'blueprint', (p_message ->> 'agents')::integer, t.at, t.at
  from (values
    (0, 'unobserved', (p_message ->> 'from')::timestamptz, gap),
    (1, p_message ->> 'status', (p_message ->> 'to')::timestamptz, gap),
    (0, p_message ->> 'status', (p_message ->> 'at')::timestamptz, not gap)
  ) as t (part, status, at, told)
  where t.told
  on conflict do nothing;
  get diagnostics added = row_count;
  if added = 0 then return jsonb_build_object('outcome', 'known'); end if;

  -- From the state before on; a time that is before that of an earlier message counts as that one's.
  select * into before from public.usage_instance_intervals where instance_id = i and message_id < m order by message_id desc, part desc limit 1;
  with told as (
    select message_id, part, greatest(before.started_at, max(at) over (order by message_id, part)) as started_at
    from public.usage_instance_intervals
    where instance_id = i and (before.message_id is null or (message_id, part) >= (before.message_id, before.part))
  ), laid as (
    select message_id, part, started_at, lead(started_at) over (order by message_id, part) as ended_at from told
  )
  update public.usage_instance_intervals u set started_at = l.started_at, ended_at = l.ended_at
  from laid l
  where u.instance_id = i and u.message_id = l.message_id and u.part = l.part
    and (u.started_at, u.ended_at) is distinct from (l.started_at, l.ended_at);
  return jsonb_build_object('outcome', 'recorded');
end $$;

-- Ready time that is not in usage events yet and will not change any more, cut at quarters of an hour: [{instance_id, message_id, part,
-- tenant_id, blueprint, agents, from, to, seconds}], at most p_limit, oldest first. A state that goes on counts up to the newest observation, in
-- whole quarters; nothing counts of an instance of which the outbox still has something to tell.
create function public.usage_instance_slices(p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  with due as (
    select i.*, coalesce(i.submitted_until, i.started_at) as since, coalesce(i.ended_at, n.synced_at) as known_until
    from public.usage_instance_intervals i left join public.instances n on n.id = i.instance_id
    where i.status = 'running' and (i.ended_at is null or i.submitted_until is null or i.submitted_until < i.ended_at)
      and not exists (select from public.outbox o where o.instance_id = i.instance_id and o.delivered_at is null)
  ), slices as (
    select d.*, greatest(q, d.since) as a, least(q + interval '15 minutes', d.ended_at) as b
    from due d cross join lateral generate_series(date_bin('15 minutes', d.since, '2000-01-01Z'), d.known_until, interval '15 minutes') q
  ), chosen as (
    select * from slices where b <= known_until and a < b order by a, instance_id limit p_limit
  )
  select coalesce(jsonb_agg(jsonb_build_object('instance_id', instance_id, 'message_id', message_id, 'part', part, 'tenant_id', tenant_id,
    'blueprint', blueprint, 'agents', agents, 'from', to_char(a at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'to', to_char(b at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'seconds', trim_scale(extract(epoch from b - a))::text)
    order by a, instance_id), '[]')
  from chosen
$$;

-- Says of slices that their events are taken: [{instance_id, message_id, part, to}].
create function public.usage_instance_slices_submitted(p_slices jsonb) returns void language sql set search_path = '' as $$
  update public.usage_instance_intervals i set submitted_until = greatest(i.submitted_until, s.until)
  from (
    select instance_id, message_id, part, max("to") as until
    from jsonb_to_recordset(p_slices) as r (instance_id uuid, message_id bigint, part smallint, "to" timestamptz) group by 1, 2, 3
  ) s
  where i.instance_id = s.instance_id and i.message_id = s.message_id and i.part = s.part
$$;

-- Instances that are there already are metered from here on: rows of before do not say when nobody looked.
select public.write_outbox('instance.metered', tenant_id, id, '{}') from public.instances where status <> 'deprovisioned' order by id;
