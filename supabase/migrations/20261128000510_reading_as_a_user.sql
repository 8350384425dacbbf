-- What a user sees with a token of their own, past Tenantry: the rows of the tenants they are a member of, in the columns granted here, and
-- nothing else (docs/decisions/0026). Nobody but the service role writes. anon sees nothing at all.

-- Not exposed by the gateway, and nobody may use a name in it: a policy refers to what is in it by oid.
create schema private;
revoke all on schema private from public, anon, authenticated, service_role;

-- As its owner, who is not held by row-level security: a policy on tenant_members that asked tenant_members would ask itself for ever.
create function private.my_tenant_ids() returns setof uuid language sql stable security definer set search_path = '' rows 10 as $$
  select tenant_id from public.tenant_members where user_id = (select auth.uid())
$$;
revoke all on function private.my_tenant_ids() from public, anon, service_role;
grant execute on function private.my_tenant_ids() to authenticated;

-- The array is made once a statement, and found in an index; for what is called row by row, neither holds.
create policy members_read on public.tenants for select to authenticated
  using (id = any (array(select private.my_tenant_ids())));
create policy members_read on public.tenant_members for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.instances for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.operations for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create index operations_tenant on public.operations (tenant_id, id);

-- Columns one by one, so that a new one is hidden until somebody decides. Without: metadata, which the company keeps about its customer.
grant select (id, slug, name, plan, time_zone, created_at, updated_at) on public.tenants to authenticated;
grant select (tenant_id, user_id, role, created_at, updated_at) on public.tenant_members to authenticated;
-- Without: sealed secrets and their hash, how Tenantry keeps its books (applied, stopped_replicas, repairs), the name of the cluster.
grant select (id, tenant_id, name, namespace, release, blueprint, blueprint_version, values, urls, desired_state, status, status_reason,
  observed, drift_state, drift_findings, drift_checked_at, created_at, updated_at, ready_at, synced_at) on public.instances to authenticated;
-- Without: seq, which counts the operations of all tenants; sealed secrets of the spec before; processes; how Tenantry was asked.
grant select (id, tenant_id, instance_id, kind, status, steps, progress, attempts, error, requested_by, created_at, started_at, finished_at)
  on public.operations to authenticated;

-- Closed, and kept closed: a restrictive policy holds whatever a later one permits.
do $$
declare t text;
begin
  foreach t in array array['audit_log', 'blueprints', 'drift_scans', 'instance_hosts', 'outbox', 'schedules', 'tasks'] loop
    execute format('create policy nobody on public.%I as restrictive for all to anon, authenticated using (false)', t);
  end loop;
end $$;

-- A reference that no index covers makes a delete of what it refers to read the whole table.
create index instances_blueprint_version on public.instances (blueprint, blueprint_version);
