-- What tenants have in credits: a double-entry ledger, and the grants that its balance is made of. docs/decisions/0062 says why so.

-- Everybody who changes a tenant's credits of one currency locks its account `credits` first, and then nothing but these tables and the trail.
create table public.billing_ledger_accounts (
  tenant_id uuid not null references public.tenants (id),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- The tenant's: what it has, and what it used beyond that. The others are the seller's other side of it.
  account text not null
    check (account in ('credits', 'overdraft', 'top_ups', 'promotions', 'credit_notes', 'invoices', 'breakage', 'write_offs')),
  -- Credits less debits: what the tenant has is positive. Of a tenant and currency, all accounts together are 0.
  balance numeric not null default 0,
  floor numeric,
  primary key (tenant_id, currency, account),
  check (balance >= floor),
  check (case account when 'credits' then floor is not distinct from 0 when 'overdraft' then coalesce(floor <= 0, false) and balance <= 0
    else floor is null end)
);
create index billing_ledger_accounts_overdrawn on public.billing_ledger_accounts (tenant_id, currency) where account = 'overdraft' and balance < 0;

create table public.billing_ledger_transactions (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references public.tenants (id),
  currency text not null,
  kind text not null check (kind in ('grant', 'apply', 'unapply', 'cover', 'expire', 'void')),
  -- What it was done for, once: a payment, a credit note, an invoice, a grant.
  source text not null,
  reference text not null,
  at timestamptz not null,
  unique (tenant_id, kind, source, reference),
  unique (id, tenant_id, currency)
);
create index billing_ledger_transactions_tenant on public.billing_ledger_transactions (tenant_id, id);

-- The keys make an entry of another tenant or currency than its transaction's and its account's impossible.
create table public.billing_ledger_entries (
  transaction_id bigint not null,
  tenant_id uuid not null,
  currency text not null,
  account text not null,
  direction text not null check (direction in ('debit', 'credit')),
  -- NaN is greater than everything.
  amount numeric not null check (amount > 0 and amount < 'Infinity'),
  primary key (transaction_id, tenant_id, currency, account),
  foreign key (transaction_id, tenant_id, currency) references public.billing_ledger_transactions (id, tenant_id, currency),
  foreign key (tenant_id, currency, account) references public.billing_ledger_accounts
);
create index billing_ledger_entries_account on public.billing_ledger_entries (tenant_id, currency, account);

create table public.billing_credit_grants (
  id uuid primary key,
  tenant_id uuid not null references public.tenants (id),
  currency text not null,
  transaction_id bigint not null,
  kind text not null check (kind in ('paid', 'promotional')),
  amount numeric not null check (amount > 0 and amount < 'Infinity'),
  remaining numeric not null default 0 check (remaining between 0 and amount),
  -- Lower ones are used up first.
  priority integer not null default 0,
  effective_at timestamptz not null,
  expires_at timestamptz check (expires_at > effective_at),
  voided_at timestamptz,
  row_version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null default now(),
  unique (id, tenant_id, currency),
  foreign key (transaction_id, tenant_id, currency) references public.billing_ledger_transactions (id, tenant_id, currency)
);
create index billing_credit_grants_transaction on public.billing_credit_grants (transaction_id, tenant_id, currency);
create index billing_credit_grants_tenant on public.billing_credit_grants (tenant_id, transaction_id, id);
create index billing_credit_grants_left on public.billing_credit_grants (tenant_id, currency) where remaining > 0;
create index billing_credit_grants_expiring on public.billing_credit_grants (expires_at) where remaining > 0;

-- What a transaction gave to a grant, or took of it; `remaining` is their sum.
create table public.billing_credit_movements (
  transaction_id bigint not null,
  grant_id uuid not null,
  tenant_id uuid not null,
  currency text not null,
  amount numeric not null check (amount <> 0 and amount < 'Infinity' and amount > '-Infinity'),
  primary key (transaction_id, tenant_id, currency, grant_id),
  foreign key (transaction_id, tenant_id, currency) references public.billing_ledger_transactions (id, tenant_id, currency),
  foreign key (grant_id, tenant_id, currency) references public.billing_credit_grants (id, tenant_id, currency)
);
create index billing_credit_movements_grant on public.billing_credit_movements (grant_id, tenant_id, currency);

-- Members see what they have. How it came and went is in the answers of Tenantry.
create policy members_read on public.billing_ledger_accounts for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())) and account in ('credits', 'overdraft'));
create policy members_read on public.billing_credit_grants for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
grant select (tenant_id, currency, account, balance, floor) on public.billing_ledger_accounts to authenticated;
grant select (id, tenant_id, currency, kind, amount, remaining, priority, effective_at, expires_at, voided_at, created_at, updated_at)
  on public.billing_credit_grants to authenticated;
