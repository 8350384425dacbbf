-- What meters say of the segments of billing periods: to the microsecond, from counts or from events.

-- From events alone, however old: [{"tenant_id", "value": "decimal"}] of the tenants that have any, or {"outcome": "raw_expired"} where a day of it is
-- gone. Beside usage_query it shares nothing but the meaning of a meter, so that one proves the other.
create function public.billing_usage_raw(p_slug text, p_tenants uuid[], p_from timestamptz, p_to timestamptz) returns setof jsonb
language plpgsql stable set search_path = '' set statement_timeout = '300s' as $$
declare kinds text[]; kind text; meters bigint[]; m public.usage_meters; place text; sources text[] := '{}'; conditions text; measured text; answer jsonb;
begin
  select array_agg(distinct aggregation) into kinds from public.usage_meters
  where slug = p_slug and deleted_at is null and valid_from < p_to and valid_to > p_from;
  if not exists (select from public.usage_meters where slug = p_slug and deleted_at is null) then
    return next jsonb_build_object('outcome', 'meter_not_found');
    return;
  end if;
  if kinds is null or cardinality(kinds) > 1 then
    return next case when kinds is null then '[]' else jsonb_build_object('outcome', 'versions_differ') end;
    return;
  end if;
  kind := kinds[1];
  if exists (select from generate_series(date_trunc('day', p_from, 'UTC'), p_to - interval '1 microsecond', interval '1 day') d
    where not public.usage_day_is_kept((d at time zone 'UTC')::date)) then
    return next jsonb_build_object('outcome', 'raw_expired', 'kept_from', (select kept_from from public.usage_retention));
    return;
  end if;

  if kind = 'time_weighted' then
    select array_agg(id) into meters from public.usage_meters where slug = p_slug and deleted_at is null and aggregation = kind and valid_from < p_to;
    with readings as (
      select tenant_id, dims, greatest(time, p_from) as at, value, lead(greatest(time, p_from)) over (partition by tenant_id, dims order by time, seq) as next
      from (
        select tenant_id, dims, time, seq, value from public.usage_measures
        where meter_id = any (meters) and tenant_id = any (p_tenants) and time < p_to and value is not null
        union all
        -- Of days whose events are gone: what held at their end.
        select * from (select distinct on (tenant_id, dims) tenant_id, dims, last_at, -1::bigint, last from public.usage_gauges
          where meter_id = any (meters) and tenant_id = any (p_tenants) and bucket < p_from and not public.usage_day_is_kept((bucket at time zone 'UTC')::date)
          order by tenant_id, dims, bucket desc) g
      ) x
    )
    select jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'value', trim_scale(sign(area) * div(abs(area) * 2e20 + 3600, 7200) * 1e-20)::text)) into answer
    from (select tenant_id, sum(value * extract(epoch from coalesce(next, least(p_to, now())) - at)) as area from readings
      where coalesce(next, least(p_to, now())) > at group by tenant_id) a;
    return next coalesce(answer, '[]');
    return;
  end if;

  -- A statement of its own for what the versions count, with their paths written into it. A path of names alone is walked by ->, which is quicker.
  for m in select * from public.usage_meters where slug = p_slug and deleted_at is null and valid_from < p_to and valid_to > p_from order by version loop
    select coalesce(string_agg(format(' and coalesce(e.data #>> %L = any (%L), false)', (c).path, (c).accepted), ''), '') into conditions from unnest(m.conditions) c;
    place := case when exists (select from unnest(m.value_path) n where n ~ '^-?[0-9]+$') then format('(e.data #> %L)', m.value_path)
      else format('(e.data%s)', (select string_agg(format(' -> %L', n), '' order by o) from unnest(m.value_path) with ordinality x (n, o))) end;
    measured := case kind when 'count' then '1::numeric' when 'unique_count' then 'null::numeric' else 'case jsonb_typeof(f.found)
      when ''number'' then case when abs(f.found::numeric) < 1e600 and scale(f.found::numeric) < 600 or length(f.found #>> ''{}'') <= 1400 then f.found::numeric end
      when ''string'' then case when length(f.found #>> ''{}'') <= 400 and f.found #>> ''{}'' ~ ''^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$''
        then (f.found #>> ''{}'')::numeric end end' end;
    sources := sources || format('select e.tenant_id, e.time, e.seq, %s as value, %s as hash from public.usage_events e%s
      where e.type = %L and e.time >= %L and e.time < %L and e.tenant_id = any ($1) and e.voided_at is null%s', measured,
      case kind when 'unique_count' then 'substr(sha256(convert_to(f.found #>> ''{}'', ''UTF8'')), 1, 16)' else 'null::bytea' end,
      case kind when 'count' then '' else format(' cross join lateral (select %s as found) f', place) end,
      m.event_type, greatest(p_from, m.valid_from), least(p_to, m.valid_to), conditions);
  end loop;
  -- Not into a variable: only what a function returns as a query is worked on by several processes.
  return query execute format('select coalesce(jsonb_agg(jsonb_build_object(''tenant_id'', tenant_id, ''value'', trim_scale(value)::text)), ''[]'') from (
    select tenant_id, %s as value from (%s) s group by tenant_id) t where value is not null',
    case kind when 'sum' then 'sum(value)' when 'count' then 'count(*)::numeric'
      when 'avg' then 'sign(sum(value)) * div(abs(sum(value)) * 2e20 + nullif(count(value), 0), 2 * nullif(count(value), 0)) * 1e-20'
      when 'min' then 'min(value)' when 'max' then 'max(value)' when 'unique_count' then 'count(distinct hash)::numeric'
      else '(array_agg(value order by time desc, seq desc) filter (where value is not null))[1]' end,
    array_to_string(sources, ' union all ')) using p_tenants;
end $$;

-- From the counts; where their bounds are not on a quarter of an hour, with the events at the edges. A day that takes no events any more still has them
-- while a period on it is open, which usage_query does not look at.
create function public.billing_usage_counted(p_slug text, p_tenants uuid[], p_from timestamptz, p_to timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare answer jsonb;
begin
  -- Of a meter that came after its events, or was made again, the counts are of newer days alone until it has caught up.
  if exists (select from public.usage_meters where slug = p_slug and deleted_at is null and backfill_day >= (p_from at time zone 'UTC')::date) then
    return (select r from public.billing_usage_raw(p_slug, p_tenants, p_from, p_to) r);
  end if;
  answer := public.usage_query(jsonb_build_object('slug', p_slug, 'reach', null, 'tenants', to_jsonb(p_tenants), 'bounds', jsonb_build_array(p_from, p_to),
    'group_by', '[]'::jsonb, 'by_subject', true, 'filter', '{}'::jsonb, 'limit', cardinality(p_tenants), 'after', null));
  if answer ->> 'outcome' = 'raw_expired' then return (select r from public.billing_usage_raw(p_slug, p_tenants, p_from, p_to) r); end if;
  if answer ->> 'outcome' <> 'rows' then return answer; end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('tenant_id', r -> 1, 'value', r -> 3)), '[]') from jsonb_array_elements(answer -> 'rows') r);
