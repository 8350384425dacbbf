-- A change of a user is made only while their membership holds: replicas may remember it for a second after it has ended, which is long enough
-- to make a key or to come back as an owner.

-- p_context: {"member": user id | null, …}: null for keys, operators and what Tenantry does by itself. The lock makes the end of a membership
-- wait for the changes that were let in before it. What a member may change is said again here, and shorter, than in the service.
create function public.assert_member(p_context jsonb, p_tenant_id uuid, p_resource_type text) returns void language plpgsql set search_path = '' as $$
declare who uuid := p_context ->> 'member';
begin
  if who is null then return; end if;
  perform 1 from public.tenant_members where tenant_id = p_tenant_id and user_id = who
    and (role = 'owner' or (role = 'member' and p_resource_type in ('instance', 'operation'))) for share;
  if not found then
    raise exception 'the user may not make this change any more' using errcode = 'PT403', hint = 'membership_ended';
  end if;
end $$;

-- As before, and of users too. Who changes members is asked before: an owner may leave, and is none by now.
create or replace function public.write_audit(
  p_context jsonb, p_action text, p_resource_type text, p_resource_id text, p_tenant_id uuid, p_before jsonb, p_after jsonb
) returns void language plpgsql security definer set search_path = '' as $$
begin
  perform public.assert_credential(p_context);
  if p_resource_type <> 'member' then perform public.assert_member(p_context, p_tenant_id, p_resource_type); end if;
  perform public.append_audit(p_context, p_action, p_resource_type, p_resource_id, p_tenant_id, p_before, p_after);
end $$;

create or replace function public.member_put(p_tenant_id uuid, p_user_id uuid, p_role text, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.tenant_members; m public.tenant_members; added boolean;
begin
  if not public.lock_members(p_tenant_id) then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  perform public.assert_member(p_context, p_tenant_id, 'member');
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

create or replace function public.member_remove(p_tenant_id uuid, p_user_id uuid, p_row_version bigint, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare m public.tenant_members;
begin
  if not public.lock_members(p_tenant_id) then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  perform public.assert_member(p_context, p_tenant_id, 'member');
  select * into m from public.tenant_members where tenant_id = p_tenant_id and user_id = p_user_id;
  if m.user_id is null then return jsonb_build_object('outcome', 'member_not_found'); end if;
  if p_row_version is not null and m.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if public.is_last_owner(p_tenant_id, p_user_id) then return jsonb_build_object('outcome', 'last_owner'); end if;
  perform public.end_membership(m, p_context);
  return jsonb_build_object('outcome', 'removed');
end $$;
