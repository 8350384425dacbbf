-- Meters: made, changed in what does not change counts, given new versions, and deleted. p_meter, here and below: {"slug", "name", "description",
-- "event_type", "aggregation", "value_property", "value_path": [key], "group_by": {name: path}, "group_paths": [{"name", "path": [key]}],
-- "filters": {path: [value]}, "filter_paths": [{"path": [key], "values": [text]}], "unit", "metadata", "retention_days", "valid_from"}

create function public.usage_meter_json(p_meter public.usage_meters) returns jsonb language sql stable set search_path = '' as $$
  select (to_jsonb(p_meter) - '{value_path,dimensions,conditions,backfill_day,backfill_tenant,deleted_at,valid_from,valid_to}'::text[])
    || jsonb_build_object('id', p_meter.id::text, 'backfilling', p_meter.backfill_day is not null,
      'valid_from', case when isfinite(p_meter.valid_from) then public.audit_time(p_meter.valid_from) end,
      'valid_to', case when isfinite(p_meter.valid_to) then public.audit_time(p_meter.valid_to) end)
$$;

create function public.usage_dimensions_of(p_paths jsonb) returns public.usage_dimension[] language sql immutable set search_path = '' as $$
  select coalesce(array_agg(row (d ->> 'name', array(select jsonb_array_elements_text(d -> 'path')))::public.usage_dimension order by d ->> 'name'), '{}')
  from jsonb_array_elements(coalesce(p_paths, '[]')) d
$$;

create function public.usage_meter_insert(p_meter jsonb, p_version integer) returns public.usage_meters language plpgsql set search_path = '' as $$
declare m public.usage_meters;
begin
  insert into public.usage_meters (slug, version, name, description, event_type, aggregation, value_property, value_path, group_by, dimensions, filters,
    conditions, unit, metadata, retention_days, valid_from)
  values (p_meter ->> 'slug', p_version, p_meter ->> 'name', p_meter ->> 'description', p_meter ->> 'event_type', p_meter ->> 'aggregation',
    p_meter ->> 'value_property',
    case when jsonb_typeof(p_meter -> 'value_path') = 'array' then array(select jsonb_array_elements_text(p_meter -> 'value_path')) end,
    coalesce(p_meter -> 'group_by', '{}'), public.usage_dimensions_of(p_meter -> 'group_paths'), coalesce(p_meter -> 'filters', '{}'),
    coalesce((select array_agg(row (array(select jsonb_array_elements_text(f -> 'path')), array(select jsonb_array_elements_text(f -> 'values')))::public.usage_filter)
      from jsonb_array_elements(coalesce(p_meter -> 'filter_paths', '[]')) f), '{}'),
    p_meter ->> 'unit', coalesce(p_meter -> 'metadata', '{}'), (p_meter ->> 'retention_days')::integer,
    coalesce((p_meter ->> 'valid_from')::timestamptz, '-infinity'))
  returning * into m;
  return m;
end $$;

