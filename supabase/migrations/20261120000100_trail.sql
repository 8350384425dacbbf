-- Who did what (audit), and what happened for other rooms to hear of (outbox). Both are written by the function that makes the change.

create table public.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  resource_type text not null,
  resource_id text not null,
  tenant_id uuid,
  request_id text,
  before jsonb,
  after jsonb
);
create index audit_log_resource on public.audit_log (resource_type, resource_id, id desc);
create index audit_log_tenant on public.audit_log (tenant_id, id desc);
alter table public.audit_log enable row level security;

create function public.refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'PT409';
end $$;
create trigger audit_log_is_append_only before update or delete on public.audit_log
  for each row execute function public.refuse_change();
create trigger audit_log_is_never_emptied before truncate on public.audit_log
  for each statement execute function public.refuse_change();

create table public.outbox (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  topic text not null,
  tenant_id uuid not null,
  instance_id uuid,
  payload jsonb not null,
  delivered_at timestamptz
);
create index outbox_undelivered on public.outbox (id) where delivered_at is null;
create index outbox_instance on public.outbox (instance_id, id desc);
alter table public.outbox enable row level security;

-- p_context: {"actor": text, "request_id": text | null}, made by the service from the request or the running task.
create function public.write_audit(
  p_context jsonb, p_action text, p_resource_type text, p_resource_id text, p_tenant_id uuid, p_before jsonb, p_after jsonb
) returns void language sql set search_path = '' as $$
  insert into public.audit_log (actor, request_id, action, resource_type, resource_id, tenant_id, before, after)
  values (coalesce(p_context ->> 'actor', 'system'), p_context ->> 'request_id', p_action, p_resource_type, p_resource_id, p_tenant_id, p_before, p_after)
$$;

create function public.write_outbox(p_topic text, p_tenant_id uuid, p_instance_id uuid, p_payload jsonb)
returns void language sql set search_path = '' as $$
  insert into public.outbox (topic, tenant_id, instance_id, payload) values (p_topic, p_tenant_id, p_instance_id, p_payload)
$$;
