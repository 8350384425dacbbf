-- Signed checkpoints: which hash each chain had at a time, so that a chain that somebody rewrote as a whole no longer fits.

-- The public halves of all keys that ever signed; a key that was replaced stays, for what it signed.
create table public.audit_signing_keys (
  key_id text primary key,
  -- Ed25519, 32 bytes in base64url: the member x of its JWK, whose thumbprint (RFC 7638) is the id.
  public_key text not null,
  created_at timestamptz not null default now()
);
alter table public.audit_signing_keys enable row level security;
create policy nobody on public.audit_signing_keys as restrictive for all to anon, authenticated using (false);

create table public.audit_checkpoints (
  number bigint primary key,
  -- As it was signed.
  at text not null,
  prev_hash bytea not null,
  -- [{"chain", "seq", "hash"}], by chain: those that moved since the checkpoint before.
  heads jsonb not null,
  key_id text not null references public.audit_signing_keys (key_id),
  -- Ed25519 in base64url over the text whose SHA-256 is hash.
  signature text not null,
  hash bytea not null
);
alter table public.audit_checkpoints enable row level security;
create index audit_checkpoints_key on public.audit_checkpoints (key_id);
create policy nobody on public.audit_checkpoints as restrictive for all to anon, authenticated using (false);

create trigger audit_signing_keys_are_append_only before update or delete on public.audit_signing_keys
  for each row execute function public.refuse_change();
create trigger audit_signing_keys_are_never_emptied before truncate on public.audit_signing_keys
  for each statement execute function public.refuse_change();
create trigger audit_checkpoints_are_append_only before update or delete on public.audit_checkpoints
  for each row execute function public.refuse_change();
create trigger audit_checkpoints_are_never_emptied before truncate on public.audit_checkpoints
  for each statement execute function public.refuse_change();
revoke all on public.audit_signing_keys, public.audit_checkpoints from public, anon, authenticated, service_role;
grant select on public.audit_signing_keys, public.audit_checkpoints to service_role;

create function public.audit_checkpoint_text(p_number bigint, p_at text, p_prev_hash bytea, p_key_id text, p_heads jsonb)
returns text language sql immutable set search_path = '' as $$
  select public.audit_encode(variadic array['tenantry.audit.checkpoint.1', p_number::text, p_at, encode(p_prev_hash, 'hex'), p_key_id] || coalesce((
    select array_agg(field order by n, part) from jsonb_array_elements(p_heads) with ordinality as h(head, n),
      lateral (values (1, head ->> 'chain'), (2, head ->> 'seq'), (3, head ->> 'hash')) as f(part, field)), '{}'))
$$;

create function public.audit_key_register(p_key_id text, p_public_key text, p_context jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.audit_signing_keys (key_id, public_key) values (p_key_id, p_public_key) on conflict do nothing;
  if not found then return jsonb_build_object('outcome', 'known'); end if;
  perform public.write_audit(p_context, 'audit.key', 'audit_key', p_key_id, null, null, jsonb_build_object('key_id', p_key_id, 'public_key', p_public_key));
  return jsonb_build_object('outcome', 'registered');
end $$;

-- What is to be signed next: the heads of chains that moved, at most p_limit of them.
create function public.audit_checkpoint_draft(p_limit integer) returns jsonb language plpgsql stable set search_path = '' as $$
declare newest public.audit_checkpoints; heads jsonb;
begin
  select jsonb_agg(jsonb_build_object('chain', chain, 'seq', seq, 'hash', encode(hash, 'hex')) order by chain collate "C") into heads
  from (select * from public.audit_chains where unsigned order by chain collate "C" limit p_limit) moved;
  if heads is null then return jsonb_build_object('outcome', 'nothing'); end if;
  select * into newest from public.audit_checkpoints order by number desc limit 1;
  return jsonb_build_object('outcome', 'draft', 'number', coalesce(newest.number, 0) + 1,
    'prev_hash', coalesce(encode(newest.hash, 'hex'), repeat('00', 32)), 'heads', heads);
end $$;

-- {"outcome": "appended", "hash"} or {"outcome": "stale"} when another checkpoint was appended meanwhile. That the signature is right is for
-- whoever verifies; Postgres cannot.
create function public.audit_checkpoint_append(
  p_number bigint, p_at text, p_prev_hash text, p_heads jsonb, p_key_id text, p_signature text, p_context jsonb
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare newest public.audit_checkpoints; head record; prev bytea := decode(p_prev_hash, 'hex'); made bytea;
begin
  perform pg_advisory_xact_lock(hashtextextended('audit_checkpoint', 0));
  select * into newest from public.audit_checkpoints order by number desc limit 1;
  if p_number <> coalesce(newest.number, 0) + 1 or (newest.number is not null and newest.hash <> prev) then
    return jsonb_build_object('outcome', 'stale');
  end if;
  made := public.audit_sha256(public.audit_checkpoint_text(p_number, p_at, prev, p_key_id, p_heads));
  insert into public.audit_checkpoints (number, at, prev_hash, heads, key_id, signature, hash)
  values (p_number, p_at, prev, p_heads, p_key_id, p_signature, made);
  for head in
    select h.chain, h.seq, h.hash from jsonb_to_recordset(p_heads) as h(chain text, seq bigint, hash text) order by h.chain collate "C"
  loop
    perform 1 from public.audit_log where chain = head.chain and chain_seq = head.seq and hash = decode(head.hash, 'hex');
    if not found then raise exception 'chain % has no such head', head.chain using errcode = 'PT409', hint = 'head_unknown'; end if;
    update public.audit_chains c set signed_seq = greatest(c.signed_seq, head.seq),
      unsigned = exists (select from public.audit_log l where l.chain = c.chain and l.chain_seq > head.seq and l.action <> 'audit.checkpoint')
    where c.chain = head.chain;
  end loop;
  -- The chain says how many checkpoints there are, the checkpoints how long the chain is.
  perform public.write_audit(p_context, 'audit.checkpoint', 'audit_checkpoint', p_number::text, null, null,
    jsonb_build_object('number', p_number, 'checkpoint_hash', encode(made, 'hex')));
  return jsonb_build_object('outcome', 'appended', 'hash', encode(made, 'hex'));
end $$;
