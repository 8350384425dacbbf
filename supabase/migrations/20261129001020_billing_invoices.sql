-- What is owed. An invoice gathers while its period runs, is a draft once it is rated, and never changes from its number on.

create table public.billing_invoices (
  id uuid primary key,
  kind text not null check (kind in ('invoice', 'credit_note')),
  tenant_id uuid not null references public.tenants (id),
  subscription_id uuid not null references public.billing_subscriptions (id),
  -- The period of the subscription; of a credit note, that of the invoice it corrects.
  period_index integer not null,
  period_from timestamptz not null,
  period_to timestamptz not null check (period_to > period_from),
  corrects uuid references public.billing_invoices (id),
  reason text,
  state text not null check (state in ('gathering', 'draft', 'finalized', 'paid', 'void', 'uncollectible')),
  -- INV-2026-000001, CN-2026-000001
  number text unique,
  currency text not null,
  time_zone text not null,
  zone_data_version text,
  -- Of its lines, what rounding them one by one lacks, and both together. Of a credit note: what is given back, not negative.
  subtotal numeric not null default 0,
  rounding numeric not null default 0,
  total numeric not null default 0,
  -- What was taken from the ledger of credits, what credit notes took off, and what was paid. Due: total less these three.
  credit_applied numeric not null default 0 check (credit_applied >= 0),
  credited numeric not null default 0 check (credited >= 0),
  amount_paid numeric not null default 0 check (amount_paid >= 0),
  -- What it was rated from: the subscription in the period, and the quantities.
  inputs jsonb,
  -- Who sells and who buys, as they were called at the time.
  seller jsonb,
  buyer jsonb,
  run_id uuid,
  finalized_at timestamptz,
  due_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((kind = 'credit_note') = (corrects is not null)),
  check ((number is null) = (finalized_at is null)),
  check (state not in ('finalized', 'paid', 'uncollectible') or number is not null),
  check (total = subtotal + rounding),
  check (credit_applied + credited + amount_paid <= greatest(total, 0))
);
-- Two schedulers make one invoice.
create unique index billing_invoices_period on public.billing_invoices (subscription_id, period_index) where kind = 'invoice';
create index billing_invoices_tenant on public.billing_invoices (tenant_id, id);
create index billing_invoices_subscription on public.billing_invoices (subscription_id);
create index billing_invoices_corrects on public.billing_invoices (corrects);
create index billing_invoices_due on public.billing_invoices (due_at) where state = 'finalized';
alter table public.billing_invoices enable row level security;
create policy nobody on public.billing_invoices as restrictive for all to anon, authenticated using (false);

create table public.billing_invoice_lines (
  invoice_id uuid not null references public.billing_invoices (id),
  line integer not null check (line > 0),
  tenant_id uuid not null,
  kind text not null check (kind in ('recurring', 'usage', 'true_up', 'rounding', 'adjustment', 'credit')),
  component text,
  meter text,
  unit text,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  quantity numeric,
  price_version text,
  amount numeric not null,
  unrounded numeric not null,
  explanation jsonb not null,
  inputs_hash text not null,
  -- Path and query of the API that gives the quantity again.
  query text,
  -- What an adjustment or a credit note's line corrects.
  adjusts_invoice uuid references public.billing_invoices (id),
  description text,
  primary key (invoice_id, line)
);
create index billing_invoice_lines_adjusts on public.billing_invoice_lines (adjusts_invoice);
alter table public.billing_invoice_lines enable row level security;
create policy nobody on public.billing_invoice_lines as restrictive for all to anon, authenticated using (false);

-- The last number given, by kind and year. A rollback gives it back, so that there are no gaps.
create table public.billing_numbers (
  kind text not null,
  year integer not null,
  last bigint not null check (last > 0),
  primary key (kind, year)
);
alter table public.billing_numbers enable row level security;
create policy nobody on public.billing_numbers as restrictive for all to anon, authenticated using (false);

create function public.billing_invoice_json(p_invoice public.billing_invoices) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(p_invoice) - 'inputs' || jsonb_build_object(
    'subtotal', p_invoice.subtotal::text, 'rounding', p_invoice.rounding::text, 'total', p_invoice.total::text,
    'credit_applied', p_invoice.credit_applied::text, 'credited', p_invoice.credited::text, 'amount_paid', p_invoice.amount_paid::text,
    'amount_due', case when p_invoice.state = 'finalized' or p_invoice.state in ('gathering', 'draft')
      then (p_invoice.total - p_invoice.credit_applied - p_invoice.credited - p_invoice.amount_paid)::text else '0' end)
$$;

-- Gives a draft its number, takes what the tenant has in credits, and tells the outbox. What nothing is due of is paid. In the caller's
-- transaction, which is short: whoever gives numbers waits for it.
create function public.billing_finalize(p_invoice_id uuid, p_at timestamptz, p_terms_days integer) returns public.billing_invoices
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; y integer := extract(year from p_at at time zone 'UTC'); n bigint; applied numeric := 0;
begin
  select * into strict i from public.billing_invoices where id = p_invoice_id for update;
  if i.state <> 'draft' then raise exception 'invoice % is %', i.id, i.state using errcode = 'check_violation'; end if;
  insert into public.billing_numbers (kind, year, last) values (i.kind, y, 1)
  on conflict (kind, year) do update set last = public.billing_numbers.last + 1 returning last into n;
  if i.kind = 'invoice' and i.total > 0 then applied := public.billing_credits_apply(i.tenant_id, i.id, i.currency, i.total, p_at); end if;
  update public.billing_invoices set
    number = case kind when 'invoice' then 'INV' else 'CN' end || '-' || y || '-' || lpad(n::text, greatest(6, length(n::text)), '0'),
    credit_applied = applied, finalized_at = p_at, due_at = case kind when 'invoice' then p_at + p_terms_days * interval '1 day' end,
    state = case when kind = 'invoice' and total - applied > 0 then 'finalized' else 'paid' end,
    paid_at = case when kind = 'invoice' and total - applied > 0 then null else p_at end,
    row_version = row_version + 1, updated_at = now()
  where id = i.id returning * into i;
  perform public.write_outbox('billing.invoice.finalized', i.tenant_id, null, jsonb_build_object('invoice_id', i.id, 'number', i.number));
  return i;
end $$;

-- The invoice of the subscription's next period, which begins to gather; metering keeps the period's events until it is closed.
create function public.billing_gathering_open(p_invoice_id uuid, p_subscription public.billing_subscriptions) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone)
  values (p_invoice_id, 'invoice', p_subscription.tenant_id, p_subscription.id, p_subscription.next_period, p_subscription.next_period_from,
    p_subscription.next_period_to, 'gathering', p_subscription.currency, p_subscription.time_zone);
  perform public.usage_period_open(p_subscription.tenant_id, p_subscription.next_period_from, p_subscription.next_period_to);
end $$;