create function public.usage_meter_create(p_meter jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare m public.usage_meters;
begin
  perform public.usage_lock_shape(true);
  if exists (select from public.usage_meters where slug = p_meter ->> 'slug' and deleted_at is null) then return jsonb_build_object('outcome', 'slug_taken'); end if;
  m := public.usage_meter_insert(p_meter, 1);
  perform public.write_audit(p_context, 'meter.create', 'meter', m.slug, null, null, public.usage_meter_json(m));
  return jsonb_build_object('outcome', 'created', 'meter', public.usage_meter_json(m));
end $$;

-- The newest version, locked.
create function public.usage_meter_lock(p_slug text) returns public.usage_meters language plpgsql set search_path = '' as $$
declare m public.usage_meters;
begin
  perform public.usage_lock_shape(true);
  select * into m from public.usage_meters where slug = p_slug and deleted_at is null order by version desc limit 1 for update;
  return m;
end $$;

-- Name, description, metadata, and dimensions that are added: p_change {"name"?, "description"?, "metadata"?, "group_by"?, "group_paths"?}
create function public.usage_meter_change(p_slug text, p_change jsonb, p_row_version bigint, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare m public.usage_meters := public.usage_meter_lock(p_slug); was public.usage_meters := m; added public.usage_dimension[];
begin
  if m.id is null then return jsonb_build_object('outcome', 'meter_not_found'); end if;
  if p_row_version is not null and m.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if p_change ? 'group_by' then
    if exists (select from jsonb_each(m.group_by) g where p_change -> 'group_by' -> g.key is distinct from g.value) then
      return jsonb_build_object('outcome', 'needs_version', 'meter', public.usage_meter_json(m));
    end if;
    added := public.usage_dimensions_of(p_change -> 'group_paths');
  end if;
  m.name := coalesce(p_change ->> 'name', m.name);
  m.description := case when p_change ? 'description' then p_change ->> 'description' else m.description end;
  m.metadata := coalesce(p_change -> 'metadata', m.metadata);
  m.group_by := coalesce(p_change -> 'group_by', m.group_by);
  if to_jsonb(m) = to_jsonb(was) then return jsonb_build_object('outcome', 'unchanged', 'meter', public.usage_meter_json(m)); end if;
  update public.usage_meters set name = m.name, description = m.description, metadata = m.metadata, group_by = m.group_by,
    dimensions = coalesce(added, dimensions), row_version = row_version + 1, updated_at = now(),
    -- What is counted already gets the new dimensions too, as far as its events are kept.
    backfill_day = case when m.group_by <> was.group_by then ((now() + interval '5 minutes') at time zone 'UTC')::date else backfill_day end,
    backfill_tenant = case when m.group_by <> was.group_by then null else backfill_tenant end
  where id = m.id returning * into m;
  perform public.write_audit(p_context, 'meter.change', 'meter', m.slug, null, public.usage_meter_json(was), public.usage_meter_json(m));
  return jsonb_build_object('outcome', 'changed', 'meter', public.usage_meter_json(m));
end $$;

-- From p_meter.valid_from on, which is on a quarter of an hour and not before now, events are counted as this one says.
create function public.usage_meter_version(p_slug text, p_meter jsonb, p_row_version bigint, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare was public.usage_meters := public.usage_meter_lock(p_slug); m public.usage_meters; holds timestamptz := (p_meter ->> 'valid_from')::timestamptz;
begin
  if was.id is null then return jsonb_build_object('outcome', 'meter_not_found'); end if;
  if p_row_version is not null and was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  -- What is in the past has been counted, answered and maybe settled. Events may be five minutes ahead.
  if holds < clock_timestamp() + interval '5 minutes' or holds <= was.valid_from or holds <> date_bin('15 minutes', holds, '2000-01-01Z') then
    return jsonb_build_object('outcome', 'valid_from_refused');
  end if;
  m := public.usage_meter_insert(p_meter || jsonb_build_object('slug', p_slug), was.version + 1);
  -- It goes on counting, so that whoever saw the version before cannot change this one.
  update public.usage_meters set backfill_day = null, row_version = was.row_version + 1 where id = m.id returning * into m;
  update public.usage_meters set valid_to = holds, row_version = row_version + 1, updated_at = now() where id = was.id;
  perform public.write_audit(p_context, 'meter.version', 'meter', m.slug, null, public.usage_meter_json(was), public.usage_meter_json(m));
  return jsonb_build_object('outcome', 'created', 'meter', public.usage_meter_json(m));
end $$;

-- Events are kept, and a meter of the same slug counts them again.
create function public.usage_meter_delete(p_slug text, p_row_version bigint, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare m public.usage_meters := public.usage_meter_lock(p_slug);
begin
  if m.id is null then return jsonb_build_object('outcome', 'meter_not_found'); end if;
  if p_row_version is not null and m.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  update public.usage_meters set deleted_at = now(), updated_at = now(), backfill_day = null where slug = p_slug and deleted_at is null;
  perform public.write_audit(p_context, 'meter.delete', 'meter', m.slug, null, public.usage_meter_json(m), null);
  return jsonb_build_object('outcome', 'deleted');
end $$;

-- The newest versions in the order of their slugs, or, with p_slug, all versions of one, newest first.
create function public.usage_meters_list(p_slug text, p_after text, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.usage_meter_json(m) order by m.slug, m.version desc), '[]') from (
    select * from public.usage_meters m where deleted_at is null and case when p_slug is not null then slug = p_slug
      else (p_after is null or slug > p_after) and not exists (
        select from public.usage_meters n where n.slug = m.slug and n.deleted_at is null and n.version > m.version) end
    order by slug, version desc limit p_limit
  ) m
$$;
