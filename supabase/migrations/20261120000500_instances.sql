create table public.instances (
  id uuid primary key,
  tenant_id uuid not null references public.tenants (id),
  name text not null,
  cluster text not null,
  namespace text not null,
  release text not null,
  blueprint text not null,
  blueprint_version integer not null,
  -- What the tenant asked for, without secrets; those are sealed by the service and never leave in clear.
  values jsonb not null default '{}',
  sealed_secrets text,
  secrets_hash text,
  urls jsonb not null default '[]',
  desired_state text not null check (desired_state in ('running', 'stopped', 'absent')),
  status text not null check (status in ('provisioning', 'running', 'degraded', 'stopping', 'stopped', 'starting', 'restarting',
    'upgrading', 'uninstalling', 'deprovisioned', 'error')),
  status_reason text,
  observed jsonb not null default '{}',
  -- The release that Tenantry wrote last: {revision, workloads: [...]}; what drift is measured against.
  applied jsonb,
  stopped_replicas jsonb,
  drift_state text not null default 'unknown' check (drift_state in ('none', 'drifted', 'unknown')),
  drift_findings jsonb not null default '[]',
  drift_checked_at timestamptz,
  repair_attempts integer not null default 0,
  repair_after timestamptz,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ready_at timestamptz,
  synced_at timestamptz,
  unique (tenant_id, name),
  foreign key (blueprint, blueprint_version) references public.blueprints (name, version)
);
-- A namespace and a host belong to one living instance.
create unique index instances_namespace on public.instances (cluster, namespace) where status <> 'deprovisioned';
create index instances_status on public.instances (status, id);
create index instances_blueprint on public.instances (blueprint, id);
alter table public.instances enable row level security;

create table public.instance_hosts (
  host text primary key,
  instance_id uuid not null references public.instances (id) on delete cascade
);
create index instance_hosts_instance on public.instance_hosts (instance_id);
alter table public.instance_hosts enable row level security;

create function public.instance_may_become(p_from text, p_to text) returns boolean language sql immutable set search_path = '' as $$
  select p_from = p_to or p_to = any (case p_from
    when 'provisioning' then array['running', 'error', 'uninstalling']
    when 'running' then array['degraded', 'stopping', 'restarting', 'upgrading', 'uninstalling', 'error']
    when 'degraded' then array['running', 'stopping', 'restarting', 'upgrading', 'uninstalling', 'error']
    when 'stopping' then array['stopped', 'error']
    when 'stopped' then array['starting', 'upgrading', 'uninstalling', 'error']
    when 'starting' then array['running', 'degraded', 'error']
    when 'restarting' then array['running', 'degraded', 'error']
    -- An upgrade of a stopped instance leaves it stopped (docs/decisions/0003).
    when 'upgrading' then array['running', 'degraded', 'stopped', 'error']
    when 'error' then array['provisioning', 'starting', 'upgrading', 'uninstalling', 'running', 'stopped']
    when 'uninstalling' then array['deprovisioned', 'error']
    when 'deprovisioned' then array['provisioning']
  end)
$$;

create function public.check_instance_transition() returns trigger language plpgsql set search_path = '' as $$
begin
  if not public.instance_may_become(old.status, new.status) then
    raise exception 'an instance that is % cannot become %', old.status, new.status using errcode = 'PT409', hint = 'illegal_transition';
  end if;
  -- Seeing an instance again is no change of it: etag and updated_at stay.
  if (old.status, old.status_reason, old.desired_state, old.blueprint, old.blueprint_version, old.values, old.secrets_hash, old.urls, old.applied,
      old.drift_state, old.drift_findings, old.namespace)
    is distinct from (new.status, new.status_reason, new.desired_state, new.blueprint, new.blueprint_version, new.values, new.secrets_hash,
      new.urls, new.applied, new.drift_state, new.drift_findings, new.namespace) then
    new.row_version := old.row_version + 1;
    new.updated_at := now();
  end if;
  return new;
end $$;
create trigger instances_check_transition before update on public.instances for each row execute function public.check_instance_transition();

create table public.operations (
  id uuid primary key references public.tasks (id),
  -- The order of acceptance, and the cursor of lists.
  seq bigint generated always as identity unique,
  instance_id uuid not null references public.instances (id),
  tenant_id uuid not null references public.tenants (id),
  kind text not null check (kind in ('create', 'stop', 'start', 'restart', 'upgrade', 'rollback', 'repair', 'uninstall')),
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  params jsonb not null default '{}',
  -- What the instance asked for before a change, to be asked for again when the change is rolled back.
  previous_spec jsonb,
  -- The helm that was started last: {pid, host, startedAt}; who recovers its release proves first that it is dead.
  program jsonb,
  steps jsonb not null default '[]',
  progress numeric not null default 0,
  attempts integer not null default 0,
  error jsonb,
  requested_by text not null,
  request_id text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
-- The invariant of the whole design: one running operation an instance, and at most one that waits behind it (an uninstall).
create unique index operations_one_running on public.operations (instance_id) where status = 'running';
create unique index operations_one_queued on public.operations (instance_id) where status = 'queued';
create index operations_instance on public.operations (instance_id, seq desc);
create index operations_status on public.operations (status, seq desc);
alter table public.operations enable row level security;

-- Answers carry no sealed secrets: this is the shape that functions return and that reads select.
create view public.instance_rows with (security_invoker = true) as
  select id, tenant_id, name, cluster, namespace, release, blueprint, blueprint_version, values, sealed_secrets is not null as has_secrets,
    urls, desired_state, status, status_reason, observed, applied, stopped_replicas, drift_state, drift_findings, drift_checked_at,
    repair_attempts, repair_after, row_version, created_at, updated_at, ready_at, synced_at
  from public.instances;

create function public.instance_json(p_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(i) from public.instance_rows i where id = p_id
$$;

create function public.operation_json(p_operation public.operations) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_operation) - 'previous_spec' - 'program'
$$;

create function public.active_operation(p_instance_id uuid) returns public.operations language sql stable set search_path = '' as $$
  select * from public.operations where instance_id = p_instance_id and status in ('queued', 'running')
  order by case status when 'running' then 0 else 1 end limit 1
$$;

create function public.spec_of(p_instance public.instances) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('blueprint', p_instance.blueprint, 'blueprint_version', p_instance.blueprint_version, 'values', p_instance.values,
    'sealed_secrets', p_instance.sealed_secrets, 'secrets_hash', p_instance.secrets_hash, 'urls', p_instance.urls,
    'hosts', (select coalesce(jsonb_agg(host), '[]') from public.instance_hosts where instance_id = p_instance.id))
$$;

create function public.add_operation(
  p_id uuid, p_instance public.instances, p_kind text, p_params jsonb, p_previous_spec jsonb, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare o public.operations;
begin
  -- A queue for each cluster: a replica works on the one that it can reach.
  insert into public.tasks (id, queue, subject) values (p_id, 'operations:' || p_instance.cluster, p_instance.id::text);
  insert into public.operations (id, instance_id, tenant_id, kind, params, previous_spec, requested_by, request_id)
  values (p_id, p_instance.id, p_instance.tenant_id, p_kind, p_params, p_previous_spec, coalesce(p_context ->> 'actor', 'system'), p_context ->> 'request_id')
  returning * into o;
  perform public.write_outbox('operation.queued', p_instance.tenant_id, p_instance.id,
    jsonb_build_object('operation_id', o.id, 'kind', o.kind, 'status', p_instance.status));
  return public.operation_json(o);
end $$;
