-- Usage: what happened (events), what is counted of it (meters), and the counts (deltas and rollups). docs/decisions/0036 says why so.

-- Where a meter finds a dimension, or what it filters by, in the data of an event.
create type public.usage_dimension as (name text, path text[]);
create type public.usage_filter as (path text[], accepted text[]);

-- One row a version. A version holds for events whose time is in [valid_from, valid_to).
create table public.usage_meters (
  id bigint generated always as identity primary key,
  slug text not null,
  version integer not null default 1,
  name text not null,
  description text,
  event_type text not null,
  aggregation text not null
    check (aggregation in ('sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted')),
  -- As the user wrote them; the columns that follow are what they mean.
  value_property text,
  group_by jsonb not null default '{}',
  filters jsonb not null default '{}',
  value_path text[],
  dimensions public.usage_dimension[] not null default '{}',
  conditions public.usage_filter[] not null default '{}',
  unit text,
  metadata jsonb not null default '{}',
  -- Null: as long as the installation keeps events.
  retention_days integer check (retention_days > 0),
  valid_from timestamptz not null default '-infinity',
  valid_to timestamptz not null default 'infinity' check (valid_to > valid_from),
  -- Events that were there before the meter are counted day by day, from today backwards; null when that is done.
  backfill_day date default current_date,
  backfill_tenant uuid,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index usage_meters_version on public.usage_meters (slug, version) where deleted_at is null;
create index usage_meters_event_type on public.usage_meters (event_type) where deleted_at is null;
alter table public.usage_meters enable row level security;

-- Which events there were, for 400 days: an event is the same by tenant, source and id, whatever its time.
create table public.usage_event_keys (
  tenant_id uuid not null,
  -- The first half of SHA-256 over source and id, each with its length before it.
  key bytea not null,
  -- The same of everything the sender said.
  fingerprint bytea not null,
  time timestamptz not null,
  seq bigint not null,
  received_at timestamptz not null,
  primary key (tenant_id, key)
) partition by hash (key);
create index usage_event_keys_received_at on public.usage_event_keys using brin (received_at);
alter table public.usage_event_keys enable row level security;
create policy nobody on public.usage_event_keys as restrictive for all to anon, authenticated using (false);

-- By day of their time. Partitions are not exposed: what a user may see is decided at the whole.
create table public.usage_events (
  tenant_id uuid not null,
  type text not null,
  time timestamptz not null,
  -- Batch and place in it: the order of arrival.
  seq bigint not null,
  source text not null,
  event_id text not null,
  data jsonb,
  -- The attributes that have no column of their own.
  extra jsonb not null,
  received_at timestamptz not null,
  voided_at timestamptz,
  void_reason text,
  voided_by text,
  primary key (tenant_id, type, time, seq)
) partition by range (time);
alter table public.usage_events enable row level security;

do $$ begin
  for n in 0..15 loop
    execute format('create table private.usage_event_keys_%s partition of public.usage_event_keys for values with (modulus 16, remainder %s)', n, n);
    execute format('alter table private.usage_event_keys_%s enable row level security', n);
  end loop;
end $$;

create sequence public.usage_batches;

-- What batches add to the counts of a quarter of an hour, until it is folded into the rollups.
create table public.usage_deltas (
  seq bigint generated always as identity primary key,
  meter_id bigint not null,
  tenant_id uuid not null,
  bucket timestamptz not null,
  dims jsonb not null,
  count bigint not null,
  -- Of these, what the meter's aggregation needs.
  sum numeric,
  min numeric,
  max numeric,
  latest numeric,
  latest_at timestamptz,
  latest_seq bigint
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_threshold = 5000);
create index usage_deltas_series on public.usage_deltas (meter_id, tenant_id, bucket);
alter table public.usage_deltas enable row level security;

-- The counts, by quarter of an hour, hour and day in UTC. grain is in minutes.
create table public.usage_rollups (
  meter_id bigint not null,
  grain smallint not null check (grain in (15, 60, 1440)),
  tenant_id uuid not null,
  bucket timestamptz not null,
  -- Dimensions may be longer than an index takes.
  dims_hash bytea not null,
  dims jsonb not null,
  count bigint not null,
  sum numeric,
  min numeric,
  max numeric,
  latest numeric,
  latest_at timestamptz,
  latest_seq bigint,
  primary key (meter_id, grain, tenant_id, bucket, dims_hash)
) with (fillfactor = 80);
alter table public.usage_rollups enable row level security;

-- unique_count: every value once a quarter of an hour, by a hash.
create table public.usage_distinct_values (
  meter_id bigint not null,
  tenant_id uuid not null,
  bucket timestamptz not null,
  dims_hash bytea not null,
  value_hash bytea not null,
  dims jsonb not null,
  primary key (meter_id, tenant_id, bucket, dims_hash, value_hash)
);
alter table public.usage_distinct_values enable row level security;

-- time_weighted: what a series of readings came to within a quarter of an hour.
create table public.usage_gauges (
  meter_id bigint not null,
  tenant_id uuid not null,
  bucket timestamptz not null,
  dims_hash bytea not null,
  dims jsonb not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  last numeric not null,
  -- Value times seconds, between the first reading and the last.
  area numeric not null,
  primary key (meter_id, tenant_id, bucket, dims_hash)
);
alter table public.usage_gauges enable row level security;

-- Quarters of an hour whose gauges must be made anew: a reading changes what the one before it came to.
create table public.usage_stale_gauges (
  seq bigint generated always as identity primary key,
  meter_id bigint not null,
  tenant_id uuid not null,
  bucket timestamptz not null
);
create index usage_stale_gauges_series on public.usage_stale_gauges (meter_id, tenant_id, bucket);
alter table public.usage_stale_gauges enable row level security;

-- What somebody settles by. Usage of a closed one may still change, by what comes late; what was settled does not.
create table public.usage_periods (
  tenant_id uuid not null references public.tenants (id),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  closed_at timestamptz,
  primary key (tenant_id, starts_at, ends_at)
);
create index usage_periods_ends_at on public.usage_periods (ends_at);
alter table public.usage_periods enable row level security;

-- Which closed periods changed after they were closed, and by which meter.
create table public.usage_late_changes (
  tenant_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  meter_id bigint not null references public.usage_meters (id),
  first_at timestamptz not null default now(),
  primary key (tenant_id, starts_at, ends_at, meter_id),
  foreign key (tenant_id, starts_at, ends_at) references public.usage_periods
);
create index usage_late_changes_meter on public.usage_late_changes (meter_id);
alter table public.usage_late_changes enable row level security;

-- One row. Events from before kept_from are refused: there is nothing left to count them with.
create table public.usage_retention (
  one boolean primary key default true check (one),
  kept_from timestamptz not null
);
alter table public.usage_retention enable row level security;
insert into public.usage_retention (kept_from) values (date_trunc('day', now() - interval '90 days', 'UTC'));

do $$
declare t text;
begin
  foreach t in array array['usage_deltas', 'usage_distinct_values', 'usage_gauges', 'usage_stale_gauges', 'usage_periods', 'usage_late_changes', 'usage_retention'] loop
    execute format('create policy nobody on public.%I as restrictive for all to anon, authenticated using (false)', t);
  end loop;
end $$;

-- Whoever counts holds it shared; whoever changes what is counted, or settles what was, holds it alone, so that no batch is half of each.
create function public.usage_lock_shape(p_alone boolean) returns void language plpgsql set search_path = '' as $$
begin
  if p_alone then perform pg_advisory_xact_lock(6384211, 1); else perform pg_advisory_xact_lock_shared(6384211, 1); end if;
end $$;

-- The days of the given ones that have no partition get one. By its owner: the service role makes no tables.
create function public.usage_partitions_make(p_days date[]) returns integer language plpgsql security definer set search_path = '' as $$
declare d date; name text; made integer := 0; kept date := (select (kept_from at time zone 'UTC')::date from public.usage_retention);
begin
  perform pg_advisory_xact_lock(6384211, 2);
  foreach d in array p_days loop
    name := 'usage_events_' || to_char(d, 'YYYYMMDD');
    continue when d < kept or d > (now() at time zone 'UTC')::date + 30 or to_regclass('private.' || name) is not null;
    -- Attached, not made as a part: that waits for nobody who reads or writes.
    execute format('create table private.%I (like public.usage_events including all)', name);
    execute format('alter table private.%I enable row level security', name);
    execute format('alter table public.usage_events attach partition private.%I for values from (%L) to (%L)', name,
      d || ' 00:00:00Z', (d + 1) || ' 00:00:00Z');
    made := made + 1;
  end loop;
  return made;
end $$;

-- Appends events to the log, each once, and to the counts. p_events: a JSON array, as text because the gateway rounds numbers, of
-- {"tenant"?: id, "subject"?: id or slug, "received_at"?, "event": CloudEvent}. Answers
-- {"accepted": n, "duplicates": [index], "rejected": [{"index", "code", "message", "stored"?, "sent"?}]}, or, having done nothing,
-- {"outcome": "partitions_missing", "days": [...]}. p_atomic: all of them, or none.
-- How many events there are is not known when it is planned: nested loops over them took ten times as long.
create function public.usage_ingest(p_events text, p_atomic boolean) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_nestloop = off as $$
declare
  first_seq bigint := nextval('public.usage_batches') << 16;
  kept timestamptz;
  accepted integer; rejected jsonb; duplicates integer[]; conflicts jsonb;
  rest_n integer[]; rest_tenant uuid[]; rest_key bytea[]; rest_fingerprint bytea[];
begin
  perform public.usage_lock_shape(false);
  select kept_from into kept from public.usage_retention;
  begin
    with sent as materialized (
      select (o.n - 1)::integer as n, coalesce(o.e ->> 'tenant', o.e ->> 'subject') as tenant,
        coalesce((o.e ->> 'received_at')::timestamptz, now()) as received_at, o.e -> 'event' as event
      from jsonb_array_elements(p_events::jsonb) with ordinality as o (e, n)
    ), named as materialized (
      select tenant, case when tenant ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then (select t.id from public.tenants t where t.id = s.tenant::uuid and t.deleted_at is null)
        else (select t.id from public.tenants t where t.slug = s.tenant and t.deleted_at is null) end as id
      from (select distinct tenant from sent) s
    ), judged as materialized (
      select s.n, named.id as tenant_id, s.received_at, s.event, x.time, x.source, x.event_id, s.event ->> 'type' as type, s.event -> 'data' as data,
        case
          when named.id is null then 'tenant_not_found'
          when x.time > now() + interval '5 minutes' then 'time_in_future'
          when x.time < kept then 'time_too_old'
        end as code
      from sent s left join named on named.tenant = s.tenant cross join lateral (
        select coalesce((s.event ->> 'time')::timestamptz, s.received_at) as time, s.event ->> 'source' as source, s.event ->> 'id' as event_id
      ) x
    ), measured as materialized (
      select j.n, m.id as meter_id, m.slug, m.aggregation, j.tenant_id, j.time,
        date_bin('15 minutes', j.time, '2000-01-01Z') as bucket, v.value, v.present, v.text,
        case when m.dimensions = '{}' then '{}' else (
          select coalesce(jsonb_object_agg(d.name, j.data #>> d.path) filter (where j.data #>> d.path is not null), '{}') from unnest(m.dimensions) d
        ) end as dims
      from judged j
        join public.usage_meters m on m.event_type = j.type and m.deleted_at is null and j.time >= m.valid_from and j.time < m.valid_to
        cross join lateral (select j.data #> m.value_path as found, j.data #>> m.value_path as text) f
        cross join lateral (
          select f.text, m.aggregation = 'count' or f.text is not null as present, case
            when m.aggregation = 'count' then 1
            when m.aggregation = 'unique_count' then null
            when jsonb_typeof(f.found) = 'number' then f.text::numeric
            when jsonb_typeof(f.found) = 'string' and length(f.text) <= 400 and f.text ~ '^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$' then f.text::numeric
          end as value
        ) v
      where j.code is null and v.present and (m.conditions = '{}' or not exists (
        select from unnest(m.conditions) c where coalesce(j.data #>> c.path <> all (c.accepted), true)
      ))
    ), unfit as (
      select n, code, null as slug from judged where code is not null
      union all
      select n, 'invalid_value', min(slug) from measured where value is null and aggregation <> 'unique_count' group by n
    ), fit as materialized (
      select j.n, j.tenant_id, j.time, j.received_at,
        substr(sha256(convert_to(octet_length(j.source) || ':' || j.source || j.event_id, 'UTF8')), 1, 16) as key,
        substr(sha256(convert_to((j.event - 'subject')::text, 'UTF8')), 1, 16) as fingerprint
      from judged j where not exists (select from unfit u where u.n = j.n)
    ), claimed as (
      -- In the order of the keys: two that claim the same ones wait for each other in one direction only.
      insert into public.usage_event_keys (tenant_id, key, fingerprint, time, seq, received_at)
      select tenant_id, key, fingerprint, time, first_seq + n, received_at
      from (select distinct on (tenant_id, key) * from fit order by tenant_id, key, n) f order by tenant_id, key
      on conflict do nothing returning (seq - first_seq)::integer as n
    ), stored as (
      insert into public.usage_events (tenant_id, type, time, seq, source, event_id, data, extra, received_at)
      select j.tenant_id, j.type, j.time, first_seq + j.n, j.source, j.event_id, j.data,
        j.event - '{id,source,type,time,data,specversion}'::text[], j.received_at
      from claimed c join judged j using (n)
    ), counted as (
      insert into public.usage_deltas (meter_id, tenant_id, bucket, dims, count, sum, min, max)
      select m.meter_id, m.tenant_id, m.bucket, m.dims, count(*), sum(m.value) filter (where m.aggregation in ('sum', 'avg')),
        min(m.value) filter (where m.aggregation = 'min'), max(m.value) filter (where m.aggregation = 'max')
      from claimed c join measured m using (n) where m.aggregation in ('sum', 'count', 'avg', 'min', 'max')
      group by m.meter_id, m.tenant_id, m.bucket, m.dims
    ), read_last as (
      insert into public.usage_deltas (meter_id, tenant_id, bucket, dims, count, latest, latest_at, latest_seq)
      select distinct on (m.meter_id, m.tenant_id, m.bucket, m.dims) m.meter_id, m.tenant_id, m.bucket, m.dims,
        count(*) over (partition by m.meter_id, m.tenant_id, m.bucket, m.dims), m.value, m.time, first_seq + n
      from claimed c join measured m using (n) where m.aggregation = 'latest'
      order by m.meter_id, m.tenant_id, m.bucket, m.dims, m.time desc, n desc
    ), seen as (
      insert into public.usage_distinct_values (meter_id, tenant_id, bucket, dims_hash, value_hash, dims)
      select distinct on (1, 2, 3, 4, 5) m.meter_id, m.tenant_id, m.bucket, substr(sha256(convert_to(m.dims::text, 'UTF8')), 1, 16),
        substr(sha256(convert_to(m.text, 'UTF8')), 1, 16), m.dims
      from claimed c join measured m using (n) where m.aggregation = 'unique_count' order by 1, 2, 3, 4, 5
      on conflict do nothing
    ), stale as (
      insert into public.usage_stale_gauges (meter_id, tenant_id, bucket)
      select distinct m.meter_id, m.tenant_id, m.bucket from claimed c join measured m using (n) where m.aggregation = 'time_weighted'
    ), late as (
      insert into public.usage_late_changes (tenant_id, starts_at, ends_at, meter_id)
      select distinct p.tenant_id, p.starts_at, p.ends_at, m.meter_id
      from claimed c join measured m using (n)
        join public.usage_periods p on p.tenant_id = m.tenant_id and m.time >= p.starts_at and m.time < p.ends_at and p.closed_at is not null
      order by 1, 2, 3, 4 on conflict do nothing
    ), rest as (
      select f.* from fit f where not exists (select from claimed c where c.n = f.n)
    )
    select (select count(*) from claimed),
      (select jsonb_agg(jsonb_build_object('index', n, 'code', code, 'message', case code
         when 'tenant_not_found' then 'there is no such tenant'
         when 'time_in_future' then 'the time is more than 5 minutes ahead'
         when 'time_too_old' then 'events are taken from ' || to_char(kept at time zone 'UTC', 'YYYY-MM-DD') || ' on'
         else 'the value that the meter ' || slug || ' counts is not a number' end) order by n) from unfit),
      (select array_agg(n) from rest), (select array_agg(tenant_id) from rest),
      (select array_agg(key) from rest), (select array_agg(fingerprint) from rest)
    into accepted, rejected, rest_n, rest_tenant, rest_key, rest_fingerprint;

    if rest_n is not null then
      select array_agg(n order by n) filter (where stored = fingerprint),
        jsonb_agg(jsonb_build_object('index', n, 'code', 'conflict', 'message', 'an event of this source and id says something else',
          'stored', encode(stored, 'hex'), 'sent', encode(fingerprint, 'hex')) order by n) filter (where stored <> fingerprint)
      into duplicates, conflicts
      from (
        -- One by one, by the index.
        select r.*, (select k.fingerprint from public.usage_event_keys k where k.tenant_id = r.tenant_id and k.key = r.key) as stored
        from unnest(rest_n, rest_tenant, rest_key, rest_fingerprint) as r (n, tenant_id, key, fingerprint)
      ) r;
      rejected := coalesce(rejected, '[]') || coalesce(conflicts, '[]');
    end if;
    if p_atomic and jsonb_array_length(coalesce(rejected, '[]')) > 0 then
      raise exception using errcode = 'TU001', message = 'not all of the events can be taken';
    end if;
  exception
    when sqlstate 'TU001' then
      return jsonb_build_object('accepted', 0, 'duplicates', '[]'::jsonb, 'rejected', rejected);
    when check_violation then
      return jsonb_build_object('outcome', 'partitions_missing', 'days', (
        select jsonb_agg(distinct (coalesce((o.e -> 'event' ->> 'time')::timestamptz, (o.e ->> 'received_at')::timestamptz, now()) at time zone 'UTC')::date)
        from jsonb_array_elements(p_events::jsonb) as o (e)
      ));
  end;
  return jsonb_build_object('accepted', accepted, 'duplicates', coalesce(to_jsonb(duplicates), '[]'), 'rejected', coalesce(rejected, '[]'));
end $$;
