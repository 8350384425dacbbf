-- How what is owed is collected by a provider of payments, and what that provider tells (docs/decisions/0064).

-- Who a tenant is to a provider.
create table public.billing_provider_customers (
  provider text not null,
  tenant_id uuid not null references public.tenants (id),
  reference text not null,
  created_at timestamptz not null default now(),
  primary key (provider, tenant_id),
  unique (provider, reference)
);
create index billing_provider_customers_tenant on public.billing_provider_customers (tenant_id);
alter table public.billing_provider_customers enable row level security;
create policy nobody on public.billing_provider_customers as restrictive for all to anon, authenticated using (false);

-- An invoice that a provider collects. It is pending until the provider has all of it.
create table public.billing_payments (
  invoice_id uuid primary key references public.billing_invoices (id),
  tenant_id uuid not null references public.tenants (id),
  provider text not null,
  -- refused: the provider takes no such invoice, and somebody has to look. withdrawn: nothing is due of it any more.
  state text not null check (state in ('pending', 'open', 'paid', 'failed', 'refused', 'withdrawn')),
  currency text not null,
  -- What was due when this attempt began. The provider is asked for it under keys that are made of invoice and attempt.
  amount numeric not null check (amount > 0),
  attempt integer not null default 1,
  -- The provider's invoice.
  reference text,
  error text,
  row_version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index billing_payments_tenant on public.billing_payments (tenant_id);
create index billing_payments_state on public.billing_payments (state, invoice_id);
create unique index billing_payments_reference on public.billing_payments (provider, reference) where reference is not null;
alter table public.billing_payments enable row level security;
create policy nobody on public.billing_payments as restrictive for all to anon, authenticated using (false);

-- What a provider told, each event once. Only what is needed to treat it again is kept.
create table public.billing_webhook_events (
  provider text not null,
  id text not null,
  type text not null,
  -- {invoice_id, reference, amount, currency, reason}; amount as a decimal string.
  event jsonb not null,
  happened_at timestamptz not null,
  state text not null check (state in ('treated', 'ignored', 'failed')),
  -- Why it failed, or why it was not for us.
  note text,
  attempts integer not null default 1,
  received_at timestamptz not null,
  treated_at timestamptz,
  primary key (provider, id)
);
create index billing_webhook_events_state on public.billing_webhook_events (state, received_at, id);
alter table public.billing_webhook_events enable row level security;
create policy nobody on public.billing_webhook_events as restrictive for all to anon, authenticated using (false);

create function public.billing_due_of(p_invoice public.billing_invoices) returns numeric language sql immutable set search_path = '' as $$
  select case when p_invoice.kind = 'invoice' and p_invoice.state = 'finalized'
    then p_invoice.total - p_invoice.credit_applied - p_invoice.credited - p_invoice.amount_paid else 0 end
$$;

create function public.billing_payment_json(p_payment public.billing_payments) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_payment) || jsonb_build_object('amount', p_payment.amount::text)
$$;

