-- From due subscriptions to invoices: reading, closing, writing.

-- All that a period is rated from, but the quantities.
create function public.billing_subscription_state(p_subscription public.billing_subscriptions) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', p_subscription.id, 'tenant_id', p_subscription.tenant_id, 'currency', p_subscription.currency,
    'interval', p_subscription.billing_interval, 'time_zone', p_subscription.time_zone, 'anchor_at', p_subscription.anchor_at,
    'ends_at', p_subscription.ends_at, 'next_period', p_subscription.next_period, 'next_period_from', p_subscription.next_period_from,
    'next_period_to', p_subscription.next_period_to, 'row_version', p_subscription.row_version::text,
    'phases', (select coalesce(jsonb_agg(jsonb_build_object('from', starts_at, 'to', ends_at, 'trial', trial, 'plan_version', plan_version,
      'components', components) order by starts_at, seq), '[]') from public.billing_phases where subscription_id = p_subscription.id),
    'overrides', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'component', component, 'from', starts_at, 'to', ends_at,
      'terms', terms) order by starts_at, id), '[]') from public.billing_overrides where subscription_id = p_subscription.id))
$$;

create function public.billing_subscription_is_due(p_subscription public.billing_subscriptions, p_by timestamptz) returns boolean
language sql immutable set search_path = '' as $$
  select (p_subscription.ends_at is null or p_subscription.next_period_from < p_subscription.ends_at)
    and least(p_subscription.next_period_to, p_subscription.ends_at) <= p_by
$$;

-- States of subscriptions whose next period ended by p_by, by id after p_after; none that failed in this run already.
create function public.billing_due_list(p_by timestamptz, p_tenants uuid[], p_run uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_subscription_state(s) order by s.id), '[]') from (
    select * from public.billing_subscriptions s
    where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= p_by
      and (p_tenants is null or tenant_id = any (p_tenants)) and (p_after is null or id > p_after)
      and not exists (select from public.billing_run_items i
        where i.run_id = p_run and i.subscription_id = s.id and i.outcome = 'failed' and i.kind = 'period')
    order by id limit p_limit
  ) s
$$;

-- Closes the usage of what is due of these, so that from here on whatever comes is told as late. Before anything is read for them.
-- [{"id", "outcome": "closed" | "not_due" | "period_not_over"}]
create function public.billing_periods_close(p_ids uuid[], p_by timestamptz) returns jsonb language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; told jsonb; answers jsonb := '[]';
begin
  -- In the order of all: the shape of counting before any row.
  perform public.usage_lock_shape(true);
  for s in select * from public.billing_subscriptions where id = any (p_ids) order by id for share loop
    if public.billing_subscription_is_due(s, p_by) then
      told := public.usage_period_close(s.tenant_id, s.next_period_from, least(s.next_period_to, s.ends_at));
      answers := answers || jsonb_build_object('id', s.id, 'outcome', told -> 'outcome');
    else
      answers := answers || jsonb_build_object('id', s.id, 'outcome', 'not_due');
    end if;
  end loop;
  return answers;
end $$;

-- What late usage made of a period that has its invoice. More becomes a line of the tenant's next one; less was given back by a credit note.
create table public.billing_adjustments (
  id uuid primary key,
  tenant_id uuid not null references public.tenants (id),
  currency text not null,
  invoice_id uuid not null references public.billing_invoices (id),
  component text,
  meter text,
  unit text,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  quantity numeric,
  price_version text,
  amount numeric not null check ((amount > 0) = (note_id is null) and amount <> 0),
  explanation jsonb not null,
  inputs_hash text not null,
  query text,
  description text,
  -- The invoice that has it as a line, or that the note took it off; null: it waits.
  billed_on uuid references public.billing_invoices (id),
  note_id uuid references public.billing_invoices (id) check (note_id is null or billed_on is not null),
  created_at timestamptz not null default now()
);
create index billing_adjustments_waiting on public.billing_adjustments (tenant_id, currency) where billed_on is null;
create index billing_adjustments_tenant on public.billing_adjustments (tenant_id);
create index billing_adjustments_invoice on public.billing_adjustments (invoice_id);
create index billing_adjustments_billed_on on public.billing_adjustments (billed_on);
create index billing_adjustments_note on public.billing_adjustments (note_id);
alter table public.billing_adjustments enable row level security;
create policy nobody on public.billing_adjustments as restrictive for all to anon, authenticated using (false);

create function public.billing_lines_add(p_invoice public.billing_invoices, p_lines jsonb) returns void language sql set search_path = '' as $$
  insert into public.billing_invoice_lines (invoice_id, line, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity, price_version, amount,
    unrounded, explanation, inputs_hash, query, description)
  select p_invoice.id, l.n, p_invoice.tenant_id, e.kind, e.component, e.meter, e.unit, e."from", e."to", e.quantity, e.price_version, e.amount, e.unrounded,
    e.explanation, e.inputs_hash, e.query, e.description
  from jsonb_array_elements(p_lines) with ordinality l (j, n) cross join lateral jsonb_to_record(l.j) as e (kind text, component text, meter text, unit text,
    "from" timestamptz, "to" timestamptz, quantity numeric, price_version text, amount numeric, unrounded numeric, explanation jsonb, inputs_hash text,
    query text, description text)
$$;

