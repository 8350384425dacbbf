-- Late usage of subscriptions that are over, billed by an invoice of its own. docs/decisions/0069 says why so.

-- Made of adjustments alone, after the last period of a subscription: its index goes on from there, and its time is that of the periods it adjusts.
alter table public.billing_invoices add column closing boolean not null default false check (not closing or kind = 'invoice');
grant select (closing) on public.billing_invoices to authenticated;

-- Since when it has waited for an invoice, also where it was worked out anew meanwhile; by the clock of who billed it.
alter table public.billing_adjustments add column since timestamptz not null default now();
update public.billing_adjustments set since = created_at;
alter table public.billing_adjustments alter column since drop default;

alter table public.billing_run_items drop constraint billing_run_items_kind_check;
alter table public.billing_run_items add constraint billing_run_items_kind_check check (kind in ('period', 'late_usage', 'closing'));

-- As before, and told since when what waits has waited.
drop function public.billing_adjustments_add(public.billing_invoices, jsonb, uuid, uuid);
create function public.billing_adjustments_add(p_invoice public.billing_invoices, p_lines jsonb, p_billed_on uuid, p_note uuid, p_since timestamptz)
returns void language sql set search_path = '' as $$
  insert into public.billing_adjustments (id, tenant_id, currency, invoice_id, component, meter, unit, starts_at, ends_at, quantity, price_version, amount,
    explanation, inputs_hash, query, description, billed_on, note_id, since)
  select e.id, p_invoice.tenant_id, p_invoice.currency, p_invoice.id, e.component, e.meter, e.unit, e."from", e."to", e.quantity, e.price_version,
    case when p_note is null then e.amount else -e.amount end, e.explanation, e.inputs_hash, e.query, e.description, p_billed_on, p_note, p_since
  from jsonb_to_recordset(p_lines) as e (id uuid, component text, meter text, unit text, "from" timestamptz, "to" timestamptz, quantity numeric,
    price_version text, amount numeric, explanation jsonb, inputs_hash text, query text, description text)
$$;

