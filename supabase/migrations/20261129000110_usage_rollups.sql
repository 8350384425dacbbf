-- Raw events as each meter sees them: what every count must come to.
create view public.usage_measures with (security_invoker = true) as
select m.id as meter_id, m.aggregation, e.tenant_id, e.time, e.seq, date_bin('15 minutes', e.time, '2000-01-01Z') as bucket,
  case when m.dimensions = '{}' then '{}'::jsonb else (
    select coalesce(jsonb_object_agg(d.name, e.data #>> d.path) filter (where e.data #>> d.path is not null), '{}') from unnest(m.dimensions) d
  ) end as dims,
  case
    when m.aggregation = 'count' then 1
    when m.aggregation = 'unique_count' then null
    when jsonb_typeof(e.data #> m.value_path) = 'number' and length(e.data #>> m.value_path) <= 1400 then (e.data #>> m.value_path)::numeric
    when jsonb_typeof(e.data #> m.value_path) = 'string' and length(e.data #>> m.value_path) <= 400
      and e.data #>> m.value_path ~ '^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$' then (e.data #>> m.value_path)::numeric
  end as value,
  case when m.aggregation = 'unique_count' then substr(sha256(convert_to(e.data #>> m.value_path, 'UTF8')), 1, 16) end as value_hash
from public.usage_events e
  join public.usage_meters m on m.event_type = e.type and e.time >= m.valid_from and e.time < m.valid_to
where e.voided_at is null and (m.aggregation = 'count' or e.data #>> m.value_path is not null) and (m.conditions = '{}' or not exists (
  select from unnest(m.conditions) c where coalesce(e.data #>> c.path <> all (c.accepted), true)
));

-- Whether a reading of p_from is still what holds at p_until: no other one of its series came in between.
create function public.usage_holds_until(p_meter bigint, p_tenant uuid, p_dims jsonb, p_from timestamptz, p_until timestamptz) returns boolean
language sql stable set search_path = '' as $$
  select not exists (select from public.usage_measures where meter_id = p_meter and tenant_id = p_tenant and dims = p_dims
    and time > p_from and time <= p_until and value is not null)
$$;

-- Held while rollups are written: deltas are only ever folded, and rollups only ever made anew, by one at a time.
create function public.usage_lock_rollups() returns void language sql set search_path = '' as $$
  select pg_advisory_xact_lock(6384211, 3)
$$;

create function public.usage_hash(p_dims jsonb) returns bytea language sql immutable set search_path = '' as $$
  select substr(sha256(convert_to(p_dims::text, 'UTF8')), 1, 16)
$$;

-- Makes the hours and days that touch [p_from, p_to) anew from their quarters of an hour.
create function public.usage_rollup_upwards(p_meter bigint, p_tenant uuid, p_from timestamptz, p_to timestamptz) returns void
language plpgsql set search_path = '' as $$
declare g smallint; step interval; a timestamptz; b timestamptz;
begin
  foreach g in array array[60, 1440]::smallint[] loop
    step := make_interval(mins => g);
    a := date_bin(step, p_from, '2000-01-01Z');
    b := date_bin(step, p_to - interval '1 microsecond', '2000-01-01Z') + step;
    with fresh as materialized (
      select r.meter_id, g as grain, r.tenant_id, date_bin(step, r.bucket, '2000-01-01Z') as bucket, r.dims_hash, min(r.dims::text)::jsonb as dims,
        sum(r.count)::bigint as count, sum(r.sum) as sum, min(r.min) as min, max(r.max) as max,
        (array_agg(r.latest order by r.latest_at desc, r.latest_seq desc) filter (where r.latest_at is not null))[1] as latest,
        max(r.latest_at) as latest_at,
        (array_agg(r.latest_seq order by r.latest_at desc, r.latest_seq desc) filter (where r.latest_at is not null))[1] as latest_seq
      from public.usage_rollups r
      where r.meter_id = p_meter and r.grain = 15 and r.tenant_id = p_tenant and r.bucket >= a and r.bucket < b
      group by 1, 2, 3, 4, 5
    ), gone as (
      delete from public.usage_rollups r where r.meter_id = p_meter and r.grain = g and r.tenant_id = p_tenant and r.bucket >= a and r.bucket < b
        and not exists (select from fresh f where f.bucket = r.bucket and f.dims_hash = r.dims_hash)
    )
    insert into public.usage_rollups as r (meter_id, grain, tenant_id, bucket, dims_hash, dims, count, sum, min, max, latest, latest_at, latest_seq)
    select * from fresh
    on conflict (meter_id, grain, tenant_id, bucket, dims_hash) do update set count = excluded.count, sum = excluded.sum, min = excluded.min,
      max = excluded.max, latest = excluded.latest, latest_at = excluded.latest_at, latest_seq = excluded.latest_seq;
  end loop;
end $$;

-- Makes the counts of [p_from, p_to) anew from raw events; both are on a quarter of an hour. The deltas that it drops are of the same events
-- that it counts: one statement sees both or neither of what a batch wrote.
create function public.usage_recompute(p_meter bigint, p_tenant uuid, p_from timestamptz, p_to timestamptz) returns void
language plpgsql set search_path = '' as $$
declare kind text := (select aggregation from public.usage_meters where id = p_meter);
begin
  perform public.usage_lock_rollups();
  -- The day may have been dropped while this waited: its counts are all there is of it.
  if not public.usage_day_is_kept((p_from at time zone 'UTC')::date) then return; end if;
  if kind = 'unique_count' then
    with fresh as materialized (
      select distinct on (bucket, h, value_hash) bucket, h, value_hash, dims
      from (select m.*, public.usage_hash(m.dims) as h from public.usage_measures m
            where m.meter_id = p_meter and m.tenant_id = p_tenant and m.time >= p_from and m.time < p_to) x
    ), gone as (
      delete from public.usage_distinct_values v where v.meter_id = p_meter and v.tenant_id = p_tenant and v.bucket >= p_from and v.bucket < p_to
        and not exists (select from fresh f where f.bucket = v.bucket and f.h = v.dims_hash and f.value_hash = v.value_hash)
    )
    insert into public.usage_distinct_values (meter_id, tenant_id, bucket, dims_hash, value_hash, dims)
    select p_meter, p_tenant, bucket, h, value_hash, dims from fresh order by bucket, h, value_hash on conflict do nothing;
  elsif kind = 'time_weighted' then
    with marks as (
      delete from public.usage_stale_gauges where meter_id = p_meter and tenant_id = p_tenant and bucket >= p_from and bucket < p_to
    ), fresh as materialized (
      select bucket, public.usage_hash(dims) as h, min(dims::text)::jsonb as dims, min(time) as first_at, max(time) as last_at,
        (array_agg(value order by time desc, seq desc))[1] as last, coalesce(sum(value * extract(epoch from next - time)), 0) as area
      from (
        select m.*, lead(m.time) over (partition by m.bucket, m.dims order by m.time, m.seq) as next from public.usage_measures m
        where m.meter_id = p_meter and m.tenant_id = p_tenant and m.time >= p_from and m.time < p_to and m.value is not null
      ) x group by bucket, public.usage_hash(dims)
    ), gone as (
      delete from public.usage_gauges g where g.meter_id = p_meter and g.tenant_id = p_tenant and g.bucket >= p_from and g.bucket < p_to
        and not exists (select from fresh f where f.bucket = g.bucket and f.h = g.dims_hash)
    )
    insert into public.usage_gauges as g (meter_id, tenant_id, bucket, dims_hash, dims, first_at, last_at, last, area)
    select p_meter, p_tenant, bucket, h, dims, first_at, last_at, last, area from fresh
    on conflict (meter_id, tenant_id, bucket, dims_hash) do update
      set first_at = excluded.first_at, last_at = excluded.last_at, last = excluded.last, area = excluded.area;
  else
    with folded as (
      delete from public.usage_deltas where meter_id = p_meter and tenant_id = p_tenant and bucket >= p_from and bucket < p_to
    ), fresh as materialized (
      select bucket, public.usage_hash(dims) as h, min(dims::text)::jsonb as dims, count(*) as count,
        sum(value) filter (where kind in ('sum', 'avg')) as sum, min(value) filter (where kind = 'min') as min, max(value) filter (where kind = 'max') as max,
        (array_agg(value order by time desc, seq desc) filter (where kind = 'latest'))[1] as latest, max(time) filter (where kind = 'latest') as latest_at,
        (array_agg(seq order by time desc, seq desc) filter (where kind = 'latest'))[1] as latest_seq
      from public.usage_measures m
      where m.meter_id = p_meter and m.tenant_id = p_tenant and m.time >= p_from and m.time < p_to and m.value is not null
      group by bucket, public.usage_hash(dims)
    ), gone as (
      delete from public.usage_rollups r where r.meter_id = p_meter and r.grain = 15 and r.tenant_id = p_tenant and r.bucket >= p_from and r.bucket < p_to
        and not exists (select from fresh f where f.bucket = r.bucket and f.h = r.dims_hash)
    )
    insert into public.usage_rollups as r (meter_id, grain, tenant_id, bucket, dims_hash, dims, count, sum, min, max, latest, latest_at, latest_seq)
    select p_meter, 15, p_tenant, bucket, h, dims, count, sum, min, max, latest, latest_at, latest_seq from fresh
    on conflict (meter_id, grain, tenant_id, bucket, dims_hash) do update set count = excluded.count, sum = excluded.sum, min = excluded.min,
      max = excluded.max, latest = excluded.latest, latest_at = excluded.latest_at, latest_seq = excluded.latest_seq;
    perform public.usage_rollup_upwards(p_meter, p_tenant, p_from, p_to);
  end if;
end $$;

-- Counts, for meters that came after them, the events that were there already: newest day first, for at most two seconds.
create function public.usage_backfill() returns jsonb language plpgsql set search_path = '' as $$
declare
  began timestamptz := clock_timestamp(); done integer := 0; m public.usage_meters; tenant uuid; a timestamptz; kept timestamptz;
begin
  -- Before any event is read: who drops a day holds it, and waits for all who read events.
  perform public.usage_lock_rollups();
  -- A day that nobody may add to any more has its events until it is dropped.
  select least(kept_from, (public.usage_days() ->> 0)::date::timestamp at time zone 'UTC') into kept from public.usage_retention;
  while clock_timestamp() < began + interval '2 seconds' loop
    select * into m from public.usage_meters where backfill_day is not null and deleted_at is null order by id limit 1 for update skip locked;
    exit when not found;
    a := m.backfill_day::timestamp at time zone 'UTC';
    if a < kept or a + interval '1 day' <= m.valid_from then
      update public.usage_meters set backfill_day = null, backfill_tenant = null where id = m.id;
    else
      tenant := (
        select e.tenant_id from public.usage_events e where e.type = m.event_type and e.time >= a and e.time < a + interval '1 day'
          and (m.backfill_tenant is null or e.tenant_id > m.backfill_tenant) order by e.tenant_id limit 1
      );
      if tenant is null then
        update public.usage_meters set backfill_day = m.backfill_day - 1, backfill_tenant = null where id = m.id;
      else
        perform public.usage_recompute(m.id, tenant, a, a + interval '1 day');
        update public.usage_meters set backfill_tenant = tenant where id = m.id;
        done := done + 1;
      end if;
    end if;
  end loop;
  return jsonb_build_object('recomputed', done,
    'more', exists (select from public.usage_meters where backfill_day is not null and deleted_at is null));
end $$;

-- Folds up to p_limit deltas into the rollups, and makes stale gauges anew. Nothing when another one is at it.
-- {"folded": n, "recomputed": n, "more": boolean}
create function public.usage_compact(p_limit integer) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = 'force_generic_plan' as $$
declare folded integer; recomputed integer := 0; s record;
begin
  if not pg_try_advisory_xact_lock(6384211, 3) then return jsonb_build_object('folded', 0, 'recomputed', 0, 'more', false); end if;
  with taken as (
    -- One by one by the index: joined with them, all that waited were read at each call, and a million would never have been folded.
    delete from public.usage_deltas d where d.seq = any (array(select seq from public.usage_deltas order by seq limit p_limit)) returning d.*
  ), quarters as materialized (
    select meter_id, tenant_id, bucket, dims, sum(count)::bigint as count, sum(sum) as sum, min(min) as min, max(max) as max,
      (array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest, max(latest_at) as latest_at,
      (array_agg(latest_seq order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest_seq
    from taken group by meter_id, tenant_id, bucket, dims
  ), grains as (
    select meter_id, 15 as grain, tenant_id, bucket, dims, count, sum, min, max, latest, latest_at, latest_seq from quarters
    union all
    select meter_id, g.grain, tenant_id, date_bin(make_interval(mins => g.grain), bucket, '2000-01-01Z'), dims, sum(count)::bigint, sum(sum), min(min), max(max),
      (array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1], max(latest_at),
      (array_agg(latest_seq order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1]
    from quarters cross join (values (60), (1440)) g (grain) group by 1, 2, 3, 4, 5
  ), written as (
    insert into public.usage_rollups as r (meter_id, grain, tenant_id, bucket, dims_hash, dims, count, sum, min, max, latest, latest_at, latest_seq)
    select meter_id, grain, tenant_id, bucket, public.usage_hash(dims), dims, count, sum, min, max, latest, latest_at, latest_seq from grains
    on conflict (meter_id, grain, tenant_id, bucket, dims_hash) do update set count = r.count + excluded.count,
      sum = coalesce(r.sum + excluded.sum, r.sum, excluded.sum), min = least(r.min, excluded.min), max = greatest(r.max, excluded.max),
      latest = case when r.latest_at is null or (excluded.latest_at, excluded.latest_seq) > (r.latest_at, r.latest_seq) then excluded.latest else r.latest end,
      latest_at = greatest(r.latest_at, excluded.latest_at),
      latest_seq = case when r.latest_at is null or (excluded.latest_at, excluded.latest_seq) > (r.latest_at, r.latest_seq)
        then excluded.latest_seq else r.latest_seq end
  )
  select count(*) into folded from taken;
  for s in
    select meter_id, tenant_id, bucket from public.usage_stale_gauges group by 1, 2, 3 order by min(seq) limit greatest(p_limit / 10, 1)
  loop
    perform public.usage_recompute(s.meter_id, s.tenant_id, s.bucket, s.bucket + interval '15 minutes');
    recomputed := recomputed + 1;
  end loop;
  return jsonb_build_object('folded', folded, 'recomputed', recomputed,
    'more', exists (select from public.usage_deltas) or exists (select from public.usage_stale_gauges));
end $$;
