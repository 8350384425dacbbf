-- Takes an event out of every count; it stays in the log, marked. With p_replacement, the JSON text of an event of the same tenant, that one
-- is taken in its stead, in the same transaction. {"outcome": "voided" | "already_voided" | "event_not_found" | "event_expired"
-- | "replacement_rejected" | "partitions_missing", ...}
create function public.usage_event_void(p_tenant uuid, p_source text, p_id text, p_reason text, p_replacement text, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare
  k public.usage_event_keys; e public.usage_events; m record; taken jsonb;
  told jsonb := jsonb_build_object('source', p_source, 'id', p_id);
begin
  -- In this order everywhere: who proves counts for minutes must not keep batches waiting.
  perform public.usage_lock_rollups();
  -- Alone: a batch that finds a value there already adds nothing to what is unique, and this may be about to take it away.
  perform public.usage_lock_shape(true);
  select * into k from public.usage_event_keys
  where tenant_id = p_tenant and key = substr(sha256(convert_to(octet_length(p_source) || ':' || p_source || p_id, 'UTF8')), 1, 16);
  if not found then return jsonb_build_object('outcome', 'event_not_found'); end if;
  if k.time < (select kept_from from public.usage_retention) then return jsonb_build_object('outcome', 'event_expired'); end if;
  select * into e from public.usage_events where tenant_id = p_tenant and time = k.time and seq = k.seq for update;
  if e.voided_at is not null then
    return jsonb_build_object('outcome', 'already_voided', 'event', told || jsonb_build_object('voided_at', e.voided_at, 'void_reason', e.void_reason, 'voided_by', e.voided_by));
  end if;

  -- What it counted as, before it is marked.
  for m in select * from public.usage_measures where tenant_id = e.tenant_id and time = e.time and seq = e.seq
    and meter_id in (select id from public.usage_meters where deleted_at is null and event_type = e.type)
  loop
    if m.aggregation in ('sum', 'count', 'avg') and m.value is not null then
      insert into public.usage_deltas (meter_id, tenant_id, bucket, dims, count, sum)
      values (m.meter_id, m.tenant_id, m.bucket, m.dims, -1, case when m.aggregation <> 'count' then -m.value end);
    elsif m.aggregation = 'time_weighted' then
      insert into public.usage_stale_gauges (meter_id, tenant_id, bucket) values (m.meter_id, m.tenant_id, m.bucket);
    end if;
    insert into public.usage_late_changes (tenant_id, starts_at, ends_at, meter_id)
    select p.tenant_id, p.starts_at, p.ends_at, m.meter_id from public.usage_periods p
    where p.tenant_id = e.tenant_id and e.time < p.ends_at and p.closed_at is not null and (e.time >= p.starts_at
      or m.aggregation = 'time_weighted' and public.usage_holds_until(m.meter_id, e.tenant_id, m.dims, e.time, p.starts_at))
    order by 1, 2, 3 on conflict do nothing;
  end loop;
  update public.usage_events set voided_at = now(), void_reason = p_reason, voided_by = p_context ->> 'actor'
  where tenant_id = e.tenant_id and type = e.type and time = e.time and seq = e.seq returning * into e;
  -- What cannot be taken back is made anew.
  for m in select id from public.usage_meters where deleted_at is null and event_type = e.type and e.time >= valid_from and e.time < valid_to
    and aggregation in ('min', 'max', 'latest', 'unique_count') order by id
  loop
    perform public.usage_recompute(m.id, e.tenant_id, date_bin('15 minutes', e.time, '2000-01-01Z'), date_bin('15 minutes', e.time, '2000-01-01Z') + interval '15 minutes');
  end loop;

  told := told || jsonb_build_object('voided_at', e.voided_at, 'void_reason', e.void_reason, 'voided_by', e.voided_by);
  if p_replacement is not null then
    taken := public.usage_ingest(jsonb_build_array(jsonb_build_object('tenant', p_tenant, 'event', p_replacement::jsonb))::text, true);
    if taken ? 'outcome' or (taken ->> 'accepted')::integer <> 1 then
      raise exception using errcode = 'TU002', message = 'the replacement cannot be taken', detail = taken::text;
    end if;
  end if;
  perform public.write_audit(p_context, case when p_replacement is null then 'usage_event.void' else 'usage_event.amend' end, 'usage_event',
    encode(k.key, 'hex'), p_tenant, null, told || jsonb_build_object('replacement', p_replacement::jsonb -> 'id'));
  return jsonb_build_object('outcome', 'voided', 'event', told);
exception when sqlstate 'TU002' then
  if taken ? 'outcome' then return taken; end if;
  return jsonb_build_object('outcome', 'replacement_rejected', 'rejected', taken -> 'rejected' -> 0, 'duplicate', jsonb_array_length(taken -> 'duplicates') > 0);
end $$;
