-- Has every replica forget the keys that user tokens are verified with, and the tokens that were: after the issuer took a key back.

alter table public.credential_changes drop constraint credential_changes_kind_check;
alter table public.credential_changes add constraint credential_changes_kind_check check (kind in ('key', 'tenant', 'user', 'issuer'));

create function public.user_tokens_flush(p_context jsonb) returns void language plpgsql set search_path = '' as $$
begin
  perform public.write_audit(p_context, 'user_tokens.flush', 'user_tokens', 'all', null, null, null);
  -- There is one issuer. Last, for it locks the row that every change of a credential locks last.
  perform public.note_credential_change('issuer', '00000000-0000-0000-0000-000000000000');
end $$;