-- What waits for the tenant's next invoice becomes its last lines. Returns what they come to.
create function public.billing_adjustments_take(p_invoice public.billing_invoices) returns numeric language plpgsql set search_path = '' as $$
declare a public.billing_adjustments; n integer; added numeric := 0;
begin
  select coalesce(max(line), 0) into n from public.billing_invoice_lines where invoice_id = p_invoice.id;
  -- What an invoice that was voided since had to little is not owed either.
  for a in select w.* from public.billing_adjustments w join public.billing_invoices i on i.id = w.invoice_id and i.state <> 'void'
    where w.tenant_id = p_invoice.tenant_id and w.currency = p_invoice.currency and w.billed_on is null order by w.created_at, w.id for update of w
  loop
    n := n + 1;
    insert into public.billing_invoice_lines (invoice_id, line, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity, price_version, amount,
      unrounded, explanation, inputs_hash, query, adjusts_invoice, description)
    values (p_invoice.id, n, a.tenant_id, 'adjustment', a.component, a.meter, a.unit, a.starts_at, a.ends_at, a.quantity, a.price_version, a.amount,
      a.amount, a.explanation, a.inputs_hash, a.query, a.invoice_id, a.description);
    update public.billing_adjustments set billed_on = p_invoice.id where id = a.id;
    added := added + a.amount;
  end loop;
  return added;
end $$;

-- The whole of one invoice, or nothing of it. p: {"subscription_id", "period_index", "row_version", "invoice_id", "next_invoice_id", "lines", "subtotal",
-- "rounding", "zone_data_version", "inputs", "next": {"from", "to"}, "at", "terms_days", "run": {"id", "fence"} | null}
-- {"outcome": "written", "invoice_id", "total": "decimal"}, or, having done nothing, "already" (somebody else wrote it), "changed" (the subscription is
-- not as it was read), "lost" (somebody else has the run).
create function public.billing_invoice_write(p jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; i public.billing_invoices; at timestamptz := (p ->> 'at')::timestamptz; added numeric; until timestamptz;
begin
  if jsonb_typeof(p -> 'run') = 'object' and not public.billing_run_is_held((p -> 'run' ->> 'id')::uuid, (p -> 'run' ->> 'fence')::bigint) then
    return jsonb_build_object('outcome', 'lost');
  end if;
  select * into strict s from public.billing_subscriptions where id = (p ->> 'subscription_id')::uuid for update;
  if s.next_period > (p ->> 'period_index')::integer then return jsonb_build_object('outcome', 'already'); end if;
  if s.row_version <> (p ->> 'row_version')::bigint or s.next_period <> (p ->> 'period_index')::integer then
    return jsonb_build_object('outcome', 'changed');
  end if;
  if (p -> 'next' ->> 'from')::timestamptz <> s.next_period_to then
    raise exception 'the next period must begin where this one ends' using errcode = 'check_violation';
  end if;
  until := least(s.next_period_to, s.ends_at);

  -- Only a subscription from before there were rows that gather has none.
  if not exists (select from public.billing_invoices where subscription_id = s.id and period_index = s.next_period and kind = 'invoice') then
    insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone)
    values ((p ->> 'invoice_id')::uuid, 'invoice', s.tenant_id, s.id, s.next_period, s.next_period_from, until, 'gathering', s.currency, s.time_zone);
  end if;
  update public.billing_invoices set state = 'draft', period_to = until, subtotal = (p ->> 'subtotal')::numeric, rounding = (p ->> 'rounding')::numeric,
    total = (p ->> 'subtotal')::numeric + (p ->> 'rounding')::numeric, zone_data_version = p ->> 'zone_data_version', inputs = p -> 'inputs',
    run_id = (p -> 'run' ->> 'id')::uuid, row_version = row_version + 1, updated_at = now()
  where subscription_id = s.id and period_index = s.next_period and kind = 'invoice' and state = 'gathering' returning * into strict i;
  perform public.billing_lines_add(i, p -> 'lines');
  added := public.billing_adjustments_take(i);
  if added > 0 then
    update public.billing_invoices set subtotal = subtotal + added, total = total + added where id = i.id;
  end if;

  delete from public.usage_periods where tenant_id = s.tenant_id and starts_at = s.next_period_from and closed_at is null;
  update public.billing_subscriptions set next_period = next_period + 1, next_period_from = next_period_to,
    next_period_to = (p -> 'next' ->> 'to')::timestamptz, row_version = row_version + 1, updated_at = now()
  where id = s.id returning * into s;
  if s.ends_at is null or s.next_period_from < s.ends_at then
    perform public.billing_gathering_open((p ->> 'next_invoice_id')::uuid, s);
  end if;
  -- Last: whoever gives numbers, and whoever writes the trail, waits for it.
  i := public.billing_finalize(i.id, at, (p ->> 'terms_days')::integer);
  if jsonb_typeof(p -> 'run') = 'object' then
    perform public.billing_run_item_add((p -> 'run' ->> 'id')::uuid, jsonb_build_object('kind', 'period', 'tenant_id', s.tenant_id, 'subscription_id', s.id,
      'period_index', i.period_index, 'period_from', i.period_from, 'period_to', i.period_to, 'outcome', case when i.total = 0 then 'nothing_due' else 'invoiced' end,
      'invoice_id', i.id, 'currency', i.currency, 'amount', i.total::text, 'at', at));
  end if;
  perform public.write_audit(p_context, 'invoice.finalize', 'invoice', i.id::text, i.tenant_id, null, public.billing_invoice_json(i));
  return jsonb_build_object('outcome', 'written', 'invoice_id', i.id, 'total', i.total::text);
end $$;
