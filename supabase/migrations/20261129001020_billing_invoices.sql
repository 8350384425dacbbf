-- What is owed. An invoice gathers while its period runs, is a draft once it is rated, and never changes from its number on. What may happen to one
-- is said by triggers, whoever asks; docs/decisions/0059 has why.

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
  -- Why a credit note was written, or the invoice voided or written off.
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
  check (state not in ('gathering', 'draft') or number is null),
  check ((state = 'paid') = (paid_at is not null)),
  check ((state = 'void') = (voided_at is not null)),
  check (total = subtotal + rounding),
  check (number is null or total >= 0),
  check (credit_applied + credited + amount_paid <= greatest(total, 0))
);
-- Two schedulers make one invoice.
create unique index billing_invoices_period on public.billing_invoices (subscription_id, period_index) where kind = 'invoice';
create index billing_invoices_tenant on public.billing_invoices (tenant_id, id);
create index billing_invoices_subscription on public.billing_invoices (subscription_id);
create index billing_invoices_corrects on public.billing_invoices (corrects);
create index billing_invoices_due on public.billing_invoices (due_at) where state = 'finalized';
alter table public.billing_invoices enable row level security;

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

-- The last number given, by kind and year. A rollback gives it back, so that there are no gaps.
create table public.billing_numbers (
  kind text not null,
  year integer not null,
  last bigint not null check (last > 0),
  primary key (kind, year)
);
alter table public.billing_numbers enable row level security;
create policy nobody on public.billing_numbers as restrictive for all to anon, authenticated using (false);

-- What a member may read past Tenantry: numbered ones of the own tenants, in the columns granted here.
create policy members_read on public.billing_invoices for select to authenticated
  using (number is not null and tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.billing_invoice_lines for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids()))
    and exists (select from public.billing_invoices i where i.id = invoice_id and i.number is not null));
-- Without: what it was rated from, which holds the whole contract; the run; how Tenantry keeps its books.
grant select (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, corrects, reason, state, number, currency, time_zone, subtotal,
  rounding, total, credit_applied, credited, amount_paid, seller, buyer, finalized_at, due_at, paid_at, voided_at, created_at, updated_at)
  on public.billing_invoices to authenticated;
grant select (invoice_id, line, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity, price_version, amount, unrounded, explanation,
  inputs_hash, query, adjusts_invoice, description) on public.billing_invoice_lines to authenticated;

-- INV-2026-000001
create function public.billing_number_text(p_kind text, p_year integer, p_n bigint) returns text language sql immutable set search_path = '' as $$
  select case p_kind when 'invoice' then 'INV' else 'CN' end || '-' || p_year || '-' || lpad(p_n::text, greatest(6, length(p_n::text)), '0')
$$;

-- The next number of the kind in the year (UTC). Until the end of the transaction nobody else gets one.
create function public.billing_number_next(p_kind text, p_at timestamptz) returns text language plpgsql set search_path = '' as $$
declare y integer := extract(year from p_at at time zone 'UTC'); n bigint;
begin
  insert into public.billing_numbers (kind, year, last) values (p_kind, y, 1)
  on conflict (kind, year) do update set last = public.billing_numbers.last + 1 returning last into n;
  return public.billing_number_text(p_kind, y, n);
end $$;

-- What is still to be paid; of what was written off too, for it may be paid after all.
create function public.billing_invoice_due(p_invoice public.billing_invoices) returns numeric language sql immutable set search_path = '' as $$
  select case when p_invoice.kind = 'invoice' and p_invoice.state not in ('paid', 'void')
    then greatest(p_invoice.total, 0) - p_invoice.credit_applied - p_invoice.credited - p_invoice.amount_paid else 0 end
$$;

create function public.billing_refuse(p_message text) returns void language plpgsql set search_path = '' as $$
begin
  raise exception using message = p_message, errcode = 'PT409', hint = 'invoice_immutable';
end $$;

