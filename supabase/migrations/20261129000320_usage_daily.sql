-- What a tenant used on a day in UTC, in one row (docs/decisions/0044).

create table public.usage_daily (
  tenant_id uuid not null references public.tenants (id),
  metric_date date not null,
  messages_sent bigint,
  api_calls bigint,
  agent_count bigint,
  storage_mb numeric,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, metric_date)
);
alter table public.usage_daily enable row level security;

-- What rooms counted themselves. Kept apart, so that a day's row can be made again and still holds it.
create table public.usage_daily_increments (
  tenant_id uuid not null references public.tenants (id),
  metric_date date not null,
  messages_sent bigint,
  api_calls bigint,
  agent_count bigint,
  storage_mb bigint,
  primary key (tenant_id, metric_date)
);
alter table public.usage_daily_increments enable row level security;
create policy nobody on public.usage_daily_increments as restrictive for all to anon, authenticated using (false);

-- Days for which every tenant has its row.
create table public.usage_daily_runs (
  metric_date date primary key,
  finished_at timestamptz not null default now()
);
alter table public.usage_daily_runs enable row level security;
create policy nobody on public.usage_daily_runs as restrictive for all to anon, authenticated using (false);

create policy members_read on public.usage_daily for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
grant select (tenant_id, metric_date, messages_sent, api_calls, agent_count, storage_mb, created_at, updated_at) on public.usage_daily to authenticated;
grant select on public.usage_daily to tenant_reader;
create policy reach_read on public.usage_daily for select to tenant_reader using (tenant_id = any ((select private.reach())::uuid[]));

-- A day of one tenant is read of the trail.
create index audit_log_tenant_at on public.audit_log (tenant_id, at);

-- The days up to p_until that are still to be made, at most p_days of them, as an array of dates; none from before there was any tenant, but
-- p_until.
create function public.usage_daily_due(p_until date, p_days integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(d::date order by d), '[]')
  from generate_series(
    greatest(p_until - p_days + 1, least(p_until, (select (min(created_at) at time zone 'UTC')::date from public.tenants)))::timestamp,
    p_until::timestamp, interval '1 day') d
  where not exists (select from public.usage_daily_runs r where r.metric_date = d::date)
$$;

-- Tenants that were there on a day, by id, after the given one; as an array of ids.
create function public.usage_daily_tenants(p_day date, p_after uuid, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(id order by id), '[]') from (
    select id from public.tenants
    where created_at < (p_day + 1)::timestamp at time zone 'UTC' and (deleted_at is null or deleted_at >= p_day::timestamp at time zone 'UTC')
      and (p_after is null or id > p_after)
    order by id limit p_limit
  ) t
$$;

-- Makes a tenant's row of a day, or makes it anew; one that says the same already is left as it is.
create function public.usage_daily_make(p_tenant_id uuid, p_day date) returns jsonb language plpgsql set search_path = '' as $$
declare
  a timestamptz := p_day::timestamp at time zone 'UTC';
  b timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  calls bigint; messages bigint; agents bigint; storage numeric;
  inc public.usage_daily_increments;
begin
  select count(*), count(*) filter (where action ~* 'create|send|message') into calls, messages
  from public.audit_log where tenant_id = p_tenant_id and at >= a and at < b;

  -- Instances that were seen to run on that day, as they were last.
  with ran as (
    select i.instance_id, (array_agg(i.agents order by i.message_id desc, i.part desc))[1] as agents
    from public.usage_instance_intervals i left join public.instances n on n.id = i.instance_id
    where i.tenant_id = p_tenant_id and i.status = 'running' and i.started_at < b
      and (i.started_at >= a or coalesce(i.ended_at, n.synced_at) > a)
    group by i.instance_id
  )
  select coalesce(sum(coalesce(r.agents, 1)), 0), coalesce(sum(coalesce(v.mib, 100)), 0) into agents, storage
  from ran r left join lateral (
    select trim_scale((e.data ->> 'volume_gib')::numeric * 1024) as mib from public.usage_events e
    where e.tenant_id = p_tenant_id and e.type = 'tenantry.instance.resources' and e.time >= a and e.time < b
      and e.source = 'tenantry/instances/' || r.instance_id and e.data ? 'volume_gib' and e.voided_at is null
    order by e.time desc, e.seq desc limit 1
  ) v on true;

  select * into inc from public.usage_daily_increments where tenant_id = p_tenant_id and metric_date = p_day;
  insert into public.usage_daily as d (tenant_id, metric_date, messages_sent, api_calls, agent_count, storage_mb)
  values (p_tenant_id, p_day, messages + coalesce(inc.messages_sent, 0), calls + coalesce(inc.api_calls, 0),
    agents + coalesce(inc.agent_count, 0), storage + coalesce(inc.storage_mb, 0))
  on conflict (tenant_id, metric_date) do update set
    messages_sent = excluded.messages_sent, api_calls = excluded.api_calls, agent_count = excluded.agent_count, storage_mb = excluded.storage_mb,
    updated_at = now()
  where (d.messages_sent, d.api_calls, d.agent_count, d.storage_mb)
    is distinct from (excluded.messages_sent, excluded.api_calls, excluded.agent_count, excluded.storage_mb);
  return jsonb_build_object('outcome', 'made');
