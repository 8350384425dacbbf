-- Appends events to the log, each once, and to the counts. p_events: a JSON array, as text because the gateway rounds numbers, of
-- {"tenant"?: id, "subject"?: id or slug, "received_at"?, "event": CloudEvent}; of a tenant named by "tenant", which somebody has looked up,
-- what it used until it ended is taken after its end too. Answers
-- {"accepted": n, "duplicates": [index], "rejected": [{"index", "code", "message", "stored"?, "sent"?}]}, or, having done nothing,
-- {"outcome": "partitions_missing", "days": [...]}. p_atomic: all of them, or none.
-- How many events there are is not known when it is planned: nested loops over them took ten times as long.
create function public.usage_ingest(p_events text, p_atomic boolean) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_nestloop = off as $$
declare
  first_seq bigint := nextval('public.usage_batches') << 16;
  kept timestamptz; settled timestamptz;
  accepted integer; rejected jsonb; duplicates integer[]; conflicts jsonb;
  rest_n integer[]; rest_tenant uuid[]; rest_key bytea[]; rest_fingerprint bytea[];
begin
  perform public.usage_lock_shape(false);
  select kept_from into kept from public.usage_retention;
  select max(ends_at) into settled from public.usage_periods where closed_at is not null;
  begin
    with sent as materialized (
      select (o.n - 1)::integer as n, coalesce(o.e ->> 'tenant', o.e ->> 'subject') as tenant, o.e ? 'tenant' as known,
        coalesce((o.e ->> 'received_at')::timestamptz, now()) as received_at, o.e -> 'event' as event
      from jsonb_array_elements(p_events::jsonb) with ordinality as o (e, n)
    ), named as materialized (
      select tenant, known, case when tenant ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        then (select t.id from public.tenants t where t.id = s.tenant::uuid and (s.known or t.deleted_at is null))
        else (select t.id from public.tenants t where t.slug = s.tenant and t.deleted_at is null) end as id
      from (select distinct tenant, known from sent) s
    ), judged as materialized (
      select s.n, named.id as tenant_id, s.received_at, s.event, x.time, x.source, x.event_id, s.event ->> 'type' as type, s.event -> 'data' as data,
        case
          when named.id is null then 'tenant_not_found'
          when x.time > now() + interval '5 minutes' then 'time_in_future'
          when x.time < kept then 'time_too_old'
        end as code
      from sent s left join named on named.tenant = s.tenant and named.known = s.known cross join lateral (
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
            when jsonb_typeof(f.found) = 'number' and length(f.text) <= 1400 then f.text::numeric
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
        join public.usage_periods p on p.tenant_id = m.tenant_id and m.time < p.ends_at and p.closed_at is not null
      -- What is new is in no closed period, and no period is read for it.
      where m.time < settled and (m.time >= p.starts_at or m.aggregation = 'time_weighted' and public.usage_holds_until(m.meter_id, m.tenant_id, m.dims, m.time, p.starts_at))
      order by 1, 2, 3, 4 on conflict do nothing
    ), rest as (
      select f.* from fit f where not exists (select from claimed c where c.n = f.n)
    )
    select (select count(*) from claimed),
      (select jsonb_agg(jsonb_build_object('index', n, 'code', code, 'message', case code
         when 'tenant_not_found' then 'there is no such tenant'
         when 'time_in_future' then 'the time is more than 5 minutes ahead'
         when 'time_too_old' then 'events are taken from ' || to_char(kept at time zone 'UTC', 'YYYY-MM-DD') || ' on'
         else 'the value that the meter ' || slug || ' counts is not a number of at most 1400 digits' end) order by n) from unfit),
      (select array_agg(n) from rest), (select array_agg(tenant_id) from rest),
      (select array_agg(key) from rest), (select array_agg(fingerprint) from rest)
    into accepted, rejected, rest_n, rest_tenant, rest_key, rest_fingerprint;

    if rest_n is not null then
      select array_agg(n order by n) filter (where coalesce(stored = fingerprint, true)),
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
