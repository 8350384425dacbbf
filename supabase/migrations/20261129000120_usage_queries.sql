-- Reading usage. What is read for a tenant's caller is read as the role tenant_reader, whose policies let it see the tenants named in
-- tenantry.reach and nothing else: a forgotten condition shows nobody else's rows (docs/decisions/0037).

do $$ begin
  if not exists (select from pg_roles where rolname = 'tenant_reader') then create role tenant_reader nologin noinherit; end if;
exception when duplicate_object or unique_violation then null; -- another database of this server is being migrated
end $$;
do $$ begin
  -- Who may take a role is asked of the session's user: the authenticator of hosted Supabase.
  if exists (select from pg_roles where rolname = 'authenticator') then grant tenant_reader to authenticator; end if;
end $$;
grant usage on schema public to tenant_reader;

-- What the current transaction may see.
create function private.reach() returns uuid[] language sql stable set search_path = '' as $$
  select coalesce(nullif(current_setting('tenantry.reach', true), ''), '{}')::uuid[]
$$;
grant usage on schema private to tenant_reader;
grant execute on function private.reach() to tenant_reader;

do $$
declare t text;
begin
  foreach t in array array['usage_events', 'usage_rollups', 'usage_distinct_values', 'usage_gauges', 'usage_deltas', 'usage_stale_gauges'] loop
    execute format('grant select on public.%I to tenant_reader', t);
    execute format('create policy reach_read on public.%I for select to tenant_reader using (tenant_id = any ((select private.reach())::uuid[]))', t);
  end loop;
end $$;
-- A meter is the installation's; who may ask of one at all is decided at the door.
grant select on public.usage_meters, public.usage_measures to tenant_reader;
create policy reach_read on public.usage_meters for select to tenant_reader using ((select private.reach()) <> '{}');

-- Past Tenantry, with a token of their own, members read the events of their tenants, and what they came to as of the last folding.
create policy members_read on public.usage_events for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.usage_rollups for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.usage_meters for select to authenticated
  using (deleted_at is null and exists (select from private.my_tenant_ids()));
grant select (tenant_id, type, time, source, event_id, data, extra, received_at, voided_at, void_reason) on public.usage_events to authenticated;
grant select (meter_id, grain, tenant_id, bucket, dims, count, sum, min, max, latest, latest_at) on public.usage_rollups to authenticated;
grant select (id, slug, version, name, description, event_type, aggregation, value_property, group_by, filters, unit, valid_from, valid_to, created_at)
  on public.usage_meters to authenticated;

-- From here on, for the rest of the transaction or until usage_read_as_before, the tenants of p_reach are all there is.
create function public.usage_read_for(p_reach uuid[]) returns text language plpgsql set search_path = '' as $$
declare before text := current_setting('role');
begin
  perform set_config('tenantry.reach', p_reach::text, true);
  perform set_config('role', 'tenant_reader', true);
  return before;
end $$;

-- The parts of [p_from, p_to) that are read in one piece, coarsest in the middle: (grain in minutes, from, to), 0 for raw events.
create function public.usage_pieces(p_from timestamptz, p_to timestamptz, p_grain integer) returns table (grain integer, a timestamptz, b timestamptz)
language plpgsql immutable set search_path = '' as $$
declare left_at timestamptz := p_from; right_at timestamptz := p_to; g integer; finer integer := 0; step interval; x timestamptz; y timestamptz;
begin
  foreach g in array array[15, 60, 1440] loop
    exit when g > p_grain;
    step := make_interval(mins => g);
    x := date_bin(step, left_at - interval '1 microsecond', '2000-01-01Z') + step;
    y := date_bin(step, right_at, '2000-01-01Z');
    exit when x >= y;
    if left_at < x then return query select finer, left_at, x; end if;
    if y < right_at then return query select finer, y, right_at; end if;
    left_at := x; right_at := y; finer := g;
  end loop;
  return query select finer, left_at, right_at;
end $$;

-- How coarse rollups may be for windows with these bounds in between: minutes.
create function public.usage_grain(p_inner timestamptz[]) returns integer language sql immutable set search_path = '' as $$
  select coalesce(min(case
    when b = date_bin('1 day', b, '2000-01-01Z') then 1440 when b = date_bin('1 hour', b, '2000-01-01Z') then 60
    when b = date_bin('15 minutes', b, '2000-01-01Z') then 15 else 0 end), 1440) from unnest(p_inner) b
