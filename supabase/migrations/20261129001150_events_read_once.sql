-- Rating again from events takes a value out of an event once, and makes a number of it once, whatever is then asked of that number.

-- As before, but for how each event is read.
create or replace function public.billing_usage_raw(p_slug text, p_tenants uuid[], p_from timestamptz, p_to timestamptz) returns setof jsonb
language plpgsql stable set search_path = '' set statement_timeout = '300s' as $$
declare kinds text[]; kind text; meters bigint[]; m public.usage_meters; place text; events text; sources text[] := '{}'; answer jsonb;
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
    place := case when exists (select from unnest(m.value_path) n where n ~ '^-?[0-9]+$') then format('e.data #> %L', m.value_path)
      else format('e.data%s', (select string_agg(format(' -> %L', n), '' order by o) from unnest(m.value_path) with ordinality x (n, o))) end;
    events := format('from public.usage_events e where e.type = %L and e.time >= %L and e.time < %L and e.tenant_id = any ($1) and e.voided_at is null%s',
      m.event_type, greatest(p_from, m.valid_from), least(p_to, m.valid_to),
      (select string_agg(format(' and coalesce(e.data #>> %L = any (%L), false)', (c).path, (c).accepted), '') from unnest(m.conditions) c));
    -- `limit all` keeps a subquery from being written into the one around it, where each mention would be worked out again; unlike `offset 0`, it leaves
    -- the work to several processes. A string that is a number is never longer than 1,400 digits: the last condition is for those of JSON.
    sources := sources || case kind when 'count' then format('select e.tenant_id %s', events)
      when 'unique_count' then format('select e.tenant_id, substr(sha256(convert_to((%s) #>> ''{}'', ''UTF8'')), 1, 16) as hash %s', place, events)
      else format('select tenant_id, time, seq, case when abs(number) < 1e600 and scale(number) < 600 or length(number::text) <= 1400 then number end as value
        from (select tenant_id, time, seq, case jsonb_typeof(found) when ''number'' then found::numeric when ''string'' then
            case when length(found #>> ''{}'') <= 400 and found #>> ''{}'' ~ ''^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$'' then (found #>> ''{}'')::numeric end
          end as number from (select e.tenant_id, e.time, e.seq, %s as found %s limit all) f limit all) n', place, events) end;
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
