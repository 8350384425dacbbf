-- Whether the events of a day (in UTC) are there to count: those of a day before what is kept may be, until it is dropped.
create function public.usage_day_is_kept(p_day date) returns boolean language sql stable set search_path = '' as $$
  select p_day::timestamp at time zone 'UTC' >= (select kept_from from public.usage_retention) or exists (
    select from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.usage_events'::regclass and c.relname = 'usage_events_' || to_char(p_day, 'YYYYMMDD')
  )
$$;

-- Compares the counts of a meter on a day (in UTC) with its raw events: {"differences": [{"tenant_id", "grain", "bucket", "dims", "raw", "stored"}]},
-- at most 100 of them, and how many were compared: none where the events are gone. p_tenant null: of all tenants.
create function public.usage_verify(p_meter bigint, p_day date, p_tenant uuid) returns jsonb
language plpgsql stable set search_path = '' set statement_timeout = '300s' as $$
declare
  a timestamptz := p_day::timestamp at time zone 'UTC'; b timestamptz := a + interval '1 day'; differences jsonb; compared integer;
  kind text := (select aggregation from public.usage_meters where id = p_meter);
begin
  if not public.usage_day_is_kept(p_day) then return jsonb_build_object('compared', 0, 'differences', '[]'::jsonb); end if;
  with raw as (
    select tenant_id, 15 as grain, bucket, dims, case kind
      when 'unique_count' then jsonb_build_array(count(distinct value_hash))
      when 'time_weighted' then jsonb_build_array(min(time), max(time), (array_agg(trim_scale(value) order by time desc, seq desc))[1]::text,
        trim_scale(coalesce(sum(value * extract(epoch from next - time)), 0))::text)
      when 'latest' then jsonb_build_array(count(*), (array_agg(trim_scale(value) order by time desc, seq desc))[1]::text)
      when 'min' then jsonb_build_array(count(*), trim_scale(min(value))::text)
      when 'max' then jsonb_build_array(count(*), trim_scale(max(value))::text)
      when 'count' then jsonb_build_array(count(*))
      else jsonb_build_array(count(*), trim_scale(sum(value))::text) end as told
    from (
      select *, lead(time) over (partition by tenant_id, bucket, dims order by time, seq) as next from public.usage_measures
      where meter_id = p_meter and time >= a and time < b and (p_tenant is null or tenant_id = p_tenant) and (value is not null or kind = 'unique_count')
    ) m group by tenant_id, bucket, dims
  ), counts as (
    select tenant_id, grain, bucket, dims, sum(count)::bigint as count, sum(sum) as sum, min(min) as min, max(max) as max,
      (array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest,
      max(latest_at) as latest_at, (array_agg(latest_seq order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest_seq
    from (
      select tenant_id, grain, bucket, dims, count, sum, min, max, latest, latest_at, latest_seq from public.usage_rollups
      where meter_id = p_meter and bucket >= a and bucket < b
      union all
      select tenant_id, g.grain, date_bin(make_interval(mins => g.grain), bucket, '2000-01-01Z'), dims, count, sum, min, max, latest, latest_at, latest_seq
      from public.usage_deltas cross join (values (15), (60), (1440)) g (grain) where meter_id = p_meter and bucket >= a and bucket < b
    ) x where p_tenant is null or tenant_id = p_tenant group by 1, 2, 3, 4 having sum(count) <> 0 or coalesce(sum(sum), 0) <> 0
  ), stored as (
    select tenant_id, grain, bucket, dims, case kind
      when 'latest' then jsonb_build_array(count, trim_scale(latest)::text) when 'min' then jsonb_build_array(count, trim_scale(min)::text)
      when 'max' then jsonb_build_array(count, trim_scale(max)::text) when 'count' then jsonb_build_array(count)
      else jsonb_build_array(count, trim_scale(sum)::text) end as told
    from counts where grain = 15
    union all
    select tenant_id, 15, bucket, dims, jsonb_build_array(count(*)) from public.usage_distinct_values
    where meter_id = p_meter and bucket >= a and bucket < b and (p_tenant is null or tenant_id = p_tenant) group by 1, 3, 4
    union all
    select tenant_id, 15, bucket, dims, jsonb_build_array(first_at, last_at, trim_scale(last)::text, trim_scale(area)::text) from public.usage_gauges
    where meter_id = p_meter and bucket >= a and bucket < b and (p_tenant is null or tenant_id = p_tenant)
  ), coarse as (
    -- Hours and days against their quarters, which are compared with raw events themselves.
    select q.tenant_id, q.grain, q.bucket, q.dims, to_jsonb(q) - '{tenant_id,grain,bucket,dims}'::text[] as expected,
      to_jsonb(c) - '{tenant_id,grain,bucket,dims}'::text[] as told
    from (
      select c.tenant_id, g.grain, date_bin(make_interval(mins => g.grain), c.bucket, '2000-01-01Z') as bucket, c.dims,
        sum(count)::bigint as count, sum(sum) as sum, min(min) as min, max(max) as max,
        (array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest, max(latest_at) as latest_at,
        (array_agg(latest_seq order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest_seq
      from counts c cross join (values (60), (1440)) g (grain) where c.grain = 15 group by 1, 2, 3, 4
    ) q full join (select * from counts where grain > 15) c using (tenant_id, grain, bucket, dims)
  ), compared_rows as (
    select coalesce(r.tenant_id, s.tenant_id) as tenant_id, 15 as grain, coalesce(r.bucket, s.bucket) as bucket, coalesce(r.dims, s.dims) as dims,
      r.told as raw, s.told as stored
    from raw r full join stored s on r.tenant_id = s.tenant_id and r.bucket = s.bucket and r.dims = s.dims
    where not exists (select from public.usage_stale_gauges g where g.meter_id = p_meter
      and g.tenant_id = coalesce(r.tenant_id, s.tenant_id) and g.bucket = coalesce(r.bucket, s.bucket))
    union all
    select tenant_id, grain, bucket, dims, expected, told from coarse where kind not in ('unique_count', 'time_weighted')
  )
  select (select jsonb_agg(to_jsonb(d)) from (select * from compared_rows where raw is distinct from stored order by bucket, tenant_id limit 100) d),
    (select count(*) from compared_rows)
  into differences, compared;
  return jsonb_build_object('compared', compared, 'differences', coalesce(differences, '[]'));
end $$;

-- Makes a tenant's counts of a meter on a day anew from raw events. Refused where those are gone.
create function public.usage_rebuild(p_meter bigint, p_day date, p_tenant uuid, p_context jsonb) returns jsonb
language plpgsql set search_path = '' set statement_timeout = '300s' as $$
declare a timestamptz := p_day::timestamp at time zone 'UTC';
begin
  if not public.usage_day_is_kept(p_day) then return jsonb_build_object('outcome', 'raw_expired'); end if;
  perform public.usage_lock_rollups();
  -- A batch that finds a value there already adds nothing: it must not be one that is about to go.
  if exists (select from public.usage_meters where id = p_meter and aggregation = 'unique_count') then perform public.usage_lock_shape(true); end if;
  perform public.usage_recompute(p_meter, p_tenant, a, a + interval '1 day');
  perform public.write_audit(p_context, 'usage.rebuild', 'meter', (select slug from public.usage_meters where id = p_meter), p_tenant, null,
    jsonb_build_object('day', p_day));
  return jsonb_build_object('outcome', 'rebuilt');
end $$;
