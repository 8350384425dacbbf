-- The trail becomes a chain: every row carries a hash over itself and over the row before it, one chain for each tenant and one for what
-- belongs to none. docs/decisions/0023 says why, src/audit/README.md how the bytes under the hashes are made.

do $$ begin
  if current_setting('server_encoding') <> 'UTF8' then
    raise exception 'the database must be encoded in UTF-8: the hashes of the trail are over UTF-8';
  end if;
end $$;

alter table public.audit_log
  add column credential text,
  add column address text,
  -- Part of what is hashed, so that nobody can guess content that was removed and try the guess against its digest.
  add column nonce uuid,
  add column chain text,
  add column chain_seq bigint,
  add column digest bytea,
  add column prev_hash bytea,
  add column hash bytea,
  add column expired_at timestamptz,
  alter column actor drop not null,
  alter column resource_id drop not null;

-- The newest row of each chain. Locked last in every transaction: tenant, instance, task, chain.
create table public.audit_chains (
  chain text primary key,
  seq bigint not null default 0,
  hash bytea not null default decode(repeat('00', 32), 'hex'),
  -- Up to where a checkpoint has signed it, and whether there is more to sign than what checkpoints themselves write.
  signed_seq bigint not null default 0,
  unsigned boolean not null default false
);
create index audit_chains_unsigned on public.audit_chains (chain) where unsigned;
alter table public.audit_chains enable row level security;
create policy nobody on public.audit_chains as restrictive for all to anon, authenticated using (false);

-- Null is "-", text is its length in bytes, a colon, and itself: no two lists of fields give the same text.
create function public.audit_encode(variadic p_fields text[]) returns text language sql immutable set search_path = '' as $$
  select string_agg(case when f is null then '-' else octet_length(f) || ':' || f end, '' order by n) from unnest(p_fields) with ordinality as x(f, n)
$$;

create function public.audit_sha256(p_text text) returns bytea language sql immutable set search_path = '' as $$
  select sha256(convert_to(p_text, 'UTF8'))
$$;

-- Whatever the settings of the session.
create function public.audit_time(p_at timestamptz) returns text language sql stable set search_path = '' as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- Over what retention may remove.
create function public.audit_digest(p_row public.audit_log) returns bytea language sql stable set search_path = '' as $$
  select public.audit_sha256(public.audit_encode('tenantry.audit.content.1', p_row.nonce::text, p_row.actor, p_row.credential, p_row.address,
    p_row.request_id, p_row.resource_id, p_row.before::text, p_row.after::text))
$$;

-- Over what stays for ever; tenant_id follows from chain.
create function public.audit_hash(p_row public.audit_log) returns bytea language sql stable set search_path = '' as $$
  select public.audit_sha256(public.audit_encode('tenantry.audit.entry.1', p_row.chain, p_row.chain_seq::text, encode(p_row.prev_hash, 'hex'),
    p_row.id::text, public.audit_time(p_row.at), p_row.action, p_row.resource_type, encode(p_row.digest, 'hex')))
$$;

create function public.audit_chain_of(p_tenant_id uuid) returns text language sql immutable set search_path = '' as $$
  select coalesce(p_tenant_id::text, 'global')
$$;

-- The last line of defence: whoever writes to the trail leaves secrets out. These names never get into it at the top of what is told. JSON's
-- null is no different from nothing.
create function public.audit_without_secrets(p_told jsonb) returns jsonb language sql immutable set search_path = '' as $$
  select case when jsonb_typeof(p_told) = 'object'
    then p_told - array['sealed_secrets', 'secrets_hash', 'hash', 'key_hash', 'secret_hash', 'token_hash', 'secret', 'token', 'password']
    else nullif(p_told, 'null') end
$$;

