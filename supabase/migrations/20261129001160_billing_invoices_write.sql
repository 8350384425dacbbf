-- Invoices are written and numbered several at a time: with a transaction for each, a run waits for disk and numbers more than it works.
-- docs/decisions/0075 has why nothing is lost by it.

-- Numbers go on, some at a time, and at the end of the transaction each of them is an invoice's.
create or replace function public.billing_guard_number() returns trigger language plpgsql set search_path = '' as $$
begin
  -- The bound is what the check at the end has to look through.
  if tg_op = 'INSERT' and new.last between 1 and 10000 then return new; end if;
  if tg_op = 'UPDATE' and new.kind = old.kind and new.year = old.year and new.last - old.last between 1 and 10000 then return new; end if;
  perform public.billing_refuse('numbers are given one after the other');
end $$;
create or replace function public.billing_number_is_used() returns trigger language plpgsql set search_path = '' as $$
declare given text[];
begin
  given := array(select public.billing_number_text(new.kind, new.year, n) from generate_series(coalesce(old.last, 0) + 1, new.last) n);
  if (select count(*) from public.billing_invoices where number = any (given)) <> cardinality(given) then
    perform public.billing_refuse('a number was taken and not given');
  end if;
  return null;
end $$;

-- Takes the next p_count numbers of the kind in the year (UTC). Until the end of the transaction nobody else gets one. Returns the last of them.
create function public.billing_numbers_take(p_kind text, p_at timestamptz, p_count integer) returns bigint language sql set search_path = '' as $$
  insert into public.billing_numbers (kind, year, last) values (p_kind, extract(year from p_at at time zone 'UTC'), p_count)
  on conflict (kind, year) do update set last = public.billing_numbers.last + excluded.last returning last
$$;
create or replace function public.billing_number_next(p_kind text, p_at timestamptz) returns text language sql set search_path = '' as $$
  select public.billing_number_text(p_kind, extract(year from p_at at time zone 'UTC')::integer, public.billing_numbers_take(p_kind, p_at, 1))
$$;

-- The number is one that was taken, and so, as every one before has its invoice, one of this transaction's; and the lines add up.
create or replace function public.billing_check_numbered(p_invoice public.billing_invoices) returns void language plpgsql set search_path = '' as $$
declare y integer := extract(year from p_invoice.finalized_at at time zone 'UTC'); n bigint := substring(p_invoice.number from '-(\d{1,18})$'); lines numeric; rest numeric;
begin
  if p_invoice.number is distinct from public.billing_number_text(p_invoice.kind, y, n)
    or not exists (select from public.billing_numbers where kind = p_invoice.kind and year = y and last >= n) then
    perform public.billing_refuse(format('%s is not the next number', p_invoice.number));
  end if;
  select coalesce(sum(amount) filter (where kind <> 'rounding'), 0), coalesce(sum(amount) filter (where kind = 'rounding'), 0) into lines, rest
  from public.billing_invoice_lines where invoice_id = p_invoice.id;
  if lines <> p_invoice.subtotal or rest <> p_invoice.rounding then
    perform public.billing_refuse(format('the lines of invoice %s come to %s and %s of rounding, not to %s and %s', p_invoice.id, lines, rest,
      p_invoice.subtotal, p_invoice.rounding));
  end if;
end $$;

-- As the guard of each line, of all that one statement adds.
create function public.billing_guard_new_lines() returns trigger language plpgsql set search_path = '' as $$
declare i public.billing_invoices;
begin
  for i in select * from public.billing_invoices where id in (select invoice_id from added) order by id for share loop
    if i.state not in ('gathering', 'draft') then
      perform public.billing_refuse(format('invoice %s is %s: its lines do not change any more', coalesce(i.number, i.id::text), i.state));
    end if;
    if exists (select from added where invoice_id = i.id and tenant_id <> i.tenant_id) then
      perform public.billing_refuse('a line is of the tenant of its invoice');
    end if;
  end loop;
  return null;
end $$;
create trigger billing_invoice_lines_guard_new after insert on public.billing_invoice_lines referencing new table as added
  for each statement execute function public.billing_guard_new_lines();
drop trigger billing_invoice_lines_guard on public.billing_invoice_lines;
create trigger billing_invoice_lines_guard before update or delete on public.billing_invoice_lines
  for each row execute function public.billing_guard_line();

