-- What every later migration relies on: nobody but the service role can reach a table or a function unless it is granted to them.
-- The roles anon, authenticated and service_role are the platform's and exist already.

revoke all on all tables in schema public from public, anon, authenticated;
revoke all on all sequences in schema public from public, anon, authenticated;
revoke all on all functions in schema public from public, anon, authenticated;

alter default privileges in schema public revoke all on tables from public, anon, authenticated;
alter default privileges in schema public revoke all on sequences from public, anon, authenticated;
alter default privileges in schema public revoke all on functions from public, anon, authenticated;
-- That PUBLIC may execute every new function is a default of Postgres itself, which only the same default without a schema takes away.
alter default privileges revoke execute on functions from public;

grant usage on schema public to service_role;
alter default privileges in schema public grant select, insert, update, delete on tables to service_role;
alter default privileges in schema public grant usage, select on sequences to service_role;
alter default privileges in schema public grant execute on functions to service_role;

-- Answers when the database is there and migrated.
create function public.ping() returns boolean language sql stable set search_path = '' as $$ select true $$;
