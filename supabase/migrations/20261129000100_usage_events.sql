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
  -- Events that were there before the meter are counted day by day, from the newest that there may be backwards; null when that is done.
  backfill_day date default ((now() + interval '5 minutes') at time zone 'UTC')::date,
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
-- What held before an instant is found series by series, however long they are.
create index usage_gauges_series on public.usage_gauges (meter_id, tenant_id, dims_hash, bucket);
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
