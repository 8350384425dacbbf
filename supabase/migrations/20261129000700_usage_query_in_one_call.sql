-- A query is one call: its answer says which dimensions the meter has, and how the tenants in it are called. JSON is put together as text, for
-- every answer is one: jsonb would be taken apart and put together three times on its way.
drop function public.usage_query(jsonb);

-- Counts by window, tenant and dimensions. p_query: {"slug", "reach": [id] | null, "tenants": [id] | null, "bounds": [instant], "group_by": [name],
-- "by_subject": boolean, "filter": {name: [value | null]}, "limit", "after": [window, tenant, [values]] | null}
-- {"outcome": "rows", "rows": [[window, tenant | null, [value | null], "decimal"]], "next": cursor | null, "slugs": {id: slug}}, or another
-- outcome. All but meter_not_found have "dimensions": those of any version; another one that is asked for is missing from every event.
-- "slugs" are those of living tenants, for who may see all of them.
create function public.usage_query(p_query jsonb) returns json language plpgsql set search_path = '' as $$
declare
  bounds timestamptz[] := array(select b::timestamptz from jsonb_array_elements_text(p_query -> 'bounds') b); n integer := cardinality(bounds) - 1;
  names text[] := array(select jsonb_array_elements_text(p_query -> 'group_by')); by_subject boolean := (p_query ->> 'by_subject')::boolean;
  after jsonb := nullif(p_query -> 'after', 'null'); wanted integer := coalesce((p_query ->> 'limit')::integer, 10000);
  reach uuid[] := case when jsonb_typeof(p_query -> 'reach') = 'array' then array(select jsonb_array_elements_text(p_query -> 'reach')::uuid) end;
  versions bigint; kinds text[]; kind text; meters bigint[]; gauges bigint[]; dimensions jsonb := '[]'; tenants uuid[]; raw_from timestamptz; kept timestamptz;
  before text; piece record; condition text; keys text; columns text; sources text[] := '{}'; rows json; last json; more boolean; seen uuid[]; slugs json := '{}';
  -- To 20 places, rounded once: a division rounds by itself, to as many places as it likes.
  quotient constant text := 'sign(%1$s) * div(abs(%1$s) * 2e20 + %2$s, 2 * %2$s) * 1e-20';