-- Gives drafts their numbers, in this order, takes what the tenants have in credits, freezes who sells and who buys, and tells the outbox. What nothing
-- is due of is paid. In the caller's transaction, which is short: whoever gives numbers waits for it. The order of locks is invoices by id, number,
-- credits, trail, which the caller writes.
create function public.billing_finalize_all(p_invoice_ids uuid[], p_at timestamptz, p_terms_days integer) returns setof public.billing_invoices
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; applied jsonb := '{}'; before bigint; y integer := extract(year from p_at at time zone 'UTC'); sells jsonb;
begin
  if p_invoice_ids = '{}' then return; end if;
  for i in select * from public.billing_invoices where id = any (p_invoice_ids) order by id for update loop
    if i.kind <> 'invoice' or i.state <> 'draft' then
      raise exception 'invoice % is %', i.id, i.state using errcode = 'PT409', hint = 'invoice_state';
    end if;
  end loop;
  before := public.billing_numbers_take('invoice', p_at, cardinality(p_invoice_ids)) - cardinality(p_invoice_ids);
  for i in select v.* from unnest(p_invoice_ids) with ordinality g (id, n) join public.billing_invoices v on v.id = g.id
    where v.total > 0 and exists (select from public.billing_ledger_accounts a where a.tenant_id = v.tenant_id and a.currency = v.currency) order by g.n
  loop
    applied := applied || jsonb_build_object(i.id, public.billing_credits_apply(i.tenant_id, i.id, i.currency, i.total, p_at)::text);
  end loop;
  sells := public.billing_seller_party();
  update public.billing_invoices v set state = 'finalized', number = public.billing_number_text('invoice', y, before + g.n),
    credit_applied = coalesce((applied ->> v.id::text)::numeric, 0), finalized_at = p_at, due_at = p_at + p_terms_days * interval '1 day', seller = sells,
    buyer = public.billing_buyer_party(v.tenant_id), row_version = row_version + 1, updated_at = now()
  from unnest(p_invoice_ids) with ordinality g (id, n) where v.id = g.id;
  update public.billing_invoices v set state = 'paid', paid_at = p_at where id = any (p_invoice_ids) and public.billing_invoice_due(v) = 0;
  for i in select v.* from unnest(p_invoice_ids) with ordinality g (id, n) join public.billing_invoices v on v.id = g.id order by g.n loop
    perform public.write_outbox('billing.invoice.finalized', i.tenant_id, null, public.billing_invoice_message(i));
    return next i;
  end loop;
end $$;

-- As before, of one; one that has its number stays as it is: a retry does nothing. p_context null: the caller writes the trail.
create or replace function public.billing_finalize(p_invoice_id uuid, p_at timestamptz, p_terms_days integer, p_context jsonb default null)
returns public.billing_invoices language plpgsql set search_path = '' as $$
declare i public.billing_invoices;
begin
  select * into strict i from public.billing_invoices where id = p_invoice_id for update;
  if i.number is not null then return i; end if;
  select * into strict i from public.billing_finalize_all(array[p_invoice_id], p_at, p_terms_days);
  if p_context is not null then
    perform public.write_audit(p_context, 'invoice.finalize', 'invoice', i.id::text, i.tenant_id, null, public.billing_invoice_json(i));
  end if;
  return i;
end $$;

