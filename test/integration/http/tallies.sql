create table public.tallies (name text primary key, n integer not null, row_version bigint not null default 1);
create table public.tally_keys (name text primary key, hash text not null);
create table public.tally_effects (id bigint generated always as identity primary key, what text not null, name text not null);
grant all on public.tallies, public.tally_keys, public.tally_effects to service_role;
alter table public.tallies enable row level security;
alter table public.tally_keys enable row level security;
alter table public.tally_effects enable row level security;

create function public.tally_add(p_name text, p_n integer) returns jsonb language plpgsql set search_path = '' as $$
declare made public.tallies;
begin
  insert into public.tallies as t (name, n) values (p_name, p_n)
  on conflict (name) do update set n = t.n + excluded.n, row_version = t.row_version + 1 returning * into made;
  insert into public.tally_effects (what, name) values ('add', p_name);
  return to_jsonb(made);
end $$;
create function public.tally_rename(p_name text, p_to text) returns jsonb language plpgsql set search_path = '' as $$
begin
  if exists (select from public.tallies where name = p_to) then
    raise exception 'taken' using errcode = 'PT409', hint = 'name_taken';
  end if;
  update public.tallies set name = p_to, row_version = row_version + 1 where name = p_name;
  insert into public.tally_effects (what, name) values ('rename', p_to);
  return (select to_jsonb(t) from public.tallies t where name = p_to);
end $$;
create function public.tally_delete(p_name text) returns jsonb language plpgsql set search_path = '' as $$
begin
  delete from public.tallies where name = p_name;
  insert into public.tally_effects (what, name) values ('delete', p_name);
  return jsonb_build_object('outcome', 'deleted');
end $$;
create function public.tally_key_create(p_name text, p_hash text) returns jsonb language plpgsql set search_path = '' as $$
begin
  insert into public.tally_keys values (p_name, p_hash);
  insert into public.tally_effects (what, name) values ('key', p_name);
  return jsonb_build_object('name', p_name);
end $$;
