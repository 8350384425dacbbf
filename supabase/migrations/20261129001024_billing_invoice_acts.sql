-- What happens to an invoice that has its number: it is paid, voided, written off, or taken back by credit notes. Refusals are raised, so that they undo
-- whatever the caller did before: PT404 invoice_not_found, PT409 invoice_state and what each function names. The order of locks is as in billing_finalize.

-- Money that arrived, once by whoever tells of it and its name there; `applied` of it paid the invoice, the rest became credits.
create table public.billing_receipts (
  provider text not null,
  reference text not null,
  invoice_id uuid not null references public.billing_invoices (id),
  tenant_id uuid not null references public.tenants (id),
  amount numeric not null check (amount > 0 and amount < 'Infinity'),
  applied numeric not null check (applied between 0 and amount),
  at timestamptz not null,
  primary key (provider, reference)
);
create index billing_receipts_invoice on public.billing_receipts (invoice_id);
create index billing_receipts_tenant on public.billing_receipts (tenant_id);
alter table public.billing_receipts enable row level security;
create policy nobody on public.billing_receipts as restrictive for all to anon, authenticated using (false);
create trigger billing_receipts_stay before update or delete on public.billing_receipts for each row execute function public.refuse_change();
create trigger billing_receipts_are_kept before truncate on public.billing_receipts for each statement execute function public.refuse_change();

-- An invoice, locked, in one of these states.
create function public.billing_invoice_lock(p_invoice_id uuid, p_states text[]) returns public.billing_invoices language plpgsql set search_path = '' as $$
declare i public.billing_invoices;
begin
  select * into i from public.billing_invoices where id = p_invoice_id and kind = 'invoice' for update;
  if i.id is null then raise exception 'there is no such invoice' using errcode = 'PT404', hint = 'invoice_not_found'; end if;
  if i.state <> all (p_states) then
    raise exception 'invoice % is %', coalesce(i.number, i.id::text), i.state using errcode = 'PT409', hint = 'invoice_state', detail = i.state;
  end if;
  return i;
end $$;

-- Takes part of what is due as paid or credited; when nothing is due any more, the invoice is paid.
create function public.billing_invoice_settle(p_invoice public.billing_invoices, p_paid numeric, p_credited numeric, p_at timestamptz)
returns public.billing_invoices language plpgsql set search_path = '' as $$
declare i public.billing_invoices; settled boolean := public.billing_invoice_due(p_invoice) = p_paid + p_credited;
begin
  if p_paid + p_credited = 0 then return p_invoice; end if;
  update public.billing_invoices set amount_paid = amount_paid + p_paid, credited = credited + p_credited,
    state = case when settled then 'paid' else state end, paid_at = case when settled then p_at end, row_version = row_version + 1, updated_at = now()
  where id = p_invoice.id returning * into i;
  if settled then perform public.write_outbox('billing.invoice.paid', i.tenant_id, null, public.billing_invoice_message(i)); end if;
  return i;
end $$;