$$;

-- Hold time: what each reading comes to until the next one of its series, cut at the bounds of the windows. Rows (w, tenant_id, dims, area).
create function public.usage_gauge_areas(p_meters bigint[], p_tenants uuid[], p_bounds timestamptz[])
returns table (w integer, tenant_id uuid, dims jsonb, area numeric) language plpgsql stable set search_path = '' as $$
declare
  t0 timestamptz := p_bounds[1]; t1 timestamptz := least(p_bounds[cardinality(p_bounds)], now());
  q0 timestamptz := date_bin('15 minutes', t0, '2000-01-01Z'); q1 timestamptz; q2 timestamptz;
begin
  q1 := date_bin('15 minutes', t0 - interval '1 microsecond', '2000-01-01Z') + interval '15 minutes';
  q2 := date_bin('15 minutes', p_bounds[cardinality(p_bounds)], '2000-01-01Z');
  if public.usage_grain(p_bounds[2:cardinality(p_bounds) - 1]) = 0 or q1 > q2 then q1 := q0; q2 := q0; end if;
  return query
  with recursive series as (
    -- From one series to the next by the index: their readings are not read.
    select a.m as meter_id, b.t as tenant_id, (select g.dims_hash from public.usage_gauges g
      where g.meter_id = a.m and g.tenant_id = b.t order by g.dims_hash limit 1) as dims_hash
    from unnest(p_meters) a (m), unnest(p_tenants) b (t)
    union all
    select s.meter_id, s.tenant_id, (select g.dims_hash from public.usage_gauges g
      where g.meter_id = s.meter_id and g.tenant_id = s.tenant_id and g.dims_hash > s.dims_hash order by g.dims_hash limit 1)
    from series s where s.dims_hash is not null
  ), stale as materialized (
    select distinct s.meter_id, s.tenant_id, s.bucket from public.usage_stale_gauges s
    where s.meter_id = any (p_meters) and s.tenant_id = any (p_tenants) and s.bucket < p_bounds[cardinality(p_bounds)]
  ), readings as (
    -- Whole quarters of an hour that stand; all else reading by reading.
    select g.tenant_id, g.dims, g.first_at, g.last_at, g.last, g.area, 0::bigint as seq from public.usage_gauges g
    where g.meter_id = any (p_meters) and g.tenant_id = any (p_tenants) and g.bucket >= q1 and g.bucket < q2
      and not exists (select from stale s where s.meter_id = g.meter_id and s.tenant_id = g.tenant_id and s.bucket = g.bucket)
    union all
    select m.tenant_id, m.dims, m.time, m.time, m.value, 0, m.seq from public.usage_measures m
      join stale s on s.meter_id = m.meter_id and s.tenant_id = m.tenant_id and m.time >= s.bucket and m.time < s.bucket + interval '15 minutes'
    where s.bucket >= q1 and s.bucket < q2 and m.value is not null
    union all
    select m.tenant_id, m.dims, m.time, m.time, m.value, 0, m.seq from public.usage_measures m
    where m.meter_id = any (p_meters) and m.tenant_id = any (p_tenants) and m.value is not null
      and m.time >= t0 and m.time < p_bounds[cardinality(p_bounds)] and (m.time < q1 or m.time >= q2)
    union all
    -- What held when the first window began.
    select b.tenant_id, b.dims, t0, t0, b.last, 0, -1 from (
      select distinct on (c.tenant_id, c.dims) c.* from (
        select r.tenant_id, g.dims, g.last_at, g.last, 0::bigint as seq from series r cross join lateral (
          select g.* from public.usage_gauges g
          where g.meter_id = r.meter_id and g.tenant_id = r.tenant_id and g.dims_hash = r.dims_hash and g.bucket < q0
            and not exists (select from stale s where s.meter_id = g.meter_id and s.tenant_id = g.tenant_id and s.bucket = g.bucket)
          order by g.bucket desc limit 1
        ) g
        union all
        select m.tenant_id, m.dims, m.time, m.value, m.seq from public.usage_measures m
          join stale s on s.meter_id = m.meter_id and s.tenant_id = m.tenant_id and m.time >= s.bucket and m.time < s.bucket + interval '15 minutes'
        where s.bucket < q0 and m.value is not null
        union all
        select m.tenant_id, m.dims, m.time, m.value, m.seq from public.usage_measures m
        where m.meter_id = any (p_meters) and m.tenant_id = any (p_tenants) and m.value is not null and m.time >= q0 and m.time < t0
      ) c order by c.tenant_id, c.dims, c.last_at desc, c.seq desc
    ) b
  ), held as (
    select r.*, coalesce(lead(r.first_at) over (partition by r.tenant_id, r.dims order by r.first_at, r.seq), t1) as until from readings r
  )
  select width_bucket(h.first_at, p_bounds) - 1, h.tenant_id, h.dims, h.area from held h where h.area <> 0
  union all
  select n.w, h.tenant_id, h.dims, h.last * extract(epoch from least(h.until, p_bounds[n.w + 2]) - greatest(h.last_at, p_bounds[n.w + 1]))
  from held h cross join lateral generate_series(width_bucket(h.last_at, p_bounds) - 1,
    least(width_bucket(h.until, p_bounds), cardinality(p_bounds) - 1) - 1) as n (w)
  where h.until > h.last_at and least(h.until, p_bounds[n.w + 2]) > greatest(h.last_at, p_bounds[n.w + 1]);
