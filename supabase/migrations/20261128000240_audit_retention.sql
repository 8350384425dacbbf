-- Retention removes the content of rows that nobody needs for ever, and leaves their place in the chain: docs/decisions/0024.

-- Everything that is not named here is kept whole for ever: keys, members, tenants, plans, blueprints, refused attempts, the trail itself, and
-- whatever comes later. src/audit/expirable-actions.ts says the same, for whoever verifies.
create function public.audit_may_expire(p_action text) returns boolean language sql immutable set search_path = '' as $$
  select split_part(p_action, '.', 1) in ('instance', 'operation')
$$;

-- One row: content older than announced_until may be gone, and older than done_until is.
create table public.audit_retention (
  id boolean primary key default true check (id),
  announced_until timestamptz not null default '-infinity',
  done_until timestamptz not null default '-infinity'
);
alter table public.audit_retention enable row level security;
create policy nobody on public.audit_retention as restrictive for all to anon, authenticated using (false);
insert into public.audit_retention default values;
revoke all on public.audit_retention from public, anon, authenticated, service_role;
grant select on public.audit_retention to service_role;

-- Removes content that is at least p_days old, of at most p_limit rows. What it will remove is told in the trail before anything is.
-- {"outcome": "expired" | "nothing", "removed", "more"}
create function public.audit_expire(p_days integer, p_limit integer, p_context jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
declare r public.audit_retention; until timestamptz; removed integer;
begin
  if p_days is null or p_days < 7 then raise exception 'content is kept for at least 7 days' using errcode = 'PT400'; end if;
  until := (date_trunc('day', now() at time zone 'UTC') - p_days * interval '1 day') at time zone 'UTC';
  select * into r from public.audit_retention for update;
  if until > r.announced_until then
    if not exists (select from public.audit_log
        where at >= r.done_until and at < until and expired_at is null and public.audit_may_expire(action)) then
      return jsonb_build_object('outcome', 'nothing', 'removed', 0, 'more', false);
    end if;
    update public.audit_retention set announced_until = until;
    perform public.write_audit(p_context, 'audit.expire', 'audit', 'retention', null, null,
      jsonb_build_object('days', p_days, 'until', public.audit_time(until)));
    r.announced_until := until;
  end if;
  perform set_config('tenantry.audit_expiring', 'on', true);
  update public.audit_log
  set nonce = null, actor = null, credential = null, address = null, request_id = null, resource_id = null, before = null, after = null, expired_at = now()
  where id in (
    select id from public.audit_log
    where at >= r.done_until and at < r.announced_until and expired_at is null and public.audit_may_expire(action) order by at limit p_limit
  );
  get diagnostics removed = row_count;
  perform set_config('tenantry.audit_expiring', 'off', true);
  if removed < p_limit then update public.audit_retention set done_until = announced_until; end if;
  return jsonb_build_object('outcome', 'expired', 'removed', removed, 'more', removed = p_limit);
end $$;

-- Lets through what audit_expire does, and nothing else: neither other rows, nor other columns, nor the same by other hands.
create function public.guard_audit_log() returns trigger language plpgsql set search_path = '' as $$
declare emptied public.audit_log;
begin
  if tg_op = 'UPDATE' and current_setting('tenantry.audit_expiring', true) = 'on' and old.expired_at is null and new.expired_at is not null
    and public.audit_may_expire(old.action) then
    emptied := old;
    emptied.nonce := null; emptied.actor := null; emptied.credential := null; emptied.address := null; emptied.request_id := null;
    emptied.resource_id := null; emptied.before := null; emptied.after := null; emptied.expired_at := new.expired_at;
    if new is not distinct from emptied then return new; end if;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'PT409';
end $$;
drop trigger audit_log_is_append_only on public.audit_log;
create trigger audit_log_is_append_only before update or delete on public.audit_log
  for each row execute function public.guard_audit_log();
