-- Secret values that an older encryption key sealed are sealed anew, so that the key can be taken out of use. Where they stand: in an instance,
-- in what an operation goes back to, and in what was asked for when that began.

-- p_prefix: how what the newest key sealed begins. p_after: the place of the last one seen.
-- [{"place": "<where>/<id>", "tenant_id", "name", "sealed"}], at most p_limit
create function public.secrets_sealed_otherwise(p_prefix text, p_after text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.place collate "C"), '[]') from (
    select w.place, w.tenant_id, w.name, w.sealed from (
      select 'instance/' || i.id as place, i.tenant_id, i.name, i.sealed_secrets as sealed from public.instances i
      union all
      select v.part || '/' || o.id, o.tenant_id, i.name, v.sealed
      from public.operations o join public.instances i on i.id = o.instance_id, lateral (values
        ('previous', o.previous_spec ->> 'sealed_secrets'), ('asked', o.previous_spec #>> '{asked,sealed_secrets}')) as v(part, sealed)
    ) w
    where w.sealed is not null and not starts_with(w.sealed, p_prefix) and w.place collate "C" > p_after
    order by w.place collate "C" limit p_limit
  ) s
$$;

-- True when it was what it was said to be. What is sealed stays the same, so neither versions nor the trail hear of it.
create function public.secrets_seal_anew(p_place text, p_was text, p_now text) returns boolean language plpgsql set search_path = '' as $$
declare kind text := split_part(p_place, '/', 1); of_id uuid := split_part(p_place, '/', 2); path text[];
begin
  if kind = 'instance' then
    update public.instances set sealed_secrets = p_now where id = of_id and sealed_secrets = p_was;
  else
    path := case kind when 'asked' then '{asked,sealed_secrets}' else '{sealed_secrets}' end::text[];
    update public.operations set previous_spec = jsonb_set(previous_spec, path, to_jsonb(p_now))
    where id = of_id and previous_spec #>> path = p_was;
  end if;
  return found;
end $$;