-- As before. What replaces what waited has waited as long.
create or replace function public.billing_late_write(p jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare i public.billing_invoices; m public.billing_late_periods; waiting jsonb; credit jsonb; at timestamptz := (p ->> 'at')::timestamptz; since timestamptz;
begin
  if jsonb_typeof(p -> 'run') = 'object' and not public.billing_run_is_held((p -> 'run' ->> 'id')::uuid, (p -> 'run' ->> 'fence')::bigint) then
    return jsonb_build_object('outcome', 'lost');
  end if;
  select * into m from public.billing_late_periods where invoice_id = (p ->> 'invoice_id')::uuid for update;
  if m.mark is distinct from (p ->> 'mark')::bigint then return jsonb_build_object('outcome', 'changed'); end if;
  select coalesce(jsonb_agg(w.id order by w.id), '[]'), coalesce(min(w.since), at) into waiting, since from (
    select a.id, a.since from public.billing_adjustments a where a.invoice_id = m.invoice_id and a.billed_on is null order by a.id for update) w;
  if waiting <> p -> 'waiting' then return jsonb_build_object('outcome', 'changed'); end if;
  select * into strict i from public.billing_invoices where id = m.invoice_id;

  delete from public.billing_adjustments where invoice_id = i.id and billed_on is null;
  perform public.billing_adjustments_add(i, p -> 'adjustments', null, null, since);
  for credit in select * from jsonb_array_elements(p -> 'credits') order by value ->> 'invoice_id' loop
    perform public.billing_credit_note_write(credit, p_context);
    perform public.billing_adjustments_add(i, credit -> 'lines', (credit ->> 'invoice_id')::uuid, (credit ->> 'id')::uuid, at);
  end loop;
  delete from public.billing_late_periods where invoice_id = i.id;
  if jsonb_typeof(p -> 'run') = 'object' then
    perform public.billing_run_item_add((p -> 'run' ->> 'id')::uuid, jsonb_build_object('kind', 'late_usage', 'tenant_id', i.tenant_id,
      'subscription_id', i.subscription_id, 'period_index', i.period_index, 'period_from', i.period_from, 'period_to', i.period_to,
      'outcome', case when p -> 'adjustments' = '[]' and p -> 'credits' = '[]' then 'nothing_due' else 'adjusted' end,
      'invoice_id', i.id, 'currency', i.currency, 'amount', p ->> 'amount', 'at', at));
  end if;
  perform public.write_audit(p_context, 'invoice.adjust', 'invoice', i.id::text, i.tenant_id, null,
    jsonb_build_object('amount', p -> 'amount', 'adjustments', p -> 'adjustments', 'credits', p -> 'credits'));
  return jsonb_build_object('outcome', 'written');
end $$;

-- As before. A closing invoice has the time of the periods that it adjusts, and none of its own.
create or replace function public.billing_late_invoices(p_tenants uuid[]) returns setof public.billing_invoices language sql stable set search_path = '' as $$
  select distinct on (i.id) i.* from public.usage_late_changes l
    join public.billing_invoices i on i.tenant_id = l.tenant_id and i.period_from = l.starts_at and i.period_to = l.ends_at
  where i.kind = 'invoice' and not i.closing and i.number is not null and (p_tenants is null or l.tenant_id = any (p_tenants)) order by i.id
$$;

-- Adjustments that no invoice has. What an invoice that was voided since had too little is not owed.
create function public.billing_adjustments_waiting(p_tenants uuid[]) returns setof public.billing_adjustments language sql stable set search_path = '' as $$
  select a.* from public.billing_adjustments a join public.billing_invoices i on i.id = a.invoice_id and i.state <> 'void'
  where a.billed_on is null and (p_tenants is null or a.tenant_id = any (p_tenants))
$$;

-- Where no invoice is to come that would take what waits: of each tenant and currency without a period to bill, the subscription that ended last.
-- p_since: only where something has waited since then; null: whatever waits, and also p_also, [{"tenant_id", "currency"}].
create function public.billing_closings(p_tenants uuid[], p_also jsonb, p_since timestamptz) returns setof public.billing_subscriptions
language sql stable set search_path = '' as $$
  select s.* from (
    select tenant_id, currency from public.billing_adjustments_waiting(p_tenants) group by 1, 2 having p_since is null or min(since) <= p_since
    union select * from jsonb_to_recordset(p_also) as a (tenant_id uuid, currency text)
  ) w cross join lateral (
    select * from public.billing_subscriptions s where s.tenant_id = w.tenant_id and s.currency = w.currency order by ends_at desc nulls first, id desc limit 1
  ) s
  where not exists (select from public.billing_subscriptions o where o.tenant_id = w.tenant_id and o.currency = w.currency
    and (o.ends_at is null or o.next_period_from < o.ends_at))
$$;

-- After every period, and every closing invoice before it.
create function public.billing_closing_index(p_subscription_id uuid) returns integer language sql stable set search_path = '' as $$
  select greatest(s.next_period, (select max(period_index) + 1 from public.billing_invoices where subscription_id = s.id and kind = 'invoice'))
  from public.billing_subscriptions s where id = p_subscription_id
$$;

-- By subscription after p_after: {"subscription_id", "tenant_id", "currency", "period_index", "from", "to"}; the times are of what waits, or of the subscription.
create function public.billing_closings_list(p_tenants uuid[], p_also jsonb, p_since timestamptz, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('subscription_id', s.id, 'tenant_id', s.tenant_id, 'currency', s.currency,
    'period_index', public.billing_closing_index(s.id), 'from', s.started_at, 'to', s.ends_at) order by s.id), '[]') from (
    select * from public.billing_closings(p_tenants, p_also, p_since) where p_after is null or id > p_after order by id limit p_limit
  ) s
$$;

