-- Calls of the provider of payments have a queue of their own, so that a provider that is away holds back nothing else (docs/decisions/0068).
-- A row of billing_payments says itself when the provider is asked next; what it is asked follows from the state of the row.

alter table public.billing_payments
  -- When the provider is asked next; null: there is nothing to ask it.
  add column call_at timestamptz,
  -- Until then one replica is at it.
  add column held_until timestamptz,
  -- The latest attempt that was begun, and may have left something at the provider.
  add column begun_attempt integer not null default 0,
  -- Answers to this attempt; the pauses between looks grow with them.
  add column looks integer not null default 0,
  -- The provider's answer of then is written down.
  add column known_at timestamptz,
  -- Dunning waits for an answer.
  add column awaited_since timestamptz,
  -- What was not answered, since the last answer.
  add column failures integer not null default 0,
  add column stuck_since timestamptz,
  add column stuck_error text;
create index billing_payments_calls on public.billing_payments (call_at, invoice_id) where call_at is not null;
create index billing_webhook_events_failed on public.billing_webhook_events ((event ->> 'invoice_id')) where state = 'failed';
update public.billing_payments set begun_attempt = attempt, call_at = case when state not in ('paid', 'withdrawn') then now() end;

-- Whether a provider asks for more than is due.
create function public.billing_payment_is_excessive(p_payment public.billing_payments, p_due numeric) returns boolean language sql immutable set search_path = '' as $$
  select p_payment.reference is not null and p_due < p_payment.amount and p_payment.state in ('open', 'failed', 'refused')
$$;

-- Has a finalized invoice collected by this provider: soon, by billing_payments_claim. Does nothing where that was done, or nothing is due.
create function public.billing_payment_plan(p_invoice_id uuid, p_provider text, p_at timestamptz) returns void language plpgsql set search_path = '' as $$
declare i public.billing_invoices;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for share;
  if i.id is null or public.billing_due_of(i) <= 0 then return; end if;
  insert into public.billing_payments (invoice_id, tenant_id, provider, state, currency, amount, call_at, created_at, updated_at)
  values (i.id, i.tenant_id, p_provider, 'pending', i.currency, public.billing_due_of(i), p_at, p_at, p_at)
  on conflict (invoice_id) do nothing;
end $$;

-- Has the provider asked soon where it asks for more than is due. p_invoice_id: of an invoice, or of the credit note that corrects it.
create function public.billing_payment_recheck(p_invoice_id uuid, p_at timestamptz) returns void language sql set search_path = '' as $$
  update public.billing_payments p set call_at = least(p.call_at, p_at), row_version = p.row_version + 1, updated_at = p_at
  from public.billing_invoices n join public.billing_invoices i on i.id = coalesce(n.corrects, n.id)
  where n.id = p_invoice_id and p.invoice_id = i.id
    and (public.billing_payment_is_excessive(p, public.billing_due_of(i)) or (p.state = 'pending' and public.billing_due_of(i) <= 0))
$$;

-- Up to p_limit payments of which the provider has to be asked by now, those that wait longest first; nobody else is given them for so many seconds:
-- [{invoice_id, state, reference, failures}]
create function public.billing_payments_claim(p_provider text, p_at timestamptz, p_hold_seconds integer, p_limit integer) returns jsonb
language sql set search_path = '' as $$
  with chosen as (
    select invoice_id from public.billing_payments
    where call_at <= p_at and (held_until is null or held_until <= p_at) and (provider = p_provider or state = 'pending')
    order by call_at, invoice_id limit p_limit for update skip locked
  ), held as (
    update public.billing_payments p set held_until = p_at + p_hold_seconds * interval '1 second' from chosen where p.invoice_id = chosen.invoice_id
    returning p.*
  )
  select coalesce(jsonb_agg(jsonb_build_object('invoice_id', invoice_id, 'state', state, 'reference', reference, 'failures', failures)
    order by call_at, invoice_id), '[]') from held
$$;

