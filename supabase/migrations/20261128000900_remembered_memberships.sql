-- Replicas remember what a user is a member of, and hear within a second that it is no longer so.

create function public.membership_changed() returns trigger language plpgsql set search_path = '' as $$
begin
  perform public.note_credential_change('user', coalesce(new.user_id, old.user_id));
  return null;
end $$;
create constraint trigger tenant_members_are_remembered after insert or update or delete on public.tenant_members
  deferrable initially deferred for each row execute function public.membership_changed();