begin
  select count(*), array_agg(distinct aggregation) filter (where valid_from < bounds[n + 1] and valid_to > bounds[1]),
    array_agg(id order by version) filter (where valid_from < bounds[n + 1] and valid_to > bounds[1]),
    -- A reading holds beyond the version that it was measured by.
    array_agg(id order by version) filter (where valid_from < bounds[n + 1] and aggregation = 'time_weighted')
  into versions, kinds, meters, gauges from public.usage_meters where slug = p_query ->> 'slug' and deleted_at is null;
  if versions = 0 then return json_build_object('outcome', 'meter_not_found'); end if;
  if names <> '{}' or p_query -> 'filter' <> '{}' then
    select coalesce(jsonb_agg(distinct d), '[]') into dimensions from public.usage_meters, jsonb_object_keys(group_by) d
    where slug = p_query ->> 'slug' and deleted_at is null;
  end if;
  if kinds is null then
    return json_build_object('outcome', 'rows', 'rows', '[]'::json, 'next', null, 'dimensions', dimensions, 'slugs', slugs);
  elsif cardinality(kinds) > 1 then
    return json_build_object('outcome', 'versions_differ', 'dimensions', dimensions);
  end if;
  kind := kinds[1];
  if kind = 'time_weighted' then meters := gauges; end if;

  tenants := case when jsonb_typeof(p_query -> 'tenants') = 'array' then array(select jsonb_array_elements_text(p_query -> 'tenants')::uuid)
    -- One by one, so that the index finds each tenant's range.
    else coalesce(reach, array(select id from public.tenants)) end;

  select coalesce(string_agg(format(' and (dims ->> %L = any (%L::text[])%s)', f.key,
      array(select v #>> '{}' from jsonb_array_elements(f.value) v where v <> 'null'),
      case when f.value @> '[null]' then format(' or not dims ? %L', f.key) else '' end), ''), '')
  into condition from jsonb_each(coalesce(p_query -> 'filter', '{}')) f;
  keys := case when by_subject then ', tenant_id' else '' end
    || coalesce((select string_agg(format(', dims ->> %L', k), '' order by i) from unnest(names) with ordinality x (k, i)), '');

  if kind = 'time_weighted' then
    sources := array[format('select w%s, 1, area from public.usage_gauge_areas($1, $2, $3) where true%s', keys, condition)];
    raw_from := date_bin('15 minutes', bounds[1], '2000-01-01Z');
    if bounds[1] = raw_from and public.usage_grain(bounds[2:n]) > 0 then
      raw_from := nullif(date_bin('15 minutes', bounds[n + 1], '2000-01-01Z'), bounds[n + 1]);
    end if;
  else
    for piece in select * from public.usage_pieces(bounds[1], bounds[n + 1], public.usage_grain(bounds[2:n])) loop
      if piece.grain = 0 and piece.a < piece.b then raw_from := least(raw_from, piece.a); end if;
      sources := sources || (
        select array_agg(format('select %s%s, %s from public.%I where meter_id = any ($1) and tenant_id = any ($2) and %I >= %L and %I < %L%s%s',
          case when n = 1 then '0' else format('width_bucket(%I, $3) - 1', s.at) end, keys, s.columns, s.relation, s.at, piece.a, s.at, piece.b, s.which, condition))
        from (
          select 'time' as at, 'usage_measures' as relation, ' and (value is not null or aggregation = ''unique_count'')' as which,
            case kind when 'count' then '1' when 'latest' then '1, value, time, seq' when 'unique_count' then '1, value_hash' else '1, value' end as columns
          where piece.grain = 0
          union all
          select 'bucket', 'usage_distinct_values', '', '1, value_hash' where piece.grain > 0 and kind = 'unique_count'
          union all
          select 'bucket', relation, which,
            case kind when 'count' then 'count' when 'latest' then 'count, latest, latest_at, latest_seq' when 'avg' then 'count, sum' else 'count, ' || kind end
          from (values ('usage_rollups', format(' and grain = %s', piece.grain)), ('usage_deltas', '')) x (relation, which)
          where piece.grain > 0 and kind <> 'unique_count'
        ) s);
    end loop;
  end if;

  if reach is not null then before := public.usage_read_for(reach); end if;
  columns := array_to_string(array(select 'k' || i from generate_subscripts(names, 1) i), ', ');
  keys := concat_ws(', ', 'w', case when by_subject then 'tenant_id' end, nullif(columns, ''));
  execute format($sql$
    select coalesce(json_agg(json_build_array(w, %1$s, keys, trim_scale(value)::text) order by n) filter (where n <= $4), '[]'),
      json_agg(json_build_array(w, %1$s, keys)) filter (where n = $4) -> 0, count(*) > $4, array_agg(%1$s)
    from (select *, row_number() over (order by w, %1$s, keys) as n from (
      select %2$s, jsonb_build_array(%3$s) as keys, %4$s as value from (%5$s) source (%2$s, count%6$s)
      group by %2$s having sum(count) > 0%7$s order by w, %1$s, keys limit $4 + 1
    ) page) numbered $sql$,
    case when by_subject then 'tenant_id' else 'null::uuid' end, keys, columns,
    case kind when 'sum' then 'sum(v)' when 'count' then 'sum(count)' when 'avg' then format(quotient, 'sum(v)', 'sum(count)')
      when 'min' then 'min(v)' when 'max' then 'max(v)' when 'unique_count' then 'count(distinct v)::numeric'
      when 'latest' then '(array_agg(v order by at desc, seq desc) filter (where at is not null))[1]'
      else format(quotient, 'sum(v)', '3600') end,
    array_to_string(sources, ' union all '),
    case kind when 'count' then '' when 'latest' then ', v, at, seq' else ', v' end,
    case when after is not null then format(
      case when by_subject then ' and (w, tenant_id::text, jsonb_build_array(%s)) > (($5 ->> 0)::integer, coalesce($5 ->> 1, ''''), $5 -> 2)'
        else ' and (w, jsonb_build_array(%s)) > (($5 ->> 0)::integer, $5 -> 2)' end, columns) end)
  into rows, last, more, seen using meters, tenants, bounds, wanted, after;
  if before is not null then perform set_config('role', before, true); end if;
  -- Asked last: a day that is gone by now may have been there in part.
  select kept_from into kept from public.usage_retention;
  if raw_from < kept then return json_build_object('outcome', 'raw_expired', 'kept_from', kept, 'dimensions', dimensions); end if;
  if by_subject and reach is null then
    select coalesce(json_object_agg(id, slug), '{}') into slugs from public.tenants where id = any (seen) and deleted_at is null;
  end if;
  return json_build_object('outcome', 'rows', 'rows', rows, 'next', case when more then last end, 'dimensions', dimensions, 'slugs', slugs);
end $$;