-- Which state may follow which, and what may change with it.
create function public.billing_guard_invoice() returns trigger language plpgsql set search_path = '' as $$
declare changed text[]; may text[]; was jsonb;
begin
  if tg_op = 'DELETE' then perform public.billing_refuse('an invoice is never deleted'); end if;
  if tg_op = 'INSERT' then
    if new.state not in ('gathering', 'draft') or new.credit_applied + new.credited + new.amount_paid <> 0 then
      perform public.billing_refuse('an invoice begins as one that gathers, or as a draft');
    end if;
    return new;
  end if;
  if new.state <> old.state and (old.state, new.state) not in (('gathering', 'draft'), ('draft', 'finalized'), ('draft', 'void'),
      ('finalized', 'paid'), ('finalized', 'void'), ('finalized', 'uncollectible'), ('uncollectible', 'paid')) then
    perform public.billing_refuse(format('invoice %s is %s, and cannot become %s', old.id, old.state, new.state));
  end if;
  if old.state in ('gathering', 'draft') then
    if (new.id, new.kind, new.tenant_id, new.subscription_id, new.period_index, new.corrects, new.currency)
      is distinct from (old.id, old.kind, old.tenant_id, old.subscription_id, old.period_index, old.corrects, old.currency) then
      perform public.billing_refuse(format('invoice %s stays what it is', old.id));
    end if;
    if new.state = 'finalized' then perform public.billing_check_numbered(new);
    elsif new.credit_applied + new.credited + new.amount_paid <> 0 then
      perform public.billing_refuse(format('nothing is paid of invoice %s, which has no number', old.id));
    end if;
    return new;
  end if;
  was := to_jsonb(old);
  changed := array(select n.key from jsonb_each(to_jsonb(new)) n where n.value is distinct from was -> n.key);
  may := case when old.state in ('finalized', 'uncollectible') then array['row_version', 'updated_at', 'state', 'credited', 'amount_paid'] else '{}' end
    || case when new.state = old.state then '{}'::text[] when new.state = 'paid' then '{paid_at}' when new.state = 'void' then '{voided_at,reason}' else '{reason}' end;
  if not changed <@ may or new.credited < old.credited or new.amount_paid < old.amount_paid then
    perform public.billing_refuse(format('invoice %s is %s: it does not change any more', coalesce(old.number, old.id::text), old.state));
  end if;
  -- A credit note is settled by being written.
  if new.kind = 'invoice' and new.state <> 'void' and (new.state = 'paid') <> (new.total = new.credit_applied + new.credited + new.amount_paid) then
    perform public.billing_refuse(format('invoice %s is paid when nothing is due, and not before', old.number));
  end if;
  if new.state = 'void' and new.credited + new.amount_paid > 0 then
    perform public.billing_refuse(format('of invoice %s something was paid or credited: a credit note takes back the rest', old.number));
  end if;
  return new;
end $$;

-- The number is the one that was given last, and the lines add up.
create function public.billing_check_numbered(p_invoice public.billing_invoices) returns void language plpgsql set search_path = '' as $$
declare y integer := extract(year from p_invoice.finalized_at at time zone 'UTC'); lines numeric; rest numeric;
begin
  if p_invoice.number is distinct from (
      select public.billing_number_text(kind, year, last) from public.billing_numbers where kind = p_invoice.kind and year = y) then
    perform public.billing_refuse(format('%s is not the next number', p_invoice.number));
  end if;
  select coalesce(sum(amount) filter (where kind <> 'rounding'), 0), coalesce(sum(amount) filter (where kind = 'rounding'), 0) into lines, rest
  from public.billing_invoice_lines where invoice_id = p_invoice.id;
  if lines <> p_invoice.subtotal or rest <> p_invoice.rounding then
    perform public.billing_refuse(format('the lines of invoice %s come to %s and %s of rounding, not to %s and %s', p_invoice.id, lines, rest,
      p_invoice.subtotal, p_invoice.rounding));
  end if;
end $$;

-- Lines come and go while nobody has seen them. The lock makes whoever writes one, and whoever gives the number, wait for each other.
create function public.billing_guard_line() returns trigger language plpgsql set search_path = '' as $$
declare of_line record; i public.billing_invoices;
begin
  for of_line in select new.invoice_id as id, new.tenant_id where tg_op <> 'DELETE' union select old.invoice_id, old.tenant_id where tg_op <> 'INSERT' loop
    select * into i from public.billing_invoices where id = of_line.id for share;
    if i.state not in ('gathering', 'draft') then
      perform public.billing_refuse(format('invoice %s is %s: its lines do not change any more', coalesce(i.number, i.id::text), i.state));
    end if;
    if i.tenant_id <> of_line.tenant_id then perform public.billing_refuse('a line is of the tenant of its invoice'); end if;
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

-- One after the other, and each for an invoice.
create function public.billing_guard_number() returns trigger language plpgsql set search_path = '' as $$
begin
  if tg_op = 'INSERT' and new.last = 1 then return new; end if;
  if tg_op = 'UPDATE' and new.kind = old.kind and new.year = old.year and new.last = old.last + 1 then return new; end if;
  perform public.billing_refuse('numbers are given one after the other');
end $$;
create function public.billing_number_is_used() returns trigger language plpgsql set search_path = '' as $$
begin
  if not exists (select from public.billing_invoices where number = public.billing_number_text(new.kind, new.year, new.last)) then
    perform public.billing_refuse('a number was taken and not given');
  end if;
  return null;
