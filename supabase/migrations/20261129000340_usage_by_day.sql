-- What every meter counted of a tenant, by day in UTC, from p_from to p_to, both included: [{slug, name, unit, aggregation, days: [{date, value}]}],
-- by slug, values as decimal text. Days without usage are left out, and so are meters that cannot be answered over that time: those whose
-- versions count differently. p_reach null: an operator reads.
create function public.usage_daily_meters(p_reach uuid[], p_tenant_id uuid, p_from date, p_to date) returns jsonb
language plpgsql set search_path = '' as $$
declare
  meter record; answer jsonb; found jsonb := '[]';
  bounds jsonb := (select jsonb_agg(d at time zone 'UTC' order by d) from generate_series(p_from::timestamp, (p_to + 1)::timestamp, interval '1 day') d);
begin
  for meter in
    select distinct on (slug) slug, name, unit, aggregation from public.usage_meters where deleted_at is null order by slug, version desc
  loop
    answer := public.usage_query(jsonb_build_object('slug', meter.slug, 'reach', to_jsonb(p_reach), 'tenants', jsonb_build_array(p_tenant_id),
      'bounds', bounds, 'group_by', '[]'::jsonb, 'by_subject', false, 'filter', '{}'::jsonb, 'limit', p_to - p_from + 1, 'after', null));
    continue when answer ->> 'outcome' <> 'rows';
    found := found || jsonb_build_object('slug', meter.slug, 'name', meter.name, 'unit', meter.unit, 'aggregation', meter.aggregation, 'days', (
      select coalesce(jsonb_agg(jsonb_build_object('date', p_from + (r ->> 0)::integer, 'value', r ->> 3) order by (r ->> 0)::integer), '[]')
      from jsonb_array_elements(answer -> 'rows') r
    ));
  end loop;
  return found;
end $$;
