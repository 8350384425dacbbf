-- Events one by one, by time. p_query: {"reach", "tenants": [id] | null, "type"?, "source"?, "id"?, "from"?, "to"?, "voided"?: boolean, "limit", "after"}
-- {"rows": [{"event": "<the CloudEvent as JSON text>", "tenant_id", "received_at", "voided_at", "void_reason", "voided_by"}], "next": cursor | null}
create or replace function public.usage_events_list(p_query jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  tenants uuid[] := case when jsonb_typeof(p_query -> 'tenants') = 'array' then array(select jsonb_array_elements_text(p_query -> 'tenants')::uuid)
    when jsonb_typeof(p_query -> 'reach') = 'array' then array(select jsonb_array_elements_text(p_query -> 'reach')::uuid) end;
  wanted integer := coalesce((p_query ->> 'limit')::integer, 50); before text; rows jsonb; next jsonb; after jsonb := nullif(p_query -> 'after', 'null');
begin
  if jsonb_typeof(p_query -> 'reach') = 'array' then
    before := public.usage_read_for(array(select jsonb_array_elements_text(p_query -> 'reach')::uuid));
  end if;
  -- Numbered last: else all events of a tenant are sorted, on disk, for one page of them.
  with found as (
    select e.* from public.usage_events e
    where (tenants is null or e.tenant_id = any (tenants)) and (p_query ->> 'type' is null or e.type = p_query ->> 'type')
      and (p_query ->> 'source' is null or e.source = p_query ->> 'source') and (p_query ->> 'id' is null or e.event_id = p_query ->> 'id')
      and (p_query ->> 'from' is null or e.time >= (p_query ->> 'from')::timestamptz) and (p_query ->> 'to' is null or e.time < (p_query ->> 'to')::timestamptz)
      and (p_query -> 'voided' is null or p_query -> 'voided' = 'null' or (e.voided_at is not null) = (p_query ->> 'voided')::boolean)
      and (after is null or (e.time, e.seq) < ((after ->> 0)::timestamptz, (after ->> 1)::bigint))
    order by e.time desc, e.seq desc limit wanted + 1
  ), page as (select *, row_number() over (order by time desc, seq desc) as n from found)
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'received_at', received_at, 'voided_at', voided_at, 'void_reason', void_reason,
      'voided_by', voided_by, 'event', (extra || jsonb_build_object('specversion', '1.0', 'id', event_id, 'source', source, 'type', type,
        'time', public.audit_time(time)) || case when data is null then '{}' else jsonb_build_object('data', data) end)::text) order by n)
      filter (where n <= wanted), '[]'),
    (select jsonb_build_array(time, seq::text) from page where n = wanted and exists (select from page where n > wanted))
  into rows, next from page;
  if before is not null then perform set_config('role', before, true); end if;
  return jsonb_build_object('rows', rows, 'next', next);
end $$;
