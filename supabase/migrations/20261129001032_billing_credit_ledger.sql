-- How credits come and go. Every function goes by the p_at that it is given; all but those that read lock the account `credits` first.

-- Locked to the end of the transaction; made where it is new.
create function public.billing_credits_lock(p_tenant_id uuid, p_currency text) returns void language plpgsql set search_path = '' as $$
begin
  perform 1 from public.billing_ledger_accounts where tenant_id = p_tenant_id and currency = p_currency and account = 'credits' for no key update;
  if found then return; end if;
  insert into public.billing_ledger_accounts (tenant_id, currency, account, floor)
  values (p_tenant_id, p_currency, 'credits', 0), (p_tenant_id, p_currency, 'overdraft', 0), (p_tenant_id, p_currency, 'top_ups', null),
    (p_tenant_id, p_currency, 'promotions', null), (p_tenant_id, p_currency, 'credit_notes', null), (p_tenant_id, p_currency, 'invoices', null),
    (p_tenant_id, p_currency, 'breakage', null), (p_tenant_id, p_currency, 'write_offs', null)
  on conflict do nothing;
  perform 1 from public.billing_ledger_accounts where tenant_id = p_tenant_id and currency = p_currency and account = 'credits' for no key update;
end $$;

-- p_entries: {account: amount}, credits positive, debits negative; what is 0 is left out.
create function public.billing_ledger_post(
  p_tenant_id uuid, p_currency text, p_kind text, p_source text, p_reference text, p_at timestamptz, p_entries jsonb
) returns bigint language plpgsql set search_path = '' as $$
declare t bigint;
begin
  insert into public.billing_ledger_transactions (tenant_id, currency, kind, source, reference, at)
  values (p_tenant_id, p_currency, p_kind, p_source, p_reference, p_at) returning id into t;
  insert into public.billing_ledger_entries (transaction_id, tenant_id, currency, account, direction, amount)
  select t, p_tenant_id, p_currency, key, case when value::numeric > 0 then 'credit' else 'debit' end, abs(value::numeric)
  from jsonb_each_text(p_entries) where value::numeric <> 0;
  return t;
end $$;

-- Which grants an amount is taken from at an instant, and how much of each: by priority, the earliest to expire, the oldest. What they lack is not there.
create function public.billing_credits_plan(p_tenant_id uuid, p_currency text, p_amount numeric, p_at timestamptz)
returns table (grant_id uuid, amount numeric) language sql stable rows 5 set search_path = '' as $$
  select id, least(remaining, p_amount - before) from (
    select id, remaining, coalesce(sum(remaining) over (order by priority, expires_at nulls last, created_at, transaction_id, id
      rows between unbounded preceding and 1 preceding), 0) as before
    from public.billing_credit_grants
    where tenant_id = p_tenant_id and currency = p_currency and remaining > 0 and effective_at <= p_at and (expires_at is null or expires_at > p_at)
  ) g where before < p_amount
$$;

create function public.billing_credits_take(p_transaction bigint, p_tenant_id uuid, p_currency text, p_amount numeric, p_at timestamptz)
returns void language sql set search_path = '' as $$
  insert into public.billing_credit_movements (transaction_id, grant_id, tenant_id, currency, amount)
  select p_transaction, p.grant_id, p_tenant_id, p_currency, -p.amount from public.billing_credits_plan(p_tenant_id, p_currency, p_amount, p_at) p
$$;

-- Under the lock: what was used beyond the credits is paid back as soon as there are some.
create function public.billing_credits_cover(p_tenant_id uuid, p_currency text, p_at timestamptz) returns void language plpgsql set search_path = '' as $$
declare covered numeric; t bigint;
begin
  select sum(p.amount) into covered from public.billing_ledger_accounts a, public.billing_credits_plan(p_tenant_id, p_currency, -a.balance, p_at) p
  where a.tenant_id = p_tenant_id and a.currency = p_currency and a.account = 'overdraft' and a.balance < 0;
  if covered is null then return; end if;
  t := public.billing_ledger_post(p_tenant_id, p_currency, 'cover', 'overdraft', gen_random_uuid()::text, p_at,
    jsonb_build_object('credits', -covered, 'overdraft', covered));
  perform public.billing_credits_take(t, p_tenant_id, p_currency, covered, p_at);
end $$;