-- Invoices of different subscriptions, all of them or none. p: {"at", "terms_days", "run": {"id", "fence"} | null, "invoices": [{"subscription_id",
-- "period_index", "row_version", "invoice_id", "next_invoice_id", "lines", "subtotal", "rounding", "zone_data_version", "inputs", "next": {"from", "to"}}]}
-- What became of each, in their order: "written", or, nothing having been done for it, "already" (somebody else wrote it), "changed" (the subscription
-- is not as it was read), "lost" (somebody else has the run).
drop function public.billing_invoice_write(jsonb, jsonb);
create function public.billing_invoices_write(p jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  run uuid := (p -> 'run' ->> 'id')::uuid; at timestamptz := (p ->> 'at')::timestamptz; outcomes jsonb; others bigint[]; ids uuid[];
  i public.billing_invoices;
begin
  if run is not null and not public.billing_run_is_held(run, (p -> 'run' ->> 'fence')::bigint) then
    return (select jsonb_agg('lost'::text) from jsonb_array_elements(p -> 'invoices'));
  end if;
  -- All of them before anything else, in the order in which everybody locks several.
  perform 1 from public.billing_subscriptions
  where id = any (array(select (e ->> 'subscription_id')::uuid from jsonb_array_elements(p -> 'invoices') e)) order by id for update;
  select jsonb_agg(o.outcome order by e.n), coalesce(array_agg(e.n) filter (where o.outcome <> 'written'), '{}') into outcomes, others
  from jsonb_array_elements(p -> 'invoices') with ordinality e (j, n)
    cross join lateral jsonb_to_record(e.j) as r (subscription_id uuid, period_index integer, row_version bigint)
    left join public.billing_subscriptions b on b.id = r.subscription_id
    cross join lateral (select case when b.next_period > r.period_index then 'already'
      when b.next_period = r.period_index and b.row_version = r.row_version then 'written' else 'changed' end as outcome) o;

  -- Most often there are none, and what was sent need not be copied.
  ids := public.billing_invoices_draft(case when others = '{}' then p -> 'invoices'
    else (select coalesce(jsonb_agg(j order by n), '[]') from jsonb_array_elements(p -> 'invoices') with ordinality e (j, n) where n <> all (others)) end, run);
  -- Last: whoever gives numbers, and whoever writes the trail, waits for it.
  for i in select * from public.billing_finalize_all(ids, at, (p ->> 'terms_days')::integer) loop
    if run is not null then
      perform public.billing_run_item_add(run, jsonb_build_object('kind', 'period', 'tenant_id', i.tenant_id, 'subscription_id', i.subscription_id,
        'period_index', i.period_index, 'period_from', i.period_from, 'period_to', i.period_to, 'invoice_id', i.id, 'currency', i.currency,
        'outcome', case when i.total = 0 then 'nothing_due' else 'invoiced' end, 'amount', i.total::text, 'at', at));
    end if;
    -- The trail is told no inputs, and need not read them.
    i.inputs := null;
    perform public.write_audit(p_context, 'invoice.finalize', 'invoice', i.id::text, i.tenant_id, null, public.billing_invoice_json(i));
  end loop;
  return outcomes;
end $$;

-- Makes drafts of the invoices that gathered, with their lines, and has the next periods begin. p_invoices: some of `invoices` above, each as its
-- subscription is. Returns their ids, in their order.
create function public.billing_invoices_draft(p_invoices jsonb, p_run uuid) returns uuid[] language plpgsql set search_path = '' as $$
declare i public.billing_invoices; ids uuid[]; added numeric;
begin
  if exists (select from jsonb_to_recordset(p_invoices) as e (subscription_id uuid, next jsonb) join public.billing_subscriptions s on s.id = e.subscription_id
    where (e.next ->> 'from')::timestamptz <> s.next_period_to) then
    raise exception 'the next period must begin where this one ends' using errcode = 'check_violation';
  end if;
  -- Only a subscription from before there were rows that gather has none.
  insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone)
  select e.invoice_id, 'invoice', s.tenant_id, s.id, s.next_period, s.next_period_from, least(s.next_period_to, s.ends_at), 'gathering', s.currency, s.time_zone
  from jsonb_to_recordset(p_invoices) as e (subscription_id uuid, invoice_id uuid) join public.billing_subscriptions s on s.id = e.subscription_id
  where not exists (select from public.billing_invoices g where g.subscription_id = s.id and g.period_index = s.next_period and g.kind = 'invoice');
  update public.billing_invoices v set state = 'draft', period_to = least(s.next_period_to, s.ends_at), subtotal = e.subtotal, rounding = e.rounding,
    total = e.subtotal + e.rounding, zone_data_version = e.zone_data_version, inputs = e.inputs, run_id = p_run, row_version = v.row_version + 1,
    updated_at = now()
  from jsonb_to_recordset(p_invoices) as e (subscription_id uuid, subtotal numeric, rounding numeric, zone_data_version text, inputs jsonb)
    join public.billing_subscriptions s on s.id = e.subscription_id
  where v.subscription_id = s.id and v.period_index = s.next_period and v.kind = 'invoice' and v.state = 'gathering';
  ids := array(select v.id from jsonb_array_elements(p_invoices) with ordinality e (j, n)
    join public.billing_invoices v on v.subscription_id = (e.j ->> 'subscription_id')::uuid and v.period_index = (e.j ->> 'period_index')::integer
      and v.kind = 'invoice' and v.state = 'draft' order by e.n);
  if cardinality(ids) <> jsonb_array_length(p_invoices) then raise exception 'an invoice of these does not gather' using errcode = 'check_violation'; end if;
  insert into public.billing_invoice_lines (invoice_id, line, tenant_id, kind, component, meter, unit, starts_at, ends_at, quantity, price_version, amount,
    unrounded, explanation, inputs_hash, query, description)
  select v.id, l.n, v.tenant_id, r.kind, r.component, r.meter, r.unit, r."from", r."to", r.quantity, r.price_version, r.amount, r.unrounded, r.explanation,
    r.inputs_hash, r.query, r.description
  from unnest(ids) with ordinality g (id, n) join public.billing_invoices v on v.id = g.id
    cross join lateral jsonb_array_elements(p_invoices -> (g.n - 1)::integer -> 'lines') with ordinality l (j, n)
    cross join lateral jsonb_to_record(l.j) as r (kind text, component text, meter text, unit text, "from" timestamptz, "to" timestamptz, quantity numeric,
      price_version text, amount numeric, unrounded numeric, explanation jsonb, inputs_hash text, query text, description text);
  for i in select v.* from unnest(ids) with ordinality g (id, n) join public.billing_invoices v on v.id = g.id
    where exists (select from public.billing_adjustments a where a.tenant_id = v.tenant_id and a.currency = v.currency and a.billed_on is null) order by g.n
  loop
    added := public.billing_adjustments_take(i);
    update public.billing_invoices set subtotal = subtotal + added, total = total + added where id = i.id and added > 0;
  end loop;
  perform public.billing_next_periods(p_invoices);
  return ids;