end $$;

create function public.usage_daily_finish(p_day date) returns void language sql set search_path = '' as $$
  insert into public.usage_daily_runs (metric_date) values (p_day) on conflict do nothing
$$;

-- Adds to one measure of today, in UTC.
create function public.usage_daily_increment(p_tenant_id uuid, p_measure text, p_value bigint) returns void language plpgsql set search_path = '' as $$
declare today date := (now() at time zone 'UTC')::date;
begin
  if p_measure is null or p_measure <> all (array['messages_sent', 'api_calls', 'agent_count', 'storage_mb']) then
    raise exception 'there is no measure %', p_measure using errcode = 'PT400';
  end if;
  if p_value is null or p_value < 0 then raise exception 'a measure only grows' using errcode = 'PT400'; end if;
  insert into public.usage_daily_increments as d (tenant_id, metric_date, messages_sent, api_calls, agent_count, storage_mb)
  select p_tenant_id, today, v.* from public.usage_daily_measured(p_measure, p_value) v
  on conflict (tenant_id, metric_date) do update set
    messages_sent = coalesce(d.messages_sent + excluded.messages_sent, d.messages_sent, excluded.messages_sent),
    api_calls = coalesce(d.api_calls + excluded.api_calls, d.api_calls, excluded.api_calls),
    agent_count = coalesce(d.agent_count + excluded.agent_count, d.agent_count, excluded.agent_count),
    storage_mb = coalesce(d.storage_mb + excluded.storage_mb, d.storage_mb, excluded.storage_mb);
  insert into public.usage_daily as d (tenant_id, metric_date, messages_sent, api_calls, agent_count, storage_mb)
  select p_tenant_id, today, v.* from public.usage_daily_measured(p_measure, p_value) v
  on conflict (tenant_id, metric_date) do update set
    messages_sent = coalesce(d.messages_sent + excluded.messages_sent, d.messages_sent, excluded.messages_sent),
    api_calls = coalesce(d.api_calls + excluded.api_calls, d.api_calls, excluded.api_calls),
    agent_count = coalesce(d.agent_count + excluded.agent_count, d.agent_count, excluded.agent_count),
    storage_mb = coalesce(d.storage_mb + excluded.storage_mb, d.storage_mb, excluded.storage_mb),
    updated_at = now();
end $$;

-- One measure, and nothing of the others.
create function public.usage_daily_measured(p_measure text, p_value bigint)
returns table (messages_sent bigint, api_calls bigint, agent_count bigint, storage_mb bigint) language sql immutable set search_path = '' as $$
  select case when p_measure = 'messages_sent' then p_value end, case when p_measure = 'api_calls' then p_value end,
    case when p_measure = 'agent_count' then p_value end, case when p_measure = 'storage_mb' then p_value end
$$;

-- The daily rows of some tenants from p_from to p_to, both included, oldest first, and what they come to. p_reach null: an operator reads.
-- [{tenant_id, rows: [...], aggregated: {total_messages, total_agents, total_storage}}], by tenant; storage and totals as text.
create function public.usage_daily_read(p_reach uuid[], p_tenants uuid[], p_from date, p_to date) returns jsonb
language plpgsql set search_path = '' as $$
declare answer jsonb;
begin
  if p_reach is not null then perform public.usage_read_for(p_reach); end if;
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', t.id, 'rows', d.rows, 'aggregated', d.aggregated) order by t.id), '[]') into answer
  from unnest(p_tenants) t (id) cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object('metric_date', u.metric_date, 'messages_sent', u.messages_sent, 'api_calls', u.api_calls,
        'agent_count', u.agent_count, 'storage_mb', trim_scale(u.storage_mb)::text, 'created_at', u.created_at, 'updated_at', u.updated_at)
        order by u.metric_date), '[]') as rows,
      jsonb_build_object('total_messages', coalesce(sum(u.messages_sent), 0), 'total_agents', coalesce(max(u.agent_count), 0),
        'total_storage', trim_scale(coalesce(max(u.storage_mb), 0))::text) as aggregated
    from public.usage_daily u where u.tenant_id = t.id and u.metric_date between p_from and p_to
  ) d;
  return answer;
end $$;