-- Under the lock: a grant with all of its amount, by a transaction that credits it. p_grant: {id, kind, amount, priority, effective_at, expires_at}
create function public.billing_credits_lot(p_transaction bigint, p_tenant_id uuid, p_currency text, p_grant jsonb, p_at timestamptz)
returns public.billing_credit_grants language plpgsql set search_path = '' as $$
declare g public.billing_credit_grants;
begin
  insert into public.billing_credit_grants (id, tenant_id, currency, transaction_id, kind, amount, priority, effective_at, expires_at, created_at)
  values (coalesce((p_grant ->> 'id')::uuid, gen_random_uuid()), p_tenant_id, p_currency, p_transaction, p_grant ->> 'kind',
    (p_grant ->> 'amount')::numeric, coalesce((p_grant ->> 'priority')::integer, 0), coalesce((p_grant ->> 'effective_at')::timestamptz, p_at),
    (p_grant ->> 'expires_at')::timestamptz, p_at)
  returning * into g;
  insert into public.billing_credit_movements (transaction_id, grant_id, tenant_id, currency, amount)
  values (p_transaction, g.id, p_tenant_id, p_currency, g.amount);
  select * into g from public.billing_credit_grants where id = g.id;
  return g;
end $$;

create function public.billing_credit_grant_json(p_grant public.billing_credit_grants) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(p_grant) - 'transaction_id'
    || jsonb_build_object('transaction_id', t.id::text, 'source', t.source, 'reference', t.reference, 'amount', p_grant.amount::text, 'remaining', p_grant.remaining::text)
  from public.billing_ledger_transactions t where t.id = p_grant.transaction_id
$$;