end $$;

-- Counts by window, tenant and dimensions. p_query: {"slug", "reach": [id] | null, "tenants": [id] | null, "bounds": [instant], "group_by": [name],
-- "by_subject": boolean, "filter": {name: [value | null]}, "limit", "after": [window, tenant, [values]] | null}
-- {"outcome": "rows", "rows": [[window, tenant | null, {name: value | null}, "decimal"]], "next": cursor | null}, or another outcome.
create function public.usage_query(p_query jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  bounds timestamptz[] := array(select b::timestamptz from jsonb_array_elements_text(p_query -> 'bounds') b);
  names text[] := array(select jsonb_array_elements_text(p_query -> 'group_by'));
  tenants uuid[]; meters bigint[]; kinds text[]; kind text; raw_from timestamptz; kept timestamptz; before text;
  -- To 20 places, rounded once: a division rounds by itself, to as many places as it likes.
  quotient constant text := 'sign(%1$s) * div(abs(%1$s) * 2e20 + %2$s, 2 * %2$s) * 1e-20'; piece record; sources text[] := '{}';
  condition text := ''; bucket_rows text; windowed text; rows jsonb; next jsonb; n integer := cardinality(bounds) - 1;
begin
  select array_agg(distinct aggregation) into kinds from public.usage_meters
  where slug = p_query ->> 'slug' and deleted_at is null and valid_from < bounds[n + 1] and valid_to > bounds[1];
  if not exists (select from public.usage_meters where slug = p_query ->> 'slug' and deleted_at is null) then
    return jsonb_build_object('outcome', 'meter_not_found');
  elsif kinds is null then
    return jsonb_build_object('outcome', 'rows', 'rows', '[]'::jsonb, 'next', null);
  elsif cardinality(kinds) > 1 then
    return jsonb_build_object('outcome', 'versions_differ');
  end if;
  kind := kinds[1];
  -- A reading holds beyond the version that it was measured by.
  select array_agg(id order by version) into meters from public.usage_meters
  where slug = p_query ->> 'slug' and deleted_at is null and aggregation = kind and valid_from < bounds[n + 1]
    and (valid_to > bounds[1] or kind = 'time_weighted');

  tenants := case when jsonb_typeof(p_query -> 'tenants') = 'array' then array(select jsonb_array_elements_text(p_query -> 'tenants')::uuid)
    when jsonb_typeof(p_query -> 'reach') = 'array' then array(select jsonb_array_elements_text(p_query -> 'reach')::uuid)
    -- One by one, so that the index finds each tenant's range.
    else array(select id from public.tenants) end;

  select string_agg(format(' and (dims ->> %L = any (%L::text[])%s)', f.key,
      array(select v #>> '{}' from jsonb_array_elements(f.value) v where v <> 'null'),
      case when f.value @> '[null]' then format(' or not dims ? %L', f.key) else '' end), '')
  into condition from jsonb_each(coalesce(p_query -> 'filter', '{}')) f;
  condition := coalesce(condition, '');

  if kind = 'time_weighted' then
    sources := array[format('select w, tenant_id, dims, area from public.usage_gauge_areas($1, $2, $3) where true%s', condition)];
    raw_from := date_bin('15 minutes', bounds[1], '2000-01-01Z');
    if bounds[1] = raw_from and public.usage_grain(bounds[2:n]) > 0 then
      raw_from := nullif(date_bin('15 minutes', bounds[n + 1], '2000-01-01Z'), bounds[n + 1]);
    end if;
  else
    for piece in select * from public.usage_pieces(bounds[1], bounds[n + 1], public.usage_grain(bounds[2:n])) loop
      if piece.grain = 0 and piece.a < piece.b then raw_from := least(raw_from, piece.a); end if;
      windowed := case when n = 1 then '0' else 'width_bucket(%I, $3) - 1' end;
      if piece.grain = 0 then
        sources := sources || format('select %s as w, tenant_id, dims, 1 as count, value as sum, value as min, value as max, value as latest,
          time as latest_at, seq as latest_seq, value_hash from public.usage_measures where meter_id = any ($1) and tenant_id = any ($2)
          and time >= %L and time < %L and (value is not null or aggregation = ''unique_count'')%s', format(windowed, 'time'), piece.a, piece.b, condition);
      elsif kind = 'unique_count' then
        sources := sources || format('select %s, tenant_id, dims, 1, null, null, null, null, null, null, value_hash from public.usage_distinct_values
          where meter_id = any ($1) and tenant_id = any ($2) and bucket >= %L and bucket < %L%s', format(windowed, 'bucket'), piece.a, piece.b, condition);
      else
        bucket_rows := format('select %s, tenant_id, dims, count, sum, min, max, latest, latest_at, latest_seq, null::bytea', format(windowed, 'bucket'));
        sources := sources
          || format('%s from public.usage_rollups where meter_id = any ($1) and tenant_id = any ($2) and grain = %s and bucket >= %L and bucket < %L%s',
            bucket_rows, piece.grain, piece.a, piece.b, condition)
          || format('%s from public.usage_deltas where meter_id = any ($1) and tenant_id = any ($2) and bucket >= %L and bucket < %L%s',
            bucket_rows, piece.a, piece.b, condition);
      end if;
    end loop;
  end if;

  if jsonb_typeof(p_query -> 'reach') = 'array' then
    before := public.usage_read_for(array(select jsonb_array_elements_text(p_query -> 'reach')::uuid));
  end if;
  execute format($sql$
    with source (%s) as (%s), grouped as (
      select w, %s as tenant_id, jsonb_build_array(%s) as keys, %s as value
      from source group by 1, 2%s %s
    ), page as (
      select * from grouped where $5 is null or (w, coalesce(tenant_id::text, ''), keys) > (($5 ->> 0)::integer, coalesce($5 ->> 1, ''), $5 -> 2)
      order by w, coalesce(tenant_id::text, ''), keys limit $4 + 1
    ), numbered as (select *, row_number() over (order by w, coalesce(tenant_id::text, ''), keys) as n from page)
    select coalesce(jsonb_agg(jsonb_build_array(w, tenant_id, (
        select coalesce(jsonb_object_agg(k.name, keys -> (k.i - 1)::integer), '{}') from unnest($6) with ordinality k (name, i)
      ), trim_scale(value)::text) order by n) filter (where n <= $4), '[]'),
      (select jsonb_build_array(w, tenant_id, keys) from numbered where n = $4 and exists (select from numbered where n > $4))
    from numbered $sql$,
    case when kind = 'time_weighted' then 'w, tenant_id, dims, area' else 'w, tenant_id, dims, count, sum, min, max, latest, latest_at, latest_seq, value_hash' end,
    array_to_string(sources, ' union all '),
    case when (p_query ->> 'by_subject')::boolean then 'tenant_id' else 'null::uuid' end,
    (select string_agg(format('dims ->> %L', k), ', ' order by i) from unnest(names) with ordinality x (k, i)),
    case kind when 'sum' then 'sum(sum)' when 'count' then 'sum(count)' when 'avg' then format(quotient, 'sum(sum)', 'sum(count)')
      when 'min' then 'min(min)' when 'max' then 'max(max)' when 'unique_count' then 'count(distinct value_hash)::numeric'
      when 'latest' then '(array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1]'
      else format(quotient, 'sum(area)', '3600') end,
    (select string_agg(format(', dims ->> %L', k), '' order by i) from unnest(names) with ordinality x (k, i)),
    case when kind = 'time_weighted' then '' else 'having sum(count) > 0' end)
  into rows, next using meters, tenants, bounds, coalesce((p_query ->> 'limit')::integer, 10000), nullif(p_query -> 'after', 'null'), names;
  if before is not null then perform set_config('role', before, true); end if;
  -- Asked last: a day that is gone by now may have been there in part.
  select kept_from into kept from public.usage_retention;
  if raw_from < kept then return jsonb_build_object('outcome', 'raw_expired', 'kept_from', kept); end if;
  return jsonb_build_object('outcome', 'rows', 'rows', rows, 'next', next);
end $$;

-- Events one by one, by time. p_query: {"reach", "tenants": [id] | null, "type"?, "source"?, "id"?, "from"?, "to"?, "voided"?: boolean, "limit", "after"}
-- {"rows": [{"event": "<the CloudEvent as JSON text>", "tenant_id", "received_at", "voided_at", "void_reason", "voided_by"}], "next": cursor | null}
create function public.usage_events_list(p_query jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  tenants uuid[] := case when jsonb_typeof(p_query -> 'tenants') = 'array' then array(select jsonb_array_elements_text(p_query -> 'tenants')::uuid)
    when jsonb_typeof(p_query -> 'reach') = 'array' then array(select jsonb_array_elements_text(p_query -> 'reach')::uuid) end;
  wanted integer := coalesce((p_query ->> 'limit')::integer, 50); before text; rows jsonb; next jsonb; after jsonb := nullif(p_query -> 'after', 'null');
begin
  if jsonb_typeof(p_query -> 'reach') = 'array' then
    before := public.usage_read_for(array(select jsonb_array_elements_text(p_query -> 'reach')::uuid));
  end if;
  with page as (
    select e.*, row_number() over (order by e.time desc, e.seq desc) as n from public.usage_events e
    where (tenants is null or e.tenant_id = any (tenants)) and (p_query ->> 'type' is null or e.type = p_query ->> 'type')
      and (p_query ->> 'source' is null or e.source = p_query ->> 'source') and (p_query ->> 'id' is null or e.event_id = p_query ->> 'id')
      and (p_query ->> 'from' is null or e.time >= (p_query ->> 'from')::timestamptz) and (p_query ->> 'to' is null or e.time < (p_query ->> 'to')::timestamptz)
      and (p_query -> 'voided' is null or p_query -> 'voided' = 'null' or (e.voided_at is not null) = (p_query ->> 'voided')::boolean)
      and (after is null or (e.time, e.seq) < ((after ->> 0)::timestamptz, (after ->> 1)::bigint))
    order by e.time desc, e.seq desc limit wanted + 1
  )
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'received_at', received_at, 'voided_at', voided_at, 'void_reason', void_reason,
      'voided_by', voided_by, 'event', (extra || jsonb_build_object('specversion', '1.0', 'id', event_id, 'source', source, 'type', type,
        'time', public.audit_time(time)) || case when data is null then '{}' else jsonb_build_object('data', data) end)::text) order by n)
      filter (where n <= wanted), '[]'),
    (select jsonb_build_array(time, seq::text) from page where n = wanted and exists (select from page where n > wanted))
  into rows, next from page;
  if before is not null then perform set_config('role', before, true); end if;
  return jsonb_build_object('rows', rows, 'next', next);
end $$;

grant execute on function public.usage_grain(timestamptz[]), public.usage_gauge_areas(bigint[], uuid[], timestamptz[]), public.audit_time(timestamptz)
  to tenant_reader;