end $$;

-- Has the periods after those of these invoices begin.
create function public.billing_next_periods(p_invoices jsonb) returns void language plpgsql set search_path = '' as $$
begin
  delete from public.usage_periods u using jsonb_to_recordset(p_invoices) as e (subscription_id uuid) join public.billing_subscriptions s on s.id = e.subscription_id
  where u.tenant_id = s.tenant_id and u.starts_at = s.next_period_from and u.closed_at is null;
  update public.billing_subscriptions s set next_period = s.next_period + 1, next_period_from = s.next_period_to,
    next_period_to = (e.next ->> 'to')::timestamptz, row_version = s.row_version + 1, updated_at = now()
  from jsonb_to_recordset(p_invoices) as e (subscription_id uuid, next jsonb) where s.id = e.subscription_id;
  perform public.billing_gather((select jsonb_agg(jsonb_build_object('subscription_id', e.subscription_id, 'invoice_id', e.next_invoice_id))
    from jsonb_to_recordset(p_invoices) as e (subscription_id uuid, next_invoice_id uuid) join public.billing_subscriptions s on s.id = e.subscription_id
    where s.ends_at is null or s.next_period_from < s.ends_at));
end $$;

-- The invoices of subscriptions' next periods, which begin to gather; metering keeps the periods' events until they are written.
-- p_invoices: [{"subscription_id", "invoice_id"}]
create function public.billing_gather(p_invoices jsonb) returns void language plpgsql set search_path = '' as $$
begin
  insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone)
  select e.invoice_id, 'invoice', s.tenant_id, s.id, s.next_period, s.next_period_from, s.next_period_to, 'gathering', s.currency, s.time_zone
  from jsonb_to_recordset(p_invoices) as e (subscription_id uuid, invoice_id uuid) join public.billing_subscriptions s on s.id = e.subscription_id;
  -- Without an end: it may come sooner than the period's. Until the invoice is written, whatever stands in its way, its events stay countable.
  insert into public.usage_periods (tenant_id, starts_at, ends_at)
  select s.tenant_id, s.next_period_from, 'infinity'
  from jsonb_to_recordset(p_invoices) as e (subscription_id uuid) join public.billing_subscriptions s on s.id = e.subscription_id
  on conflict do nothing;
end $$;
create or replace function public.billing_gathering_open(p_invoice_id uuid, p_subscription public.billing_subscriptions) returns void
language sql set search_path = '' as $$
  select public.billing_gather(jsonb_build_array(jsonb_build_object('subscription_id', p_subscription.id, 'invoice_id', p_invoice_id)))
$$;
drop function public.billing_lines_add(public.billing_invoices, jsonb);
