-- How the trail is read: every column that is hashed, in the text that is hashed.

create view public.audit_entries with (security_invoker = true) as
  select id, at, public.audit_time(at) as time, actor, credential, address, request_id, action, resource_type, resource_id, tenant_id,
    before::text as before, after::text as after, expired_at, chain, chain_seq as seq, nonce::text as nonce, encode(digest, 'hex') as digest,
    encode(prev_hash, 'hex') as prev_hash, encode(hash, 'hex') as hash
  from public.audit_log;

create view public.audit_heads with (security_invoker = true) as
  select chain, seq, encode(hash, 'hex') as hash from public.audit_chains;

create view public.audit_checkpoint_rows with (security_invoker = true) as
  select number, at, encode(prev_hash, 'hex') as prev_hash, heads, key_id, signature, encode(hash, 'hex') as hash from public.audit_checkpoints;

-- One for each filter of the API; what many rows share is found with the newest first.
create index audit_log_at on public.audit_log (at);
create index audit_log_actor on public.audit_log (actor, id desc);
create index audit_log_credential on public.audit_log (credential, id desc) where credential is not null;
create index audit_log_action on public.audit_log (action text_pattern_ops, id desc);