-- What is to be collected of an invoice. {"outcome": "nothing_due"}: what an attempt has left at the provider is not collected any more, but is as open
-- there as any, to be looked at and withdrawn. {"outcome": "begun", "state"} where this was done before, or
-- {"outcome": "pending", "again", "payment", "invoice", "tenant", "customer"}. p_provider: who collects now.
create or replace function public.billing_payment_begin(p_invoice_id uuid, p_provider text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments; again boolean;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for share;
  if i.id is null or public.billing_due_of(i) <= 0 then
    update public.billing_payments set state = case when reference is null then 'withdrawn' else 'open' end, row_version = row_version + 1, updated_at = p_at
    where invoice_id = i.id and state = 'pending';
    return jsonb_build_object('outcome', 'nothing_due');
  end if;
  perform public.billing_payment_plan(i.id, p_provider, p_at);
  select * into strict p from public.billing_payments where invoice_id = i.id for update;
  if p.state <> 'pending' then return jsonb_build_object('outcome', 'begun', 'state', p.state); end if;
  -- The setting was changed before another provider had all of it, or a credit note came meanwhile.
  if p.provider <> p_provider or p.amount <> public.billing_due_of(i) then
    update public.billing_payments set provider = p_provider, reference = case when provider = p_provider then reference end,
      amount = public.billing_due_of(i), attempt = attempt + 1, looks = 0, row_version = row_version + 1, updated_at = p_at
    where invoice_id = i.id returning * into p;
  end if;
  again := p.begun_attempt = p.attempt;
  update public.billing_payments set begun_attempt = attempt where invoice_id = i.id;
  return (select jsonb_build_object('outcome', 'pending', 'again', again, 'payment', public.billing_payment_json(p),
    'invoice', jsonb_build_object('id', i.id, 'number', i.number, 'period_from', i.period_from, 'period_to', i.period_to, 'created_at', i.created_at),
    'tenant', jsonb_build_object('id', t.id, 'slug', t.slug, 'name', t.name, 'metadata', t.metadata),
    'customer', (select c.reference from public.billing_provider_customers c where c.provider = p_provider and c.tenant_id = t.id))
    from public.tenants t where t.id = i.tenant_id);
end $$;

-- Remembers the provider's invoice, so that this attempt goes on with that one. False where the attempt is over, and must not go on.
drop function public.billing_payment_reference(uuid, integer, text);
create function public.billing_payment_reference(p_invoice_id uuid, p_attempt integer, p_reference text) returns boolean
language plpgsql set search_path = '' as $$
begin
  update public.billing_payments set reference = p_reference, row_version = row_version + 1, updated_at = now()
  where invoice_id = p_invoice_id and attempt = p_attempt and state = 'pending';
  return found;
end $$;

-- What the provider of an invoice asks for beyond what is due: {invoice_id, reference, attempt, currency, due, state}, or null. state: what the invoice has
-- become.
create function public.billing_payment_excess(p_provider text, p_invoice_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('invoice_id', p.invoice_id, 'reference', p.reference, 'attempt', p.attempt, 'currency', p.currency,
    'due', public.billing_due_of(i)::text, 'state', i.state)
  from public.billing_payments p join public.billing_invoices i on i.id = p.invoice_id
  where p.invoice_id = p_invoice_id and p.provider = p_provider and public.billing_payment_is_excessive(p, public.billing_due_of(i))
$$;
drop function public.billing_payments_excess(text, uuid, uuid, integer);

-- The provider has answered what it was asked at p_asked_at, and that is written down. What can still be paid there is looked at again, after pauses of
-- 5 minutes, doubled, at most 6 hours; a claim that was lost, or what came meanwhile, at once.
create function public.billing_payment_answered(p_invoice_id uuid, p_asked_at timestamptz, p_at timestamptz) returns void
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments; payable boolean;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for share;
  select * into p from public.billing_payments where invoice_id = p_invoice_id for update;
  if p.invoice_id is null then return; end if;
  payable := p.reference is not null and (p.state in ('open', 'failed', 'refused') or (p.state = 'withdrawn' and i.state = 'uncollectible'));
  update public.billing_payments set held_until = null, failures = 0, stuck_since = null, stuck_error = null, looks = looks + 1,
    known_at = case when p.state = 'pending' then known_at else greatest(known_at, p_asked_at) end,
    awaited_since = case when p.state = 'pending' then awaited_since end,
    call_at = case when p.state = 'pending' or public.billing_payment_is_excessive(p, public.billing_due_of(i)) then p_at
      when payable then p_at + least(interval '5 minutes' * 2 ^ least(looks, 10), interval '6 hours') end,
    row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id;
  if p.awaited_since is not null and p.state <> 'pending' then
    perform public.write_outbox('billing.payment.answered', p.tenant_id, null, jsonb_build_object('invoice_id', p.invoice_id));
  end if;
end $$;

-- The provider did not answer, or did not do what it was asked. It is asked again after the pause. p_error holds no secret.
create function public.billing_payment_unanswered(p_invoice_id uuid, p_error text, p_pause_ms integer, p_at timestamptz) returns void
language sql set search_path = '' as $$
  update public.billing_payments set held_until = null, failures = failures + 1, stuck_since = coalesce(stuck_since, p_at), stuck_error = p_error,
    call_at = p_at + p_pause_ms * interval '1 ms', row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id
$$;

-- A provider could not collect. Nothing is undone by it: the invoice is due as before, and dunning begins, once the provider was asked whether that is
-- still so: what it told may have come late.
create or replace function public.billing_invoice_failed(p_invoice_id uuid, p_reason text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for update;
  if i.id is null or public.billing_due_of(i) <= 0 then return jsonb_build_object('outcome', 'nothing_due'); end if;
  update public.billing_payments set state = 'failed', error = p_reason, known_at = null, row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id and state in ('pending', 'open', 'failed') returning * into p;
  perform public.write_outbox('billing.invoice.payment_failed', i.tenant_id, null, jsonb_build_object('invoice_id', i.id, 'number', i.number,
    'subscription_id', i.subscription_id, 'reason', p_reason));
  return jsonb_build_object('outcome', 'failed');
end $$;

-- Asks a provider once more, for what is due now. {"outcome": "requested", "payment"} or {"outcome": "not_found" | "nothing_due" | "not_ended"}
create or replace function public.billing_payment_retry(p_invoice_id uuid, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; p public.billing_payments; was jsonb;
begin
  select * into i from public.billing_invoices where id = p_invoice_id for update;
  select * into p from public.billing_payments where invoice_id = p_invoice_id for update;
  if p.invoice_id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if public.billing_due_of(i) <= 0 then return jsonb_build_object('outcome', 'nothing_due'); end if;
  if p.state not in ('failed', 'refused', 'withdrawn') then return jsonb_build_object('outcome', 'not_ended'); end if;
  was := public.billing_payment_json(p);
  update public.billing_payments set state = 'pending', attempt = attempt + 1, amount = public.billing_due_of(i), error = null, call_at = p_at, looks = 0,
    failures = 0, row_version = row_version + 1, updated_at = p_at
  where invoice_id = p_invoice_id returning * into p;
  perform public.write_audit(p_context, 'payment.retry', 'payment', i.id::text, i.tenant_id, was, public.billing_payment_json(p));
  perform public.write_outbox('billing.payment.requested', i.tenant_id, null, jsonb_build_object('invoice_id', i.id));
  return jsonb_build_object('outcome', 'requested', 'payment', public.billing_payment_json(p));
end $$;

drop function public.billing_payments_list(text, uuid, integer);
-- p_stuck: those of which the provider's answer is missing, or the others; null: all.
create function public.billing_payments_list(p_state text, p_stuck boolean, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_payment_json(p) order by p.invoice_id), '[]') from (
    select * from public.billing_payments where (p_state is null or state = p_state) and (p_stuck is null or p_stuck = (stuck_since is not null))
      and (p_after is null or invoice_id > p_after)
    order by invoice_id limit p_limit) p
$$;
