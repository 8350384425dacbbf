-- What tenants cost: calls to language models, and what their instances ask for and use of the cluster. docs/decisions/0063 says what is counted how.

-- What an hour costs the seller, and what it bought. Null: how much was bought is not known.
create table public.billing_cost_rates (
  effective_from timestamptz primary key,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  cpu_core_hour numeric not null check (cpu_core_hour >= 0),
  memory_gib_hour numeric not null check (memory_gib_hour >= 0),
  storage_gib_hour numeric not null check (storage_gib_hour >= 0),
  cpu_cores numeric check (cpu_cores >= 0),
  memory_gib numeric check (memory_gib >= 0),
  storage_gib numeric check (storage_gib >= 0),
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- By day in UTC, made of raw events, which are gone one day: what was made of them stays. One row says how complete a day is.
create table public.billing_cost_days (
  tenant_id uuid not null references public.tenants (id),
  day date not null,
  llm_calls bigint not null,
  -- Of these: no price and no cost of their own, or not to be read. Their cost is not known, which is not 0.
  llm_unpriced bigint not null,
  samples bigint not null,
  samples_unpriced bigint not null,
  made_at timestamptz not null default now(),
  primary key (tenant_id, day)
);
create index billing_cost_days_day on public.billing_cost_days (day);

create table public.billing_costs (
  tenant_id uuid not null,
  day date not null,
  source text not null check (source in ('llm', 'cluster')),
  currency text not null,
  cost numeric not null,
  -- Of llm: what the price table says, also of calls that brought their cost.
  computed numeric,
  -- Of cluster: what was charged, the larger of asked for and used.
  cpu_core_seconds numeric,
  memory_gib_seconds numeric,
  volume_gib_seconds numeric,
  primary key (tenant_id, day, source, currency),
  foreign key (tenant_id, day) references public.billing_cost_days on delete cascade
);
create index billing_costs_day on public.billing_costs (day);

-- Days to be made, or made again: events, prices or rates came.
create table public.billing_stale_costs (
  tenant_id uuid not null,
  day date not null,
  primary key (tenant_id, day)
);

-- Up to which event was looked. What is looked at begins at the scan before the last one, since when every batch has been committed.
create table public.billing_cost_scans (
  one boolean primary key default true check (one),
  seq bigint not null default 0,
  seq_before bigint not null default 0
);
insert into public.billing_cost_scans default values;

do $$
declare t text;
begin
  foreach t in array array['billing_cost_rates', 'billing_cost_days', 'billing_costs', 'billing_stale_costs', 'billing_cost_scans'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('create policy nobody on public.%I as restrictive for all to anon, authenticated using (false)', t);
  end loop;
end $$;

-- Which events came since is found by block.
create index usage_event_keys_seq on public.usage_event_keys using brin (seq);

-- A whole number of tokens, as text or as a number: 0 where there is none, null where it is something else.
create function public.billing_llm_tokens(p_value jsonb) returns numeric language sql immutable set search_path = '' as $$
  select case when p_value is null then 0 when t ~ '^(-?0|[1-9][0-9]{0,14})$' then abs(t::numeric) end
  from (select case jsonb_typeof(p_value) when 'string' then p_value #>> '{}' when 'number' then trim_scale((p_value #>> '{}')::numeric)::text end as t) x
$$;

-- The calls to language models of a tenant in a time: what each says, and what it cost. `cost` null: unpriced. The same as llmCost in
-- src/billing/catalog/llm-price-table.ts, of events whose data is an llmUsage; a division would round, so a millionth is multiplied by.
create function public.billing_llm_costs(p_tenant_id uuid, p_from timestamptz, p_to timestamptz)
returns table (source text, event_id text, at timestamptz, cost numeric, currency text, computed numeric, computed_currency text)
language sql stable set search_path = '' as $$
  select c.source, c.event_id, c.time, coalesce(c.brought, c.computed), case when c.brought is null then c.price_currency else coalesce(c.own_currency, c.price_currency, 'USD') end,
    c.computed, c.price_currency
  from (
    select e.source, e.event_id, e.time, case when k.ok then k.brought end as brought, k.own_currency, p.currency as price_currency,
      (k.uncached * p.input + k.output * p.output + k.read * p.cache_read + k.write * p.cache_write) * 0.000001 as computed
    from public.usage_events e
    cross join lateral (
      select e.data ->> 'provider' as provider, e.data ->> 'model' as model, e.data ->> 'cached' as cached, e.data ->> 'currency' as own_currency,
        public.billing_llm_tokens(e.data -> 'input_tokens') as input, public.billing_llm_tokens(e.data -> 'output_tokens') as output,
        public.billing_llm_tokens(e.data -> 'cache_read_tokens') as read, public.billing_llm_tokens(e.data -> 'cache_write_tokens') as write,
        case jsonb_typeof(e.data -> 'cost') when 'string' then e.data ->> 'cost' when 'number' then trim_scale((e.data ->> 'cost')::numeric)::text
          when 'null' then null else case when e.data ? 'cost' then 'no number' end end as cost_text
    ) d
    cross join lateral (
      select case d.cached when 'within_input' then d.input - d.read - d.write else d.input end as uncached, d.output, d.read, d.write, d.own_currency,
        case when d.cost_text ~ '^(-0(\.0{1,30})?|(0|[1-9][0-9]{0,11})(\.[0-9]{1,30})?)$' then abs(d.cost_text::numeric) end as brought,
        coalesce(jsonb_typeof(e.data -> 'provider') = 'string' and char_length(d.provider) between 1 and 100
          and jsonb_typeof(e.data -> 'model') = 'string' and char_length(d.model) between 1 and 200
          and (d.cached = 'beside_input' or d.cached = 'within_input' and d.read + d.write <= d.input)
          and d.input + d.output + d.read + d.write is not null
          and (d.own_currency is null or jsonb_typeof(e.data -> 'currency') = 'string' and d.own_currency ~ '^[A-Z]{3}$')
          and (d.cost_text is null or d.cost_text ~ '^(-0(\.0{1,30})?|(0|[1-9][0-9]{0,11})(\.[0-9]{1,30})?)$'), false) as ok
    ) k
    left join public.billing_llm_prices p on k.ok and p.provider = d.provider and p.model = d.model
      and p.effective_from <= e.time and (p.effective_to is null or p.effective_to > e.time)
    where e.tenant_id = p_tenant_id and e.type = 'tenantry.llm.call' and e.time >= p_from and e.time < p_to and e.voided_at is null
  ) c
$$;

-- A quantity of a sample: null where there is none, or something else.
create function public.billing_sampled(p_value jsonb) returns numeric language sql immutable set search_path = '' as $$
  select case when p_value #>> '{}' ~ '^[0-9]{1,30}(\.[0-9]{1,18})?$' then (p_value #>> '{}')::numeric end
$$;

-- What a tenant's instances cost by sample, which speaks for the time from `at` on: of each resource the larger of asked for and used, at the rate
-- that is in force then. `currency` null: there was no rate.
create function public.billing_cluster_costs(p_tenant_id uuid, p_from timestamptz, p_to timestamptz)
returns table (at timestamptz, currency text, cpu numeric, memory numeric, volume numeric, cost_hours numeric) language sql stable set search_path = '' as $$
  select e.time, r.currency, q.cpu, q.memory, q.volume, q.cpu * r.cpu_core_hour + q.memory * r.memory_gib_hour + q.volume * r.storage_gib_hour
  from public.usage_events e
  cross join lateral (
    select coalesce(greatest(public.billing_sampled(e.data -> 'cpu_request_core_seconds'), public.billing_sampled(e.data -> 'cpu_use_core_seconds')), 0) as cpu,
      coalesce(greatest(public.billing_sampled(e.data -> 'memory_request_gib_seconds'), public.billing_sampled(e.data -> 'memory_use_gib_seconds')), 0) as memory,
      coalesce(public.billing_sampled(e.data -> 'volume_gib_seconds'), 0) as volume
  ) q
  left join lateral (
    select * from public.billing_cost_rates where effective_from <= e.time order by effective_from desc limit 1
  ) r on true
  where e.tenant_id = p_tenant_id and e.type = 'tenantry.instance.resources' and e.time >= p_from and e.time < p_to and e.voided_at is null
    and e.source = 'tenantry/instances/' || (e.data ->> 'instance_id')
$$;

-- Makes a tenant's day from the events that there are. A day whose events may be gone stays as it was made.
create function public.billing_costs_make(p_tenant_id uuid, p_day date) returns void language plpgsql set search_path = '' as $$
declare a timestamptz := p_day::timestamp at time zone 'UTC'; b timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
begin
  if a < (select kept_from from public.usage_retention) then return; end if;
  delete from public.billing_cost_days where tenant_id = p_tenant_id and day = p_day;
  insert into public.billing_cost_days (tenant_id, day, llm_calls, llm_unpriced, samples, samples_unpriced)
  select p_tenant_id, p_day, l.calls, l.unpriced, s.samples, s.unpriced
  from (select count(*) as calls, count(*) filter (where cost is null) as unpriced from public.billing_llm_costs(p_tenant_id, a, b)) l,
    (select count(*) as samples, count(*) filter (where currency is null) as unpriced from public.billing_cluster_costs(p_tenant_id, a, b)) s
  where l.calls + s.samples > 0;
  if not found then return; end if;
  insert into public.billing_costs (tenant_id, day, source, currency, cost, computed)
  select p_tenant_id, p_day, 'llm', x.currency, sum(x.cost), sum(x.computed) from public.billing_llm_costs(p_tenant_id, a, b) c
  cross join lateral (values (c.currency, c.cost, 0), (c.computed_currency, 0, c.computed)) x (currency, cost, computed)
  where c.cost is not null and x.currency is not null group by x.currency;
  insert into public.billing_costs (tenant_id, day, source, currency, cost, cpu_core_seconds, memory_gib_seconds, volume_gib_seconds)
  select p_tenant_id, p_day, 'cluster', currency, round(sum(cost_hours) / 3600, 12), sum(cpu), sum(memory), sum(volume)
  from public.billing_cluster_costs(p_tenant_id, a, b) where currency is not null group by currency;
end $$;

-- Makes up to p_limit days that wait for it: {"outcome": "made", "days"}. What comes meanwhile waits for the next time.
create function public.billing_costs_make_due(p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
declare d record; days integer := 0;
begin
  for d in delete from public.billing_stale_costs where (tenant_id, day) in (
      select tenant_id, day from public.billing_stale_costs order by day desc, tenant_id limit p_limit for update skip locked)
    returning tenant_id, day
  loop
    perform public.billing_costs_make(d.tenant_id, d.day);
    days := days + 1;
  end loop;
  return jsonb_build_object('outcome', 'made', 'days', days);
end $$;

-- Marks the days that events came for since the scan before the last one.
create function public.billing_costs_scan() returns jsonb language plpgsql set search_path = '' set statement_timeout = '120s' as $$
declare s public.billing_cost_scans; newest bigint; marked integer;
begin
  select * into s from public.billing_cost_scans for update;
  insert into public.billing_stale_costs (tenant_id, day)
  select distinct tenant_id, (time at time zone 'UTC')::date from public.usage_event_keys where seq > s.seq_before on conflict do nothing;
  get diagnostics marked = row_count;
  select max(seq) into newest from public.usage_event_keys where seq > s.seq_before;
  update public.billing_cost_scans set seq = greatest(s.seq, newest), seq_before = s.seq;
  return jsonb_build_object('outcome', 'scanned', 'marked', marked);
end $$;

-- An event that is void is in no cost any more.
create function public.billing_costs_event_changed() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.billing_stale_costs (tenant_id, day) values (new.tenant_id, (new.time at time zone 'UTC')::date) on conflict do nothing;
  return null;
end $$;
create trigger usage_events_cost after update of voided_at on public.usage_events
  for each row execute function public.billing_costs_event_changed();

-- Days that were made with other prices than those that are in force from then on.
create function public.billing_llm_price_changed() returns trigger language plpgsql set search_path = '' as $$
begin
  insert into public.billing_stale_costs (tenant_id, day)
  select tenant_id, day from public.billing_cost_days
  where llm_calls > 0 and day >= (new.effective_from at time zone 'UTC')::date and (new.effective_to is null or day <= (new.effective_to at time zone 'UTC')::date)
  on conflict do nothing;
  return null;
end $$;
create trigger billing_llm_prices_cost after insert or update on public.billing_llm_prices
  for each row execute function public.billing_llm_price_changed();

create function public.billing_cost_rate_json(p_rate public.billing_cost_rates) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_rate) || jsonb_build_object(
    'cpu_core_hour', trim_scale(p_rate.cpu_core_hour)::text, 'memory_gib_hour', trim_scale(p_rate.memory_gib_hour)::text,
    'storage_gib_hour', trim_scale(p_rate.storage_gib_hour)::text, 'cpu_cores', trim_scale(p_rate.cpu_cores)::text,
    'memory_gib', trim_scale(p_rate.memory_gib)::text, 'storage_gib', trim_scale(p_rate.storage_gib)::text)
$$;

-- What holds from p_rate.effective_from on. Days until the next rate are made anew. {"outcome": "created" | "changed" | "unchanged", "rate"}
create function public.billing_cost_rate_put(p_rate jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare was public.billing_cost_rates; r public.billing_cost_rates; wanted public.billing_cost_rates := jsonb_populate_record(null::public.billing_cost_rates, p_rate);
begin
  perform pg_advisory_xact_lock(hashtextextended('billing_cost_rates', 0));
  select * into was from public.billing_cost_rates where effective_from = wanted.effective_from;
  if (was.currency, was.cpu_core_hour, was.memory_gib_hour, was.storage_gib_hour, was.cpu_cores, was.memory_gib, was.storage_gib)
      is not distinct from (wanted.currency, wanted.cpu_core_hour, wanted.memory_gib_hour, wanted.storage_gib_hour, wanted.cpu_cores, wanted.memory_gib, wanted.storage_gib) then
    return jsonb_build_object('outcome', 'unchanged', 'rate', public.billing_cost_rate_json(was));
  end if;
  insert into public.billing_cost_rates as c
    (effective_from, currency, cpu_core_hour, memory_gib_hour, storage_gib_hour, cpu_cores, memory_gib, storage_gib)
  values (wanted.effective_from, wanted.currency, wanted.cpu_core_hour, wanted.memory_gib_hour, wanted.storage_gib_hour, wanted.cpu_cores, wanted.memory_gib, wanted.storage_gib)
  on conflict (effective_from) do update set currency = excluded.currency, cpu_core_hour = excluded.cpu_core_hour, memory_gib_hour = excluded.memory_gib_hour,
    storage_gib_hour = excluded.storage_gib_hour, cpu_cores = excluded.cpu_cores, memory_gib = excluded.memory_gib, storage_gib = excluded.storage_gib,
    row_version = c.row_version + 1, updated_at = now()
  returning * into r;
  insert into public.billing_stale_costs (tenant_id, day)
  select tenant_id, day from public.billing_cost_days
  where samples > 0 and day >= (r.effective_from at time zone 'UTC')::date
    and day <= coalesce((select (min(effective_from) at time zone 'UTC')::date from public.billing_cost_rates where effective_from > r.effective_from), 'infinity')
  on conflict do nothing;
  perform public.write_audit(p_context, 'cost_rate.put', 'cost_rate', to_char(r.effective_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null,
    case when was.effective_from is not null then public.billing_cost_rate_json(was) end, public.billing_cost_rate_json(r));
  return jsonb_build_object('outcome', case when was.effective_from is null then 'created' else 'changed' end, 'rate', public.billing_cost_rate_json(r));
end $$;

-- Newest first, before the given one.
create function public.billing_cost_rates_list(p_before timestamptz, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_cost_rate_json(r) order by r.effective_from desc), '[]') from (
    select * from public.billing_cost_rates where p_before is null or effective_from < p_before order by effective_from desc limit p_limit
  ) r
$$;

-- Whatever there is already is made once, and what comes from now on is found by its number.
insert into public.billing_stale_costs (tenant_id, day)
select distinct tenant_id, (time at time zone 'UTC')::date from public.usage_events where type in ('tenantry.llm.call', 'tenantry.instance.resources');
update public.billing_cost_scans set seq = newest, seq_before = newest from (select coalesce(max(seq), 0) as newest from public.usage_event_keys) k;