create policy nobody on public.billing_ledger_transactions as restrictive for all to anon, authenticated using (false);
create policy nobody on public.billing_ledger_entries as restrictive for all to anon, authenticated using (false);
create policy nobody on public.billing_credit_movements as restrictive for all to anon, authenticated using (false);

do $$
declare t text;
begin
  foreach t in array array['billing_ledger_accounts', 'billing_ledger_transactions', 'billing_ledger_entries', 'billing_credit_grants', 'billing_credit_movements'] loop
    execute format('alter table public.%I enable row level security', t);
    execute format('create trigger %I before truncate on public.%I for each statement execute function public.refuse_change()', t || '_are_kept', t);
  end loop;
  foreach t in array array['billing_ledger_transactions', 'billing_ledger_entries', 'billing_credit_movements'] loop
    execute format('create trigger %I before update or delete on public.%I for each row execute function public.refuse_change()', t || '_stay', t);
  end loop;
  foreach t in array array['billing_ledger_accounts', 'billing_credit_grants'] loop
    execute format('create trigger %I before delete on public.%I for each row execute function public.refuse_change()', t || '_stay', t);
  end loop;
end $$;

-- Balances and what is left of grants are sums, and only what they are sums of moves them: at depth 0 nothing but a statement of somebody's own is.
create trigger billing_ledger_accounts_begin_empty before insert on public.billing_ledger_accounts
  for each row when (new.balance <> 0) execute function public.refuse_change();
create trigger billing_ledger_accounts_follow before update of tenant_id, currency, account, balance on public.billing_ledger_accounts
  for each row when (pg_trigger_depth() = 0) execute function public.refuse_change();
create trigger billing_credit_grants_begin_empty before insert on public.billing_credit_grants
  for each row when (new.remaining <> 0) execute function public.refuse_change();
create trigger billing_credit_grants_follow
  before update of id, tenant_id, currency, transaction_id, kind, amount, remaining, effective_at, expires_at, created_at on public.billing_credit_grants
  for each row when (pg_trigger_depth() = 0) execute function public.refuse_change();

create function public.billing_ledger_entry_counts() returns trigger language plpgsql set search_path = '' as $$
begin
  update public.billing_ledger_accounts set balance = balance + case new.direction when 'credit' then new.amount else -new.amount end
  where tenant_id = new.tenant_id and currency = new.currency and account = new.account;
  return null;
end $$;
create trigger billing_ledger_entries_count after insert on public.billing_ledger_entries
  for each row execute function public.billing_ledger_entry_counts();

create function public.billing_credit_movement_counts() returns trigger language plpgsql set search_path = '' as $$
begin
  update public.billing_credit_grants set remaining = remaining + new.amount, row_version = row_version + 1, updated_at = now() where id = new.grant_id;
  return null;
end $$;
create trigger billing_credit_movements_count after insert on public.billing_credit_movements
  for each row execute function public.billing_credit_movement_counts();

-- At the commit, whoever wrote: the transaction has entries, and its debits equal its credits.
create function public.billing_ledger_must_balance() returns trigger language plpgsql set search_path = '' as $$
declare transaction bigint := to_jsonb(new) ->> case tg_table_name when 'billing_ledger_transactions' then 'id' else 'transaction_id' end;
begin
  if (select sum(case direction when 'credit' then amount else -amount end) from public.billing_ledger_entries where transaction_id = transaction)
    is distinct from 0 then
    raise exception 'transaction % of the ledger does not balance', transaction using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger billing_ledger_transactions_balance after insert on public.billing_ledger_transactions
  deferrable initially deferred for each row execute function public.billing_ledger_must_balance();
create constraint trigger billing_ledger_entries_balance after insert on public.billing_ledger_entries
  deferrable initially deferred for each row execute function public.billing_ledger_must_balance();

-- At the commit: what is left of the grants is the balance of `credits`.
create function public.billing_credits_must_agree() returns trigger language plpgsql set search_path = '' as $$
begin
  if coalesce((select sum(remaining) from public.billing_credit_grants where tenant_id = new.tenant_id and currency = new.currency and remaining > 0), 0)
    is distinct from coalesce((select balance from public.billing_ledger_accounts
      where tenant_id = new.tenant_id and currency = new.currency and account = 'credits'), 0) then
    raise exception 'the grants of tenant % in % do not come to its balance', new.tenant_id, new.currency using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger billing_ledger_entries_agree after insert on public.billing_ledger_entries
  deferrable initially deferred for each row when (new.account = 'credits') execute function public.billing_credits_must_agree();
create constraint trigger billing_credit_movements_agree after insert on public.billing_credit_movements
  deferrable initially deferred for each row execute function public.billing_credits_must_agree();