-- p: {"subscription_id", "invoice_id", "at", "terms_days", "run": {"id", "fence"} | null}. The invoice of all that waits for the tenant in this currency.
-- {"outcome": "written", "invoice_id", "total": "decimal"}, or, having done nothing, "already" (nothing waits, or another invoice is to come that takes
-- it), "lost" (somebody else has the run).
create function public.billing_closing_write(p jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; i public.billing_invoices; at timestamptz := (p ->> 'at')::timestamptz; added numeric;
begin
  if jsonb_typeof(p -> 'run') = 'object' and not public.billing_run_is_held((p -> 'run' ->> 'id')::uuid, (p -> 'run' ->> 'fence')::bigint) then
    return jsonb_build_object('outcome', 'lost');
  end if;
  -- Who races for it waits here, and finds nothing waiting then.
  select * into strict s from public.billing_subscriptions where id = (p ->> 'subscription_id')::uuid for update;
  perform 1 from public.billing_adjustments where tenant_id = s.tenant_id and currency = s.currency and billed_on is null order by id for update;
  if not exists (select from public.billing_closings(array[s.tenant_id], '[]', null) c where c.id = s.id) then
    return jsonb_build_object('outcome', 'already');
  end if;
  insert into public.billing_invoices (id, kind, closing, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone, run_id)
  values ((p ->> 'invoice_id')::uuid, 'invoice', true, s.tenant_id, s.id, public.billing_closing_index(s.id), s.started_at, s.ends_at, 'draft', s.currency,
    s.time_zone, (p -> 'run' ->> 'id')::uuid) returning * into i;
  added := public.billing_adjustments_take(i);
  update public.billing_invoices set subtotal = added, total = added, period_from = a."from", period_to = a."to" from (
    select min(o.period_from) as "from", max(o.period_to) as "to" from public.billing_invoice_lines l join public.billing_invoices o on o.id = l.adjusts_invoice
    where l.invoice_id = i.id) a
  where id = i.id;
  -- Last, as with every invoice.
  i := public.billing_finalize(i.id, at, (p ->> 'terms_days')::integer);
  if jsonb_typeof(p -> 'run') = 'object' then
    perform public.billing_run_item_add((p -> 'run' ->> 'id')::uuid, jsonb_build_object('kind', 'closing', 'tenant_id', s.tenant_id, 'subscription_id', s.id,
      'period_index', i.period_index, 'period_from', i.period_from, 'period_to', i.period_to, 'outcome', 'invoiced', 'invoice_id', i.id,
      'currency', i.currency, 'amount', i.total::text, 'at', at));
  end if;
  perform public.write_audit(p_context, 'invoice.finalize', 'invoice', i.id::text, i.tenant_id, null, public.billing_invoice_json(i));
  return jsonb_build_object('outcome', 'written', 'invoice_id', i.id, 'total', i.total::text);
end $$;

-- As before, with closing invoices. p_closing_by: what has waited since then is billed.
drop function public.billing_has_work(timestamptz);
create function public.billing_has_work(p_by timestamptz, p_closing_by timestamptz) returns boolean language sql stable set search_path = '' as $$
  select exists (select from public.billing_subscriptions s
      where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= p_by)
    or exists (select from public.billing_late_periods l join public.billing_invoices i on i.id = l.invoice_id where i.state <> 'void')
    or exists (select from public.billing_late_invoices(null))
    or exists (select from public.billing_closings(null, '[]', p_closing_by))
$$;

-- As before; what closing invoices come to counts too.
create or replace function public.billing_run_json(p_run public.billing_runs) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(p_run) - 'request_id' || jsonb_build_object(
    'progress', (select jsonb_build_object('done', count(*), 'invoiced', count(*) filter (where outcome = 'invoiced'),
        'nothing_due', count(*) filter (where outcome = 'nothing_due'), 'adjusted', count(*) filter (where outcome = 'adjusted'),
        'failed', count(*) filter (where outcome = 'failed'))
      from public.billing_run_items where run_id = p_run.id),
    'amounts', (select coalesce(jsonb_object_agg(currency, amount), '{}') from (
      select currency, sum(amount)::text as amount from public.billing_run_items where run_id = p_run.id and kind <> 'late_usage' and outcome <> 'failed'
      group by 1) x),
    'failures', (select coalesce(jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'subscription_id', subscription_id, 'kind', kind,
        'period_index', period_index, 'error', error) order by n), '[]')
      from (select * from public.billing_run_items where run_id = p_run.id and outcome = 'failed' order by n limit 100) f))
$$;

-- As before. What is billed to its end is over for good, whatever time somebody's clock shows: its late usage may have been billed since.
create or replace function public.billing_subscription_end(p_id uuid, p_ends_at timestamptz, p_row_version bigint, p_at timestamptz, p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare l record := public.billing_subscription_lock(p_id, p_row_version, p_at); s public.billing_subscriptions := l.s; was jsonb;
begin
  if l.refusal is not null then return l.refusal; end if;
  if s.next_period_from >= s.ends_at then return jsonb_build_object('outcome', 'ended'); end if;
  if p_ends_at <= s.next_period_from then return jsonb_build_object('outcome', 'already_billed'); end if;
  was := public.billing_subscription_json(s);
  update public.billing_subscriptions set ends_at = p_ends_at where id = p_id;
  return public.billing_subscription_changed(p_id, was, case when p_ends_at is null then 'uncancel' else 'cancel' end, p_context);
end $$;