-- Money for an invoice. p_payment: {"provider", "reference", "amount": "decimal" | null (what is due), "currency"?}. What is beyond what is due becomes
-- credits of the tenant; so does all of it where the invoice is paid or void by now, unless provider is manual: what somebody says came by hand is for
-- an open invoice. The same provider and reference again does nothing.
-- {"outcome": "paid" | "partly_paid" | "credited" | "unchanged", "invoice", "to_credits": "decimal"}; raises PT409 payment_differs, currency_differs
create function public.billing_invoice_paid(p_invoice_id uuid, p_payment jsonb, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  i public.billing_invoices; was public.billing_invoices; r public.billing_receipts; manual boolean := p_payment ->> 'provider' = 'manual';
  amount numeric := (p_payment ->> 'amount')::numeric; applied numeric;
begin
  i := public.billing_invoice_lock(p_invoice_id, '{finalized,uncollectible,paid,void}');
  was := i;
  select * into r from public.billing_receipts where provider = p_payment ->> 'provider' and reference = p_payment ->> 'reference';
  if r.provider is null then
    if manual then i := public.billing_invoice_lock(p_invoice_id, '{finalized,uncollectible}'); end if;
    if p_payment ->> 'currency' <> i.currency then
      raise exception 'invoice % is in %', i.number, i.currency using errcode = 'PT409', hint = 'currency_differs';
    end if;
    amount := coalesce(amount, public.billing_invoice_due(i));
    applied := least(amount, public.billing_invoice_due(i));
    insert into public.billing_receipts (provider, reference, invoice_id, tenant_id, amount, applied, at)
    values (p_payment ->> 'provider', p_payment ->> 'reference', i.id, i.tenant_id, amount, applied, p_at) on conflict do nothing returning * into r;
    -- Else somebody told of it for another invoice at the same moment.
  else
    applied := null;
  end if;
  if applied is null or r.provider is null then
    if r.invoice_id is distinct from i.id or r.amount <> coalesce(amount, r.amount) then
      raise exception 'payment % of % is another one', p_payment ->> 'reference', p_payment ->> 'provider' using errcode = 'PT409', hint = 'payment_differs';
    end if;
    return jsonb_build_object('outcome', 'unchanged', 'invoice', public.billing_invoice_json(i), 'to_credits', (r.amount - r.applied)::text);
  end if;
  i := public.billing_invoice_settle(i, applied, 0, p_at);
  if amount > applied then
    perform public.billing_credits_add(i.tenant_id, 'overpayment', r.provider || ':' || r.reference, i.currency, amount - applied, p_at, p_context);
  end if;
  perform public.write_audit(p_context, 'invoice.pay', 'invoice', i.id::text, i.tenant_id, public.billing_invoice_json(was),
    public.billing_invoice_json(i) || jsonb_build_object('payment', to_jsonb(r) || jsonb_build_object('amount', r.amount::text, 'applied', r.applied::text)));
  return jsonb_build_object('invoice', public.billing_invoice_json(i), 'to_credits', (amount - applied)::text,
    'outcome', case when applied = 0 then 'credited' when i.state = 'paid' then 'paid' else 'partly_paid' end);
end $$;

-- A draft, or an invoice of which nothing is paid or credited, is not owed; applied credits go back. A void one stays as it is.
-- {"outcome": "voided" | "unchanged", "invoice"}; raises PT409 invoice_has_payments
create function public.billing_invoice_void(p_invoice_id uuid, p_reason text, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; was public.billing_invoices;
begin
  i := public.billing_invoice_lock(p_invoice_id, '{draft,finalized,void}');
  if i.state = 'void' then return jsonb_build_object('outcome', 'unchanged', 'invoice', public.billing_invoice_json(i)); end if;
  if i.amount_paid + i.credited > 0 then
    raise exception 'of invoice % something was paid or credited', i.number using errcode = 'PT409', hint = 'invoice_has_payments';
  end if;
  was := i;
  update public.billing_invoices set state = 'void', reason = p_reason, voided_at = p_at, row_version = row_version + 1, updated_at = now()
  where id = i.id returning * into i;
  if i.credit_applied > 0 then perform public.billing_credits_unapply(i.tenant_id, i.id, p_at); end if;
  -- The late usage that it carried is of other invoices, and is billed anew.
  insert into public.billing_late_periods (invoice_id, tenant_id)
  select distinct invoice_id, tenant_id from public.billing_adjustments where billed_on = i.id and note_id is null
  on conflict (invoice_id) do update set mark = nextval('public.billing_late_marks');
  perform public.write_audit(p_context, 'invoice.void', 'invoice', i.id::text, i.tenant_id, public.billing_invoice_json(was), public.billing_invoice_json(i));
  perform public.write_outbox('billing.invoice.voided', i.tenant_id, null, public.billing_invoice_message(i));
  return jsonb_build_object('outcome', 'voided', 'invoice', public.billing_invoice_json(i));
end $$;

-- Nobody expects to be paid any more. It may be paid after all. {"outcome": "written_off" | "unchanged", "invoice"}
create function public.billing_invoice_uncollectible(p_invoice_id uuid, p_reason text, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; was public.billing_invoices;
begin
  i := public.billing_invoice_lock(p_invoice_id, '{finalized,uncollectible}');
  if i.state = 'uncollectible' then return jsonb_build_object('outcome', 'unchanged', 'invoice', public.billing_invoice_json(i)); end if;
  was := i;
  update public.billing_invoices set state = 'uncollectible', reason = p_reason, row_version = row_version + 1, updated_at = now()
  where id = i.id returning * into i;
  perform public.write_audit(p_context, 'invoice.write_off', 'invoice', i.id::text, i.tenant_id, public.billing_invoice_json(was),
    public.billing_invoice_json(i) || jsonb_build_object('at', p_at));
  perform public.write_outbox('billing.invoice.uncollectible', i.tenant_id, null, public.billing_invoice_message(i));
  return jsonb_build_object('outcome', 'written_off', 'invoice', public.billing_invoice_json(i));
end $$;

-- The same for a request: {"outcome": "finalized" | "unchanged", "invoice"}
create function public.billing_invoice_finalize(p_invoice_id uuid, p_at timestamptz, p_terms_days integer, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare was public.billing_invoices := public.billing_invoice_lock(p_invoice_id, '{draft,finalized,paid,uncollectible}'); i public.billing_invoices;
begin
  i := public.billing_finalize(was.id, p_at, p_terms_days, p_context);
  return jsonb_build_object('outcome', case when was.number is null then 'finalized' else 'unchanged' end, 'invoice', public.billing_invoice_json(i));
end $$;

-- What credit notes may still take back of an invoice.
create function public.billing_invoice_creditable(p_invoice public.billing_invoices) returns numeric language sql stable set search_path = '' as $$
  select case when p_invoice.state in ('finalized', 'paid', 'uncollectible') then p_invoice.total - coalesce((
    select sum(total) from public.billing_invoices where corrects = p_invoice.id and kind = 'credit_note'), 0) else 0 end
$$;

-- Takes back part of an invoice: first of what is due, the rest becomes credits of the tenant. p_note: {"id", "invoice_id", "reason", "at", "lines":
-- [{"component", "meter", "unit", "from", "to", "quantity", "amount", "description"}]}; from and to are those of the invoice's period unless told, and
-- without lines it is all that is left. The same id again does nothing. {"outcome": "issued" | "unchanged", "note" with its lines, "invoice"}; raises PT409 credit_note_differs, exceeds_invoice
create function public.billing_credit_note_write(p_note jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  i public.billing_invoices; was public.billing_invoices; n public.billing_invoices; at timestamptz := coalesce((p_note ->> 'at')::timestamptz, now());
  lines jsonb := p_note -> 'lines'; total numeric; lowest numeric; open numeric; off numeric; next text; note_id uuid := (p_note ->> 'id')::uuid;
begin
  i := public.billing_invoice_lock((p_note ->> 'invoice_id')::uuid, '{finalized,paid,uncollectible}');
  was := i;
  open := public.billing_invoice_creditable(i);
  select * into n from public.billing_invoices where id = note_id;
  if lines is null then
    lines := jsonb_build_array(jsonb_build_object('amount', coalesce(n.total, open)::text, 'description', p_note ->> 'reason'));
  end if;
  select sum((l ->> 'amount')::numeric), min((l ->> 'amount')::numeric) into total, lowest from jsonb_array_elements(lines) l;
  if n.id is not null then
    if n.corrects is distinct from i.id or n.total <> total then
      raise exception 'credit note % is another one', note_id using errcode = 'PT409', hint = 'credit_note_differs';
    end if;
    return jsonb_build_object('outcome', 'unchanged', 'note', public.billing_invoice_find(n.id::text, null), 'invoice', public.billing_invoice_json(i));
  end if;
  if coalesce(total, 0) <= 0 or lowest < 0 then
    raise exception 'a credit note gives something back, and takes nothing' using errcode = 'PT409', hint = 'nothing_to_credit';
  end if;
  if total > open then
    raise exception 'invoice % has % left to take back', i.number, open using errcode = 'PT409', hint = 'exceeds_invoice', detail = open::text;
  end if;
  next := public.billing_number_next('credit_note', at);
  off := least(total, public.billing_invoice_due(i));
  insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, corrects, reason, state, currency, time_zone,
    zone_data_version, subtotal, total)
  values (note_id, 'credit_note', i.tenant_id, i.subscription_id, i.period_index, i.period_from, i.period_to, i.id, p_note ->> 'reason', 'draft', i.currency,
    i.time_zone, i.zone_data_version, total, total);
  insert into public.billing_invoice_lines (invoice_id, line, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity, amount, unrounded,
    explanation, inputs_hash, adjusts_invoice, description)
  select note_id, l.n, i.tenant_id, 'credit', l.j ->> 'component', l.j ->> 'meter', l.j ->> 'unit', coalesce((l.j ->> 'from')::timestamptz, i.period_from),
    coalesce((l.j ->> 'to')::timestamptz, i.period_to), (l.j ->> 'quantity')::numeric, (l.j ->> 'amount')::numeric, (l.j ->> 'amount')::numeric,
    jsonb_build_array(jsonb_build_object('step', 'credit', 'amount', l.j ->> 'amount')),
    encode(sha256(convert_to(jsonb_build_object('corrects', i.id, 'line', l.j)::text, 'UTF8')), 'hex'), i.id, l.j ->> 'description'
  from jsonb_array_elements(lines) with ordinality l (j, n);
  update public.billing_invoices set state = 'finalized', number = next, finalized_at = at, seller = public.billing_seller_party(), buyer = i.buyer
  where id = note_id;
  -- Settled by being written.
  update public.billing_invoices set state = 'paid', paid_at = at where id = note_id returning * into n;
  i := public.billing_invoice_settle(i, 0, off, at);
  if total > off then
    perform public.billing_credits_add(i.tenant_id, 'credit_note', n.id::text, i.currency, total - off, at, p_context);
  end if;
  perform public.write_audit(p_context, 'credit_note.issue', 'invoice', n.id::text, n.tenant_id, null, public.billing_invoice_json(n));
  if off > 0 then
    perform public.write_audit(p_context, 'invoice.credit', 'invoice', i.id::text, i.tenant_id, public.billing_invoice_json(was), public.billing_invoice_json(i));
  end if;
  perform public.write_outbox('billing.credit_note.issued', n.tenant_id, null, public.billing_invoice_message(n)
    || jsonb_build_object('corrects', i.id, 'to_credits', (total - off)::text));
  return jsonb_build_object('outcome', 'issued', 'note', public.billing_invoice_find(n.id::text, null), 'invoice', public.billing_invoice_json(i));
end $$;