-- What is to be collected of an invoice. {"outcome": "nothing_due"}, {"outcome": "begun", "state"} where this was done before, or
-- {"outcome": "pending", "again", "payment", "invoice", "tenant", "customer"}. p_provider: who collects now.
create function public.billing_payment_begin(p_invoice_id uuid, p_provider text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments; again boolean := true;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for share;
  if i.id is null or public.billing_due_of(i) <= 0 then return jsonb_build_object('outcome', 'nothing_due'); end if;
  insert into public.billing_payments (invoice_id, tenant_id, provider, state, currency, amount, created_at, updated_at)
  values (i.id, i.tenant_id, p_provider, 'pending', i.currency, public.billing_due_of(i), p_at, p_at)
  on conflict (invoice_id) do nothing returning * into p;
  if p.invoice_id is null then
    select * into strict p from public.billing_payments where invoice_id = i.id for update;
    if p.state <> 'pending' then return jsonb_build_object('outcome', 'begun', 'state', p.state); end if;
    -- The setting was changed before another provider had all of it, or a credit note came meanwhile.
    if p.provider <> p_provider or p.amount <> public.billing_due_of(i) then
      update public.billing_payments set provider = p_provider, reference = case when provider = p_provider then reference end,
        amount = public.billing_due_of(i), attempt = attempt + 1, row_version = row_version + 1, updated_at = p_at
      where invoice_id = i.id returning * into p;
    end if;
  else
    again := false;
  end if;
  return (select jsonb_build_object('outcome', 'pending', 'again', again, 'payment', public.billing_payment_json(p),
    'invoice', jsonb_build_object('id', i.id, 'number', i.number, 'period_from', i.period_from, 'period_to', i.period_to, 'created_at', i.created_at),
    'tenant', jsonb_build_object('id', t.id, 'slug', t.slug, 'name', t.name, 'metadata', t.metadata),
    'customer', (select c.reference from public.billing_provider_customers c where c.provider = p_provider and c.tenant_id = t.id))
    from public.tenants t where t.id = i.tenant_id);
end $$;

-- Remembers who a tenant is to a provider; of two who have made one, the first. Answers whom to use.
create function public.billing_payment_customer(p_tenant_id uuid, p_provider text, p_reference text) returns text
language plpgsql set search_path = '' as $$
begin
  insert into public.billing_provider_customers (provider, tenant_id, reference) values (p_provider, p_tenant_id, p_reference) on conflict do nothing;
  return (select reference from public.billing_provider_customers where provider = p_provider and tenant_id = p_tenant_id);
end $$;

-- Remembers the provider's invoice, so that this attempt goes on with that one.
create function public.billing_payment_reference(p_invoice_id uuid, p_attempt integer, p_reference text) returns void
language sql set search_path = '' as $$
  update public.billing_payments set reference = p_reference, row_version = row_version + 1, updated_at = now()
  where invoice_id = p_invoice_id and attempt = p_attempt and state = 'pending' and reference is distinct from p_reference
$$;

-- What came of an attempt: {state: open | paid | failed | refused, reference, error}. The same again does nothing.
create function public.billing_payment_end(p_invoice_id uuid, p_attempt integer, p_end jsonb, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare p public.billing_payments; ended text := p_end ->> 'state';
begin
  -- The invoice first, as whoever takes a payment does.
  perform 1 from public.billing_invoices where id = p_invoice_id for update;
  select * into p from public.billing_payments where invoice_id = p_invoice_id for update;
  if p.invoice_id is null or p.state <> 'pending' or p.attempt <> p_attempt then return jsonb_build_object('outcome', 'unchanged'); end if;
  update public.billing_payments set reference = coalesce(p_end ->> 'reference', reference), error = p_end ->> 'error',
    state = case ended when 'failed' then 'open' else ended end, row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id returning * into p;
  if ended = 'paid' then
    perform public.billing_invoice_paid(p_invoice_id, jsonb_build_object('amount', p.amount::text, 'provider', p.provider, 'reference', p.reference), p_at,
      p_context);
  elsif ended = 'failed' then
    perform public.billing_invoice_failed(p_invoice_id, p.error, p_at);
  elsif ended = 'refused' then
    perform public.write_outbox('billing.payment.refused', p.tenant_id, null,
      jsonb_build_object('invoice_id', p_invoice_id, 'provider', p.provider, 'error', p.error));
  end if;
  return jsonb_build_object('outcome', 'ended');
end $$;

-- A provider could not collect. Nothing is undone by it: the invoice is due as before, and dunning begins.
create function public.billing_invoice_failed(p_invoice_id uuid, p_reason text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for update;
  if i.id is null or public.billing_due_of(i) <= 0 then return jsonb_build_object('outcome', 'nothing_due'); end if;
  update public.billing_payments set state = 'failed', error = p_reason, row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id and state in ('pending', 'open', 'failed') returning * into p;
  perform public.write_outbox('billing.invoice.payment_failed', i.tenant_id, null, jsonb_build_object('invoice_id', i.id, 'number', i.number,
    'subscription_id', i.subscription_id, 'reason', p_reason));
  return jsonb_build_object('outcome', 'failed');
end $$;

-- Asks a provider once more, for what is due now. {"outcome": "requested", "payment"} or {"outcome": "not_found" | "nothing_due" | "not_ended"}
create function public.billing_payment_retry(p_invoice_id uuid, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments; was jsonb;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for update;
  select * into p from public.billing_payments where invoice_id = p_invoice_id for update;
  if p.invoice_id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if public.billing_due_of(i) <= 0 then return jsonb_build_object('outcome', 'nothing_due'); end if;
  if p.state not in ('failed', 'refused', 'withdrawn') then return jsonb_build_object('outcome', 'not_ended'); end if;
  was := public.billing_payment_json(p);
  update public.billing_payments set state = 'pending', attempt = attempt + 1, amount = public.billing_due_of(i), error = null,
    row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id returning * into p;
  perform public.write_audit(p_context, 'payment.retry', 'payment', i.id::text, i.tenant_id, was, public.billing_payment_json(p));
  perform public.write_outbox('billing.payment.requested', i.tenant_id, null, jsonb_build_object('invoice_id', i.id));
  return jsonb_build_object('outcome', 'requested', 'payment', public.billing_payment_json(p));
end $$;

-- What a provider still asks for beyond what is due: [{invoice_id, reference, attempt, currency, due, state}], by invoice, after the given one.
-- state: what the invoice has become. p_invoice_id null: of all; that of a credit note: of what it corrects.
create function public.billing_payments_excess(p_provider text, p_invoice_id uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('invoice_id', e.invoice_id, 'reference', e.reference, 'attempt', e.attempt, 'currency', e.currency,
    'due', e.due::text, 'state', e.invoice_state) order by e.invoice_id), '[]')
  from (
    select p.*, i.state as invoice_state, public.billing_due_of(i) as due from public.billing_payments p join public.billing_invoices i on i.id = p.invoice_id
    where p.provider = p_provider and p.reference is not null and public.billing_due_of(i) < p.amount
      and (p.state in ('open', 'failed', 'refused') or (p.state = 'pending' and public.billing_due_of(i) <= 0))
      and (p_invoice_id is null or p.invoice_id in (select coalesce(n.corrects, n.id) from public.billing_invoices n where n.id = p_invoice_id))
      and (p_after is null or p.invoice_id > p_after)
    order by p.invoice_id limit p_limit
  ) e
$$;

-- The provider asks for no more than this any longer.
create function public.billing_payment_reduced(p_invoice_id uuid, p_attempt integer, p_due text, p_at timestamptz) returns void
language sql set search_path = '' as $$
  update public.billing_payments set amount = case when p_due::numeric > 0 then p_due::numeric else amount end,
    state = case when p_due::numeric > 0 then state else 'withdrawn' end, row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id and attempt = p_attempt and state in ('pending', 'open', 'failed', 'refused')
$$;

create function public.billing_payments_list(p_state text, p_after uuid, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_payment_json(p) order by p.invoice_id), '[]') from (
    select * from public.billing_payments where (p_state is null or state = p_state) and (p_after is null or invoice_id > p_after)
    order by invoice_id limit p_limit) p
$$;

-- What an event means for an invoice. Answers why it means nothing, or null. Raises what somebody has to look at.
create function public.billing_webhook_apply(p_event public.billing_webhook_events, p_at timestamptz, p_context jsonb) returns text
language plpgsql set search_path = '' as $$
declare e jsonb := p_event.event; i public.billing_invoices; p public.billing_payments;
begin
  if e ->> 'means' is null then return 'of a kind that changes nothing here'; end if;
  select * into i from public.billing_invoices where id::text = e ->> 'invoice_id' for update;
  if i.id is null then return 'about no invoice of this installation'; end if;
  select * into p from public.billing_payments where invoice_id = i.id for update;
  if e ->> 'means' = 'paid' then
    if (e ->> 'amount')::numeric <= 0 then return 'nothing was paid'; end if;
    perform public.billing_invoice_paid(i.id, jsonb_build_object('amount', e ->> 'amount', 'currency', e ->> 'currency', 'provider', p_event.provider,
      'reference', e ->> 'reference'), p_at, p_context);
    update public.billing_payments set state = 'paid', error = null, row_version = row_version + 1, updated_at = p_at
    where invoice_id = i.id and reference = e ->> 'reference';
    return null;
  end if;
  -- A provider may tell that it failed before its answer to us is written down. It tells it again.
  if e ->> 'means' = 'failed' and p.reference = e ->> 'reference' and p.state = 'pending' then
    raise exception 'an attempt to collect invoice % is under way', i.number using errcode = 'lock_not_available';
  end if;
  -- What is told of an older attempt's invoice, or of one that is over here, changes nothing. Nor does what is told between two attempts: an
  -- invoice that a new attempt replaces is voided by us.
  if p.reference is distinct from e ->> 'reference' or p.state not in ('open', 'failed') then return 'about an invoice that is not collected any more'; end if;
  if public.billing_due_of(i) <= 0 then return 'about an invoice of which nothing is due'; end if;
  case e ->> 'means'
    when 'failed' then perform public.billing_invoice_failed(i.id, e ->> 'reason', p_at);
    when 'void' then perform public.billing_invoice_void(i.id, e ->> 'reason', p_at, p_context);
    when 'uncollectible' then perform public.billing_invoice_uncollectible(i.id, e ->> 'reason', p_at, p_context);
  end case;
  if e ->> 'means' <> 'failed' then
    update public.billing_payments set state = 'withdrawn', error = e ->> 'reason', row_version = row_version + 1, updated_at = p_at
    where invoice_id = i.id;
  end if;
  return null;
end $$;

create function public.billing_webhook_treat(p_event public.billing_webhook_events, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare why text; outcome text;
begin
  begin
    why := public.billing_webhook_apply(p_event, p_at, p_context);
    outcome := case when why is null then 'treated' else 'ignored' end;
  exception
    -- These pass by themselves: the provider sends it again.
    when deadlock_detected or serialization_failure or lock_not_available then raise;
    when others then
      get stacked diagnostics why = message_text;
      outcome := 'failed';
  end;
  update public.billing_webhook_events set state = outcome, note = why,
    treated_at = case when outcome <> 'failed' then p_at end
  where provider = p_event.provider and id = p_event.id;
  return jsonb_build_object('outcome', outcome);
end $$;

-- Takes an event that a provider tells, once. p_event: {id, type, happened_at, means, invoice_id, reference, amount, currency, reason}
-- {"outcome": "treated" | "ignored" | "failed" | "duplicate"}
create function public.billing_webhook_take(p_provider text, p_event jsonb, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare e public.billing_webhook_events;
begin
  insert into public.billing_webhook_events (provider, id, type, event, happened_at, state, received_at)
  values (p_provider, p_event ->> 'id', p_event ->> 'type', p_event - 'id' - 'type' - 'happened_at', (p_event ->> 'happened_at')::timestamptz, 'failed', p_at)
  on conflict do nothing returning * into e;
  if e.id is null then return jsonb_build_object('outcome', 'duplicate'); end if;
  return public.billing_webhook_treat(e, p_at, p_context);
end $$;

-- Treats one again that failed. {"outcome": "treated" | "ignored" | "failed" | "not_found" | "not_failed", "event"}
create function public.billing_webhook_replay(p_provider text, p_id text, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare e public.billing_webhook_events; answer jsonb;
begin
  select * into e from public.billing_webhook_events where provider = p_provider and id = p_id for update;
  if e.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if e.state <> 'failed' then return jsonb_build_object('outcome', 'not_failed'); end if;
  update public.billing_webhook_events set attempts = attempts + 1 where provider = p_provider and id = p_id;
  answer := public.billing_webhook_treat(e, p_at, p_context);
  perform public.write_audit(p_context, 'webhook_event.replay', 'webhook_event', p_id, null, null, answer);
  return answer || jsonb_build_object('event', (select to_jsonb(n) from public.billing_webhook_events n where provider = p_provider and id = p_id));
end $$;

-- Newest first, after [received_at, id].
create function public.billing_webhook_events_list(p_state text, p_after jsonb, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.received_at desc, e.id desc), '[]') from (
    select * from public.billing_webhook_events
    where (p_state is null or state = p_state)
      and (p_after is null or (received_at, id) < ((p_after ->> 0)::timestamptz, p_after ->> 1))
    order by received_at desc, id desc limit p_limit) e
$$;
