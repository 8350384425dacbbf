create table public.blueprints (
  id uuid primary key,
  name text not null,
  version integer not null,
  spec jsonb not null,
  digest text not null,
  created_at timestamptz not null default now(),
  unique (name, version)
);
alter table public.blueprints enable row level security;

-- A blueprint version never changes. p_unless_same: publish nothing when the newest version has this digest.
create function public.blueprint_publish(
  p_id uuid, p_name text, p_spec jsonb, p_digest text, p_unless_same boolean, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare newest public.blueprints; b public.blueprints;
begin
  perform pg_advisory_xact_lock(hashtextextended('blueprint:' || p_name, 0));
  select * into newest from public.blueprints where name = p_name order by version desc limit 1;
  if p_unless_same and newest.digest = p_digest then
    return jsonb_build_object('outcome', 'unchanged', 'blueprint', to_jsonb(newest));
  end if;
  insert into public.blueprints (id, name, version, spec, digest)
  values (p_id, p_name, coalesce(newest.version, 0) + 1, p_spec, p_digest) returning * into b;
  perform public.write_audit(p_context, 'blueprint.publish', 'blueprint', b.name || '@' || b.version, null, null, to_jsonb(b));
  return jsonb_build_object('outcome', 'published', 'blueprint', to_jsonb(b));
end $$;

-- The newest version of every blueprint, by name.
create view public.newest_blueprints with (security_invoker = true) as
  select distinct on (name) * from public.blueprints order by name, version desc;
