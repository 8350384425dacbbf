-- What the contract of the database port calls. Run as the owner; dropped by contract_drop.
create table public.contract_items (key text primary key, quantity integer not null check (quantity >= 0));
alter table public.contract_items enable row level security;

create function public.contract_json(p_value jsonb) returns jsonb language sql immutable set search_path = '' as $$ select p_value $$;
create function public.contract_kind(p_value jsonb) returns text language sql immutable set search_path = '' as $$ select jsonb_typeof(p_value) $$;
create function public.contract_text(p_value text) returns text language sql immutable set search_path = '' as $$ select p_value $$;
create function public.contract_exact(p_value text) returns text language sql immutable set search_path = '' as $$ select p_value::numeric::text $$;
create function public.contract_time(p_value timestamptz) returns timestamptz language sql immutable set search_path = '' as $$ select p_value $$;
create function public.contract_texts(p_values text[]) returns text[] language sql immutable set search_path = '' as $$ select p_values $$;
create function public.contract_integers(p_values integer[]) returns integer language sql immutable set search_path = '' as $$
  select sum(v)::integer from unnest(p_values) v
$$;
create function public.contract_is_null(p_value text) returns boolean language sql immutable set search_path = '' as $$ select p_value is null $$;
create function public.contract_default(p_value integer default 7) returns integer language sql immutable set search_path = '' as $$ select p_value $$;
create function public.contract_nothing() returns void language sql volatile set search_path = '' as $$ select null $$;
create function public.contract_who() returns text language sql stable set search_path = '' as $$ select current_user::text $$;
create function public.contract_rows(p_count integer) returns table (n integer, label text) language sql immutable set search_path = '' as $$
  select i, 'row ' || i from generate_series(1, p_count) i
$$;
create function public.contract_row(p_key text) returns public.contract_items language sql stable set search_path = '' as $$
  select * from public.contract_items where key = p_key
$$;
create function public.contract_sleep(p_ms integer) returns void language sql volatile set search_path = '' as $$
  select pg_catalog.pg_sleep(p_ms / 1000.0)
$$;
create function public.contract_hurry(p_ms integer) returns void language sql volatile set search_path = '' set statement_timeout = '100ms' as $$
  select pg_catalog.pg_sleep(p_ms / 1000.0)
$$;
create function public.contract_take_time() returns text language sql stable set search_path = '' set statement_timeout = '42s' as $$
  select pg_catalog.current_setting('statement_timeout')
$$;
create function public.contract_raise(p_code text) returns void language plpgsql set search_path = '' as $$
begin
  raise exception 'refused' using errcode = p_code, detail = 'the detail', hint = 'the hint';
end $$;
create function public.contract_add(p_key text, p_quantity integer) returns integer language sql volatile set search_path = '' as $$
  insert into public.contract_items as i (key, quantity) values (p_key, p_quantity)
  on conflict (key) do update set quantity = i.quantity + excluded.quantity returning i.quantity
$$;
create function public.contract_insert(p_key text, p_quantity integer) returns void language sql volatile set search_path = '' as $$
  insert into public.contract_items (key, quantity) values (p_key, p_quantity)
$$;
create function public.contract_add_then_raise(p_key text) returns void language plpgsql set search_path = '' as $$
begin
  perform public.contract_add(p_key, 1);
  raise exception 'changed my mind' using errcode = 'PT422';
end $$;

create function public.contract_drop() returns void language plpgsql set search_path = '' as $$
declare f regprocedure;
begin
  for f in select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname like 'contract\_%' and p.proname <> 'contract_drop' order by p.prorettype desc
  loop
    execute 'drop function ' || f || ' cascade';
  end loop;
  drop table public.contract_items cascade;
end $$;