end $$;

create trigger billing_invoices_guard before insert or update or delete on public.billing_invoices
  for each row execute function public.billing_guard_invoice();
create trigger billing_invoices_stay before truncate on public.billing_invoices for each statement execute function public.refuse_change();
create trigger billing_invoice_lines_guard before insert or update or delete on public.billing_invoice_lines
  for each row execute function public.billing_guard_line();
create trigger billing_invoice_lines_stay before truncate on public.billing_invoice_lines for each statement execute function public.refuse_change();
create trigger billing_numbers_guard before insert or update or delete on public.billing_numbers
  for each row execute function public.billing_guard_number();
create trigger billing_numbers_stay before truncate on public.billing_numbers for each statement execute function public.refuse_change();
-- At the end of the transaction: the number is taken before the invoice has it.
create constraint trigger billing_numbers_are_used after insert or update on public.billing_numbers deferrable initially deferred
  for each row execute function public.billing_number_is_used();

create function public.billing_invoice_json(p_invoice public.billing_invoices) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(p_invoice) - 'inputs' || jsonb_build_object(
    'subtotal', p_invoice.subtotal::text, 'rounding', p_invoice.rounding::text, 'total', p_invoice.total::text,
    'credit_applied', p_invoice.credit_applied::text, 'credited', p_invoice.credited::text, 'amount_paid', p_invoice.amount_paid::text,
    'amount_due', public.billing_invoice_due(p_invoice)::text)
$$;

-- Gives a draft its number, takes what the tenant has in credits, freezes who sells and who buys, and tells the outbox. What nothing is due of is
-- paid. One that has its number stays as it is: a retry does nothing. In the caller's transaction, which is short: whoever gives numbers waits
-- for it. The order of locks is invoice, number, credits, trail. p_context null: the caller writes the trail.
create function public.billing_finalize(p_invoice_id uuid, p_at timestamptz, p_terms_days integer, p_context jsonb default null)
returns public.billing_invoices language plpgsql set search_path = '' as $$
declare i public.billing_invoices; next text; applied numeric := 0;
begin
  select * into strict i from public.billing_invoices where id = p_invoice_id for update;
  if i.number is not null then return i; end if;
  if i.kind <> 'invoice' or i.state <> 'draft' then
    raise exception 'invoice % is %', i.id, i.state using errcode = 'PT409', hint = 'invoice_state';
  end if;
  next := public.billing_number_next(i.kind, p_at);
  if i.total > 0 then applied := public.billing_credits_apply(i.tenant_id, i.id, i.currency, i.total, p_at); end if;
  update public.billing_invoices set state = 'finalized', number = next, credit_applied = applied, finalized_at = p_at,
    due_at = p_at + p_terms_days * interval '1 day', seller = public.billing_seller_party(), buyer = public.billing_buyer_party(tenant_id),
    row_version = row_version + 1, updated_at = now()
  where id = i.id returning * into i;
  if public.billing_invoice_due(i) = 0 then
    update public.billing_invoices set state = 'paid', paid_at = p_at where id = i.id returning * into i;
  end if;
  if p_context is not null then
    perform public.write_audit(p_context, 'invoice.finalize', 'invoice', i.id::text, i.tenant_id, null, public.billing_invoice_json(i));
  end if;
  perform public.write_outbox('billing.invoice.finalized', i.tenant_id, null, public.billing_invoice_message(i));
  return i;
end $$;

-- What the outbox tells of an invoice.
create function public.billing_invoice_message(p_invoice public.billing_invoices) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('invoice_id', p_invoice.id, 'number', p_invoice.number, 'subscription_id', p_invoice.subscription_id, 'state', p_invoice.state,
    'currency', p_invoice.currency, 'total', p_invoice.total::text, 'amount_due', public.billing_invoice_due(p_invoice)::text)
$$;

-- The invoice of the subscription's next period, which begins to gather; metering keeps the period's events until it is written.
create function public.billing_gathering_open(p_invoice_id uuid, p_subscription public.billing_subscriptions) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone)
  values (p_invoice_id, 'invoice', p_subscription.tenant_id, p_subscription.id, p_subscription.next_period, p_subscription.next_period_from,
    p_subscription.next_period_to, 'gathering', p_subscription.currency, p_subscription.time_zone);
  -- Without an end: it may come sooner than the period's. Until the invoice is written, whatever stands in its way, its events stay countable.
  perform public.usage_period_open(p_subscription.tenant_id, p_subscription.next_period_from, 'infinity');
end $$;