-- Gives a tenant credits, once for each source and reference. p_grant: {id?, currency, amount, kind, priority?, effective_at?, expires_at?}
-- {"outcome": "added" | "unchanged", "grant"}, or {"outcome": "reference_taken"} where something else was given for it.
create function public.billing_credits_put(
  p_tenant_id uuid, p_source text, p_reference text, p_grant jsonb, p_at timestamptz, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare g public.billing_credit_grants; t bigint; amount numeric := p_grant ->> 'amount'; currency text := p_grant ->> 'currency'; counter text;
begin
  perform public.billing_credits_lock(p_tenant_id, currency);
  select d.* into g from public.billing_ledger_transactions x join public.billing_credit_grants d on d.transaction_id = x.id
  where x.tenant_id = p_tenant_id and x.kind = 'grant' and x.source = p_source and x.reference = p_reference;
  if g.id is not null then
    if (g.currency, g.amount, g.kind, g.priority, g.expires_at)
        is distinct from (currency, amount, p_grant ->> 'kind', coalesce((p_grant ->> 'priority')::integer, 0), (p_grant ->> 'expires_at')::timestamptz)
      or g.effective_at <> (p_grant ->> 'effective_at')::timestamptz then
      return jsonb_build_object('outcome', 'reference_taken');
    end if;
    return jsonb_build_object('outcome', 'unchanged', 'grant', public.billing_credit_grant_json(g));
  end if;
  counter := case when p_source = 'credit_note' then 'credit_notes' when p_grant ->> 'kind' = 'paid' then 'top_ups' else 'promotions' end;
  t := public.billing_ledger_post(p_tenant_id, currency, 'grant', p_source, p_reference, p_at, jsonb_build_object('credits', amount, counter, -amount));
  g := public.billing_credits_lot(t, p_tenant_id, currency, p_grant, p_at);
  perform public.billing_credits_cover(p_tenant_id, currency, p_at);
  select * into g from public.billing_credit_grants where id = g.id;
  perform public.write_audit(p_context, 'credits.add', 'credit_grant', g.id::text, p_tenant_id, null, public.billing_credit_grant_json(g));
  return jsonb_build_object('outcome', 'added', 'grant', public.billing_credit_grant_json(g));
end $$;

-- By an operator. The same, and {"outcome": "tenant_not_found" | "over_before_it_begins"}.
create function public.billing_credits_top_up(p_tenant_id uuid, p_reference text, p_grant jsonb, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
begin
  perform 1 from public.tenants where id = p_tenant_id and deleted_at is null for share;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  if (p_grant ->> 'expires_at')::timestamptz <= coalesce((p_grant ->> 'effective_at')::timestamptz, p_at)
    and not exists (select from public.billing_ledger_transactions
      where tenant_id = p_tenant_id and kind = 'grant' and source = 'top_up' and reference = p_reference) then
    return jsonb_build_object('outcome', 'over_before_it_begins');
  end if;
  return public.billing_credits_put(p_tenant_id, 'top_up', p_reference, p_grant, p_at, p_context);
end $$;

-- What another part of billing gives back, also to a tenant that has ended: used like what was paid, and never over. Once for each source and
-- reference. It writes to the trail: whoever calls it takes its own locks before.
create function public.billing_credits_add(
  p_tenant_id uuid, p_source text, p_reference text, p_currency text, p_amount numeric, p_at timestamptz, p_context jsonb
) returns jsonb language plpgsql set search_path = '' as $$
declare added jsonb;
begin
  if p_amount is null or p_amount <= 0 then raise exception 'credits of % cannot be given', p_amount using errcode = 'check_violation'; end if;
  added := public.billing_credits_put(p_tenant_id, p_source, p_reference,
    jsonb_build_object('currency', p_currency, 'amount', p_amount::text, 'kind', 'paid'), p_at, p_context);
  if added ->> 'outcome' = 'reference_taken' then
    raise exception 'other credits were given for % %', p_source, p_reference using errcode = 'unique_violation';
  end if;
  return added;
end $$;

-- Takes up to p_amount of what a tenant has in credits for an invoice, and says how much it was. Once for each invoice: then it says what it took.
create function public.billing_credits_apply(p_tenant_id uuid, p_invoice_id uuid, p_currency text, p_amount numeric, p_at timestamptz)
returns numeric language plpgsql set search_path = '' as $$
declare taken numeric; beyond numeric; before numeric; t bigint;
begin
  if p_amount <= 0 then return 0; end if;
  -- Who never had credits gets no accounts.
  perform 1 from public.billing_ledger_accounts where tenant_id = p_tenant_id and currency = p_currency and account = 'credits' for no key update;
  if not found then return 0; end if;
  select e.amount into before from public.billing_ledger_transactions x join public.billing_ledger_entries e on e.transaction_id = x.id
  where x.tenant_id = p_tenant_id and x.kind = 'apply' and x.source = 'invoice' and x.reference = p_invoice_id::text and e.account = 'invoices';
  if before is not null then return before; end if;
  perform public.billing_credits_cover(p_tenant_id, p_currency, p_at);
  select coalesce(sum(amount), 0) into taken from public.billing_credits_plan(p_tenant_id, p_currency, p_amount, p_at);
  select least(p_amount - taken, balance - floor) into beyond from public.billing_ledger_accounts
  where tenant_id = p_tenant_id and currency = p_currency and account = 'overdraft';
  if taken + beyond = 0 then return 0; end if;
  t := public.billing_ledger_post(p_tenant_id, p_currency, 'apply', 'invoice', p_invoice_id::text, p_at,
    jsonb_build_object('credits', -taken, 'overdraft', -beyond, 'invoices', taken + beyond));
  perform public.billing_credits_take(t, p_tenant_id, p_currency, taken, p_at);
  return taken + beyond;
end $$;

-- Gives back what was taken for an invoice that is void, and says how much. To the grants that it came from; where one is over or void by now, to a
-- new one that lasts as long as that one would have lasted when it was taken of.
create function public.billing_credits_unapply(p_tenant_id uuid, p_invoice_id uuid, p_at timestamptz) returns numeric
language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare x public.billing_ledger_transactions; g public.billing_credit_grants; m record; t bigint; total numeric; beyond numeric; back numeric;
begin
  select * into x from public.billing_ledger_transactions
  where tenant_id = p_tenant_id and kind = 'apply' and source = 'invoice' and reference = p_invoice_id::text;
  if x.id is null then return 0; end if;
  perform public.billing_credits_lock(p_tenant_id, x.currency);
  select sum(amount) filter (where account = 'invoices'), coalesce(sum(amount) filter (where account = 'overdraft'), 0) into total, beyond
  from public.billing_ledger_entries where transaction_id = x.id;
  perform 1 from public.billing_ledger_transactions
  where tenant_id = p_tenant_id and kind = 'unapply' and source = 'invoice' and reference = p_invoice_id::text;
  if found then return total; end if;

  select least(beyond, -balance) into back from public.billing_ledger_accounts
  where tenant_id = p_tenant_id and currency = x.currency and account = 'overdraft';
  t := public.billing_ledger_post(p_tenant_id, x.currency, 'unapply', 'invoice', p_invoice_id::text, p_at,
    jsonb_build_object('invoices', -total, 'overdraft', back, 'credits', total - back));
  for m in select grant_id, -amount as amount from public.billing_credit_movements where transaction_id = x.id order by grant_id loop
    select * into strict g from public.billing_credit_grants where id = m.grant_id;
    -- Over by another clock than this one's is over.
    if g.voided_at is null and coalesce(g.expires_at > p_at, true) and not exists (select from public.billing_ledger_transactions
      where tenant_id = p_tenant_id and kind = 'expire' and source = 'grant' and reference = g.id::text) then
      insert into public.billing_credit_movements (transaction_id, grant_id, tenant_id, currency, amount)
      values (t, g.id, p_tenant_id, x.currency, m.amount);
    else
      perform public.billing_credits_lot(t, p_tenant_id, x.currency, jsonb_build_object('kind', g.kind, 'amount', m.amount::text,
        'priority', g.priority, 'expires_at', p_at + (g.expires_at - x.at)), p_at);
    end if;
  end loop;
  -- Since then credits have paid for what was used beyond them.
  if beyond > back then
    perform public.billing_credits_lot(t, p_tenant_id, x.currency, jsonb_build_object('kind', 'paid', 'amount', (beyond - back)::text), p_at);
  end if;
  perform public.billing_credits_cover(p_tenant_id, x.currency, p_at);
  return total;
end $$;

-- Moves what is left of grants that are over to `breakage`, and lets new ones pay for what was used beyond the credits. Who is being changed is left
-- to the next time. At most p_limit accounts: {"outcome": "swept", "accounts", "expired"}
create function public.billing_credits_expire(p_at timestamptz, p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
declare a record; g public.billing_credit_grants; t bigint; accounts integer := 0; expired integer := 0;
begin
  for a in
    select tenant_id, currency from (
      select tenant_id, currency from public.billing_credit_grants where remaining > 0 and expires_at <= p_at
      union
      select o.tenant_id, o.currency from public.billing_ledger_accounts o where o.account = 'overdraft' and o.balance < 0
        and exists (select from public.billing_credits_plan(o.tenant_id, o.currency, 1, p_at))
    ) due order by tenant_id, currency limit p_limit
  loop
    perform 1 from public.billing_ledger_accounts where tenant_id = a.tenant_id and currency = a.currency and account = 'credits'
      for no key update skip locked;
    continue when not found;
    accounts := accounts + 1;
    perform public.billing_credits_cover(a.tenant_id, a.currency, p_at);
    for g in
      select * from public.billing_credit_grants
      where tenant_id = a.tenant_id and currency = a.currency and remaining > 0 and expires_at <= p_at order by expires_at, id
    loop
      t := public.billing_ledger_post(g.tenant_id, g.currency, 'expire', 'grant', g.id::text, g.expires_at,
        jsonb_build_object('credits', -g.remaining, 'breakage', g.remaining));
      insert into public.billing_credit_movements (transaction_id, grant_id, tenant_id, currency, amount)
      values (t, g.id, g.tenant_id, g.currency, -g.remaining);
      expired := expired + 1;
    end loop;
  end loop;
  return jsonb_build_object('outcome', 'swept', 'accounts', accounts, 'expired', expired);
end $$;

-- What is left of it is worth nothing any more; what was used of it was used. The same again does nothing.
-- {"outcome": "voided", "grant"} or {"outcome": "not_found" | "stale"}
create function public.billing_credits_void(p_tenant_id uuid, p_id uuid, p_row_version bigint, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.billing_credit_grants; g public.billing_credit_grants; t bigint;
begin
  select * into was from public.billing_credit_grants where id = p_id and tenant_id = p_tenant_id;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  perform public.billing_credits_lock(p_tenant_id, was.currency);
  select * into was from public.billing_credit_grants where id = p_id;
  if was.row_version <> p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  if was.voided_at is not null then return jsonb_build_object('outcome', 'voided', 'grant', public.billing_credit_grant_json(was)); end if;
  if was.remaining > 0 then
    t := public.billing_ledger_post(p_tenant_id, was.currency, 'void', 'grant', p_id::text, p_at,
      jsonb_build_object('credits', -was.remaining, 'write_offs', was.remaining));
    insert into public.billing_credit_movements (transaction_id, grant_id, tenant_id, currency, amount)
    values (t, p_id, p_tenant_id, was.currency, -was.remaining);
  end if;
  update public.billing_credit_grants set voided_at = p_at, row_version = row_version + 1, updated_at = now() where id = p_id returning * into g;
  perform public.write_audit(p_context, 'credits.void', 'credit_grant', p_id::text, p_tenant_id,
    public.billing_credit_grant_json(was), public.billing_credit_grant_json(g));
  return jsonb_build_object('outcome', 'voided', 'grant', public.billing_credit_grant_json(g));
end $$;

create function public.billing_credits_balance_json(p_tenant_id uuid, p_currency text, p_at timestamptz) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('currency', p_currency, 'balance', (c.balance + o.balance)::text, 'overdraft', (-o.floor)::text, 'overdrawn', (-o.balance)::text,
    'available', (o.balance - o.floor + coalesce((select sum(amount) from public.billing_credits_plan(p_tenant_id, p_currency, c.balance, p_at)), 0))::text)
  from public.billing_ledger_accounts c join public.billing_ledger_accounts o using (tenant_id, currency)
  where tenant_id = p_tenant_id and currency = p_currency and c.account = 'credits' and o.account = 'overdraft'
$$;

-- How far beyond its credits a tenant may go: {"outcome": "set" | "unchanged", "balance"} or {"outcome": "tenant_not_found" | "overdrawn"}, where it is further.
create function public.billing_credits_overdraft_set(p_tenant_id uuid, p_currency text, p_overdraft text, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.billing_ledger_accounts; wanted numeric := p_overdraft;
begin
  perform 1 from public.tenants where id = p_tenant_id and deleted_at is null for share;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  perform public.billing_credits_lock(p_tenant_id, p_currency);
  select * into was from public.billing_ledger_accounts where tenant_id = p_tenant_id and currency = p_currency and account = 'overdraft';
  if was.balance < -wanted then return jsonb_build_object('outcome', 'overdrawn'); end if;
  if was.floor = -wanted then
    return jsonb_build_object('outcome', 'unchanged', 'balance', public.billing_credits_balance_json(p_tenant_id, p_currency, p_at));
  end if;
  update public.billing_ledger_accounts set floor = -wanted where tenant_id = p_tenant_id and currency = p_currency and account = 'overdraft';
  perform public.write_audit(p_context, 'credits.overdraft', 'credit_account', p_currency, p_tenant_id,
    jsonb_build_object('overdraft', (-was.floor)::text), jsonb_build_object('overdraft', wanted::text));
  return jsonb_build_object('outcome', 'set', 'balance', public.billing_credits_balance_json(p_tenant_id, p_currency, p_at));
end $$;

-- By tenant, those that have or had credits: [{tenant_id, balances: [{currency, balance, available, overdraft, overdrawn}]}]
create function public.billing_credits_balances(p_tenant_ids uuid[], p_at timestamptz) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', t, 'balances', b.balances) order by t), '[]')
  from unnest(p_tenant_ids) t, lateral (
    select coalesce(jsonb_agg(public.billing_credits_balance_json(t, a.currency, p_at) order by a.currency), '[]') as balances
    from public.billing_ledger_accounts a where a.tenant_id = t and a.account = 'credits'
  ) b
$$;

-- Newest first, before the given one (transaction and id); p_id: that one alone.
create function public.billing_credits_grants(p_tenant_id uuid, p_id uuid, p_before_transaction text, p_before_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_credit_grant_json(g) order by g.transaction_id desc, g.id desc), '[]') from (
    select * from public.billing_credit_grants
    where tenant_id = p_tenant_id and (p_id is null or id = p_id)
      and (p_before_transaction is null or (transaction_id, id) < (p_before_transaction::bigint, p_before_id))
    order by transaction_id desc, id desc limit p_limit
  ) g
$$;

-- The transactions of a tenant with their entries and what they moved of grants, newest first, before the given one.
create function public.billing_ledger_list(p_tenant_id uuid, p_currency text, p_before text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', t.id::text, 'tenant_id', t.tenant_id, 'currency', t.currency, 'kind', t.kind, 'source', t.source,
    'reference', t.reference, 'at', t.at,
    'entries', (select jsonb_agg(jsonb_build_object('account', e.account, 'direction', e.direction, 'amount', e.amount::text) order by e.direction desc, e.account)
      from public.billing_ledger_entries e where e.transaction_id = t.id),
    'grants', (select coalesce(jsonb_agg(jsonb_build_object('grant_id', m.grant_id, 'amount', m.amount::text) order by m.grant_id), '[]')
      from public.billing_credit_movements m where m.transaction_id = t.id)) order by t.id desc), '[]')
  from (
    select * from public.billing_ledger_transactions
    where tenant_id = p_tenant_id and (p_currency is null or currency = p_currency) and (p_before is null or id < p_before::bigint)
    order by id desc limit p_limit
  ) t
$$;