end $$;

-- Many questions at once: [{"tenant_id", "meter", "from", "to"}]. One answer each, in their order: {"quantity": "decimal"}, or
-- {"outcome": "meter_not_found" | "versions_differ" | "raw_expired", "kept_from"?}. What was not used is 0. p_raw: from events alone.
-- The meter `members` is built in: how many members the tenant had, on average over the time.
create function public.billing_quantities(p_asks jsonb, p_raw boolean) returns jsonb language plpgsql set search_path = '' set statement_timeout = '300s' as $$
declare g record; found jsonb; answers jsonb := '{}';
begin
  for g in
    select a.meter, a."from", a."to", array_agg(distinct a.tenant_id) as tenants
    from jsonb_to_recordset(p_asks) as a (tenant_id uuid, meter text, "from" timestamptz, "to" timestamptz) group by 1, 2, 3
  loop
    if g.meter = 'members' then
      select jsonb_agg(jsonb_build_object('tenant_id', t, 'value', trim_scale(public.billing_members(t, g."from", g."to"))::text)) into found from unnest(g.tenants) t;
    elsif p_raw then
      found := (select r from public.billing_usage_raw(g.meter, g.tenants, g."from", g."to") r);
    else
      found := public.billing_usage_counted(g.meter, g.tenants, g."from", g."to");
    end if;
    answers := answers || jsonb_build_object(jsonb_build_array(g.meter, g."from", g."to")::text, case jsonb_typeof(found) when 'object' then found else (
      select coalesce(jsonb_object_agg(f ->> 'tenant_id', f -> 'value'), '{}') from jsonb_array_elements(found) f) end);
  end loop;
  return (
    select coalesce(jsonb_agg(case when x.said ? 'outcome' then x.said
      else jsonb_build_object('quantity', coalesce(x.said ->> (a.e ->> 'tenant_id'), '0')) end order by a.n), '[]')
    from jsonb_array_elements(p_asks) with ordinality a (e, n) cross join lateral (
      select answers -> jsonb_build_array(a.e ->> 'meter', (a.e ->> 'from')::timestamptz, (a.e ->> 'to')::timestamptz)::text as said
    ) x
  );
end $$;