-- The rows that are there already join their chains, in the order in which they were written.
alter table public.audit_log disable trigger user;
do $$
declare e public.audit_log; head public.audit_chains;
begin
  for e in select * from public.audit_log order by id loop
    insert into public.audit_chains (chain) values (public.audit_chain_of(e.tenant_id)) on conflict do nothing;
    select * into head from public.audit_chains where chain = public.audit_chain_of(e.tenant_id);
    e.nonce := gen_random_uuid();
    e.before := public.audit_without_secrets(e.before);
    e.after := public.audit_without_secrets(e.after);
    e.chain := head.chain;
    e.chain_seq := head.seq + 1;
    e.prev_hash := head.hash;
    e.digest := public.audit_digest(e);
    e.hash := public.audit_hash(e);
    update public.audit_log set nonce = e.nonce, before = e.before, after = e.after, chain = e.chain, chain_seq = e.chain_seq,
      prev_hash = e.prev_hash, digest = e.digest, hash = e.hash
    where id = e.id;
    update public.audit_chains set seq = e.chain_seq, hash = e.hash, unsigned = true where chain = e.chain;
  end loop;
end $$;
alter table public.audit_log enable trigger user;

alter table public.audit_log
  alter column chain set not null,
  alter column chain_seq set not null,
  alter column digest set not null,
  alter column prev_hash set not null,
  alter column hash set not null,
  add constraint audit_log_chain_seq unique (chain, chain_seq),
  add constraint audit_log_chain_is_the_tenants check (chain = coalesce(tenant_id::text, 'global')),
  add constraint audit_log_content check (expired_at is not null or (nonce is not null and actor is not null and resource_id is not null));

-- Appends to a chain, and locks it until the transaction ends: call it when every other lock is held.
create function public.append_audit(
  p_context jsonb, p_action text, p_resource_type text, p_resource_id text, p_tenant_id uuid, p_before jsonb, p_after jsonb
) returns void language plpgsql security definer set search_path = '' as $$
declare e public.audit_log; head public.audit_chains;
begin
  e.chain := public.audit_chain_of(p_tenant_id);
  select * into head from public.audit_chains where chain = e.chain for update;
  if not found then
    insert into public.audit_chains (chain) values (e.chain) on conflict do nothing;
    select * into head from public.audit_chains where chain = e.chain for update;
  end if;
  e.id := nextval('public.audit_log_id_seq');
  e.at := now();
  e.nonce := gen_random_uuid();
  e.actor := coalesce(p_context ->> 'actor', 'system');
  e.credential := p_context ->> 'credential';
  e.address := p_context ->> 'address';
  e.request_id := p_context ->> 'request_id';
  e.action := p_action;
  e.resource_type := p_resource_type;
  e.resource_id := p_resource_id;
  e.tenant_id := p_tenant_id;
  e.before := public.audit_without_secrets(p_before);
  e.after := public.audit_without_secrets(p_after);
  e.chain_seq := head.seq + 1;
  e.prev_hash := head.hash;
  e.digest := public.audit_digest(e);
  e.hash := public.audit_hash(e);
  insert into public.audit_log overriding system value select e.*;
  update public.audit_chains set seq = e.chain_seq, hash = e.hash, unsigned = unsigned or p_action <> 'audit.checkpoint' where chain = e.chain;
end $$;

-- p_context: {"actor": text, "request_id": text | null, "credential": text | null, "address": text | null}, made by the service from the request
-- or the running task. Raises when the credential was revoked or has expired meanwhile: then nothing is changed either.
create or replace function public.write_audit(
  p_context jsonb, p_action text, p_resource_type text, p_resource_id text, p_tenant_id uuid, p_before jsonb, p_after jsonb
) returns void language plpgsql security definer set search_path = '' as $$
begin
  perform public.assert_credential(p_context);
  perform public.append_audit(p_context, p_action, p_resource_type, p_resource_id, p_tenant_id, p_before, p_after);
end $$;

-- A head only moves on, whoever writes.
create function public.refuse_going_back() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and new.chain = old.chain and new.seq >= old.seq and new.signed_seq between old.signed_seq and new.seq then
    return new;
  end if;
  raise exception '% only moves on', tg_table_name using errcode = 'PT409';
end $$;
create trigger audit_chains_only_move_on before update or delete on public.audit_chains
  for each row execute function public.refuse_going_back();
create trigger audit_chains_are_never_emptied before truncate on public.audit_chains
  for each statement execute function public.refuse_change();

-- Reading is all that the service may do by itself; the functions above write with the rights of their owner.
revoke all on public.audit_log, public.audit_chains from public, anon, authenticated, service_role;
revoke all on sequence public.audit_log_id_seq from public, anon, authenticated, service_role;
grant select on public.audit_log, public.audit_chains to service_role;
