-- Which users may act for a tenant, and as what. A user is known by the id that Supabase gave; there is no foreign key to auth.users, so
-- that whoever removes a user there takes no tenant its last owner, and an id that nobody has opens nothing.

create table public.tenant_members (
  tenant_id uuid not null references public.tenants (id),
  user_id uuid not null,
  role text not null check (role in ('owner', 'member', 'viewer')),
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
-- What a user is a member of, answered from the index alone.
create index tenant_members_user on public.tenant_members (user_id) include (tenant_id, role);
alter table public.tenant_members enable row level security;

-- True when the tenant lives. Its members do not change then before the end of the transaction.
create function public.lock_members(p_tenant_id uuid) returns boolean language plpgsql set search_path = '' as $$
begin
  perform 1 from public.tenants where id = p_tenant_id and deleted_at is null for no key update;
  return found;
end $$;

-- Under lock_members: that one is an owner, and there is no other.
create function public.is_last_owner(p_tenant_id uuid, p_user_id uuid) returns boolean language sql stable set search_path = '' as $$
  select array_agg(user_id) = array[p_user_id] from public.tenant_members where tenant_id = p_tenant_id and role = 'owner'
$$;

-- {"outcome": "added" | "changed" | "unchanged", "member"} or {"outcome": "tenant_not_found" | "last_owner"}
create function public.member_put(p_tenant_id uuid, p_user_id uuid, p_role text, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.tenant_members; m public.tenant_members; added boolean;
begin
  if not public.lock_members(p_tenant_id) then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  select * into was from public.tenant_members where tenant_id = p_tenant_id and user_id = p_user_id;
  added := was.user_id is null;
  if was.role = p_role then return jsonb_build_object('outcome', 'unchanged', 'member', to_jsonb(was)); end if;
  if public.is_last_owner(p_tenant_id, p_user_id) then return jsonb_build_object('outcome', 'last_owner'); end if;
  insert into public.tenant_members as t (tenant_id, user_id, role) values (p_tenant_id, p_user_id, p_role)
  on conflict (tenant_id, user_id) do update set role = excluded.role, row_version = t.row_version + 1, updated_at = now()
  returning * into m;
  perform public.write_audit(p_context, case when added then 'member.add' else 'member.change' end, 'member', p_user_id::text, p_tenant_id,
    case when not added then to_jsonb(was) end, to_jsonb(m));
  perform public.write_outbox(case when added then 'member.added' else 'member.changed' end, p_tenant_id, null, to_jsonb(m));
  return jsonb_build_object('outcome', case when added then 'added' else 'changed' end, 'member', to_jsonb(m));
end $$;

create function public.end_membership(p_member public.tenant_members, p_context jsonb) returns void language plpgsql set search_path = '' as $$
begin
  delete from public.tenant_members where tenant_id = p_member.tenant_id and user_id = p_member.user_id;
  perform public.write_audit(p_context, 'member.remove', 'member', p_member.user_id::text, p_member.tenant_id, to_jsonb(p_member), null);
  perform public.write_outbox('member.removed', p_member.tenant_id, null, to_jsonb(p_member));
end $$;

-- p_row_version null means: whatever is there.
create function public.member_remove(p_tenant_id uuid, p_user_id uuid, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare m public.tenant_members;
begin
  if not public.lock_members(p_tenant_id) then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  select * into m from public.tenant_members where tenant_id = p_tenant_id and user_id = p_user_id;
  if m.user_id is null then return jsonb_build_object('outcome', 'member_not_found'); end if;
  if p_row_version is not null and m.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if public.is_last_owner(p_tenant_id, p_user_id) then return jsonb_build_object('outcome', 'last_owner'); end if;
  perform public.end_membership(m, p_context);
  return jsonb_build_object('outcome', 'removed');
end $$;

-- The living tenants that a user may act for: [{"tenant_id", "slug", "role"}], oldest tenant first.
create function public.memberships_of(p_user uuid) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', t.id, 'slug', t.slug, 'role', m.role) order by t.id), '[]')
  from public.tenant_members m join public.tenants t on t.id = m.tenant_id
  where m.user_id = p_user and t.deleted_at is null
$$;

-- As before, and nobody is a member of what is gone.
create or replace function public.finish_tenant_deletion(p_id uuid) returns boolean language plpgsql set search_path = '' as $$
begin
  update public.tenants set deleted_at = now(), row_version = row_version + 1, updated_at = now()
  where id = p_id and delete_requested_at is not null and deleted_at is null
    and not exists (select from public.instances where tenant_id = p_id and status <> 'deprovisioned');
  if not found then return false; end if;
  perform public.end_membership(m, '{"actor": "system"}') from public.tenant_members m where m.tenant_id = p_id;
  perform public.write_outbox('tenant.deleted', p_id, null, jsonb_build_object('id', p_id));
  return true;
end $$;
