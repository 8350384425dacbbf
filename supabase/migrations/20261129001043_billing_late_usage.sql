-- Usage that changed after its period was billed. docs/decisions/0058 says why so.

create sequence public.billing_late_marks;

-- Invoices whose usage changed since it was last looked at. A later change makes another mark.
create table public.billing_late_periods (
  invoice_id uuid primary key references public.billing_invoices (id),
  tenant_id uuid not null,
  mark bigint not null default nextval('public.billing_late_marks'),
  since timestamptz not null default now()
);
alter table public.billing_late_periods enable row level security;
create policy nobody on public.billing_late_periods as restrictive for all to anon, authenticated using (false);

create index billing_invoices_of_period on public.billing_invoices (tenant_id, period_from, period_to) where kind = 'invoice' and number is not null;

-- The closed periods that changed, of which there is an invoice with a number.
create function public.billing_late_invoices(p_tenants uuid[]) returns setof public.billing_invoices language sql stable set search_path = '' as $$
  select distinct on (i.id) i.* from public.usage_late_changes l
    join public.billing_invoices i on i.tenant_id = l.tenant_id and i.period_from = l.starts_at and i.period_to = l.ends_at
  where i.kind = 'invoice' and i.number is not null and (p_tenants is null or l.tenant_id = any (p_tenants)) order by i.id
$$;

-- Makes marks of what metering has told. Alone with the shape of counting: every batch that found a period told already has been committed when this
-- reads, and every later one tells it again. Whoever reads quantities after this misses nothing that is not told.
create function public.billing_late_claim(p_tenants uuid[]) returns void language plpgsql set search_path = '' as $$
begin
  if not exists (select from public.billing_late_invoices(p_tenants)) then return; end if;
  perform public.usage_lock_shape(true);
  insert into public.billing_late_periods (invoice_id, tenant_id)
  -- What was voided is not owed, late or not.
  select id, tenant_id from public.billing_late_invoices(p_tenants) where state <> 'void'
  on conflict (invoice_id) do update set mark = nextval('public.billing_late_marks');
  delete from public.usage_late_changes l using public.billing_late_invoices(p_tenants) i
  where i.tenant_id = l.tenant_id and i.period_from = l.starts_at and i.period_to = l.ends_at;
end $$;

-- What was billed for an invoice's period, and from what: {"invoice_id", "tenant_id", "subscription_id", "period_index", "from", "to", "currency", "mark",
-- "subscription", "billed": [...], "carried": [...], "waiting": [id], "given": [...]}. billed: its lines, and what late usage made of them so far; carried: the
-- part of it that other invoices have; waiting: adjustments that no invoice has yet; given: what somebody gave back for other reasons,
-- also of lines by which other invoices carry it.
create function public.billing_late_state(p_invoice public.billing_invoices) returns jsonb language sql stable set search_path = '' as $$
  with adjusted as (
    select a.* from public.billing_adjustments a join public.billing_invoices b on b.id = a.billed_on and b.state <> 'void' where a.invoice_id = p_invoice.id
  )
  select jsonb_build_object('invoice_id', p_invoice.id, 'tenant_id', p_invoice.tenant_id, 'subscription_id', p_invoice.subscription_id,
    'period_index', p_invoice.period_index, 'from', p_invoice.period_from, 'to', p_invoice.period_to, 'currency', p_invoice.currency,
    'mark', (select mark::text from public.billing_late_periods where invoice_id = p_invoice.id), 'subscription', coalesce(p_invoice.inputs -> 'subscription', '{}'),
    'billed', (select coalesce(jsonb_agg(jsonb_build_object('component', component, 'from', starts_at, 'to', ends_at, 'amount', amount::text)), '[]') from (
      select component, starts_at, ends_at, amount from public.billing_invoice_lines where invoice_id = p_invoice.id and kind not in ('adjustment', 'credit')
      union all
      select component, starts_at, ends_at, amount from adjusted
    ) b),
    'carried', (select coalesce(jsonb_agg(jsonb_build_object('invoice_id', billed_on, 'component', component, 'from', starts_at, 'to', ends_at,
        'amount', amount::text) order by newest desc), '[]')
      from (select billed_on, component, starts_at, ends_at, sum(amount) as amount, max(created_at) as newest from adjusted
        where billed_on <> p_invoice.id group by 1, 2, 3, 4 having sum(amount) > 0) c),
    'waiting', (select coalesce(jsonb_agg(id order by id), '[]') from public.billing_adjustments where invoice_id = p_invoice.id and billed_on is null),
    'given', (select coalesce(jsonb_agg(jsonb_build_object('component', l.component, 'from', l.starts_at, 'to', l.ends_at, 'amount', l.amount::text)), '[]')
      from public.billing_invoices n join public.billing_invoice_lines l on l.invoice_id = n.id
      where n.corrects in (select p_invoice.id union select billed_on from adjusted) and n.state <> 'void' and l.kind = 'credit'
        and not exists (select from public.billing_adjustments a where a.note_id = n.id)
        and (n.corrects = p_invoice.id or exists (select from adjusted a
          where a.billed_on = n.corrects and a.component = l.component and a.starts_at = l.starts_at and a.ends_at = l.ends_at))))
$$;

-- By id after p_after. p_unmarked: also what was told and has no mark yet, for those who change nothing.
create function public.billing_late_list(p_tenants uuid[], p_unmarked boolean, p_run uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_late_state(i) order by i.id), '[]') from (
    select * from public.billing_invoices i
    where id in (
        select invoice_id from public.billing_late_periods where p_tenants is null or tenant_id = any (p_tenants)
        union select l.id from public.billing_late_invoices(p_tenants) l where p_unmarked)
      and (p_after is null or id > p_after) and state <> 'void'
      and not exists (select from public.billing_run_items x where x.run_id = p_run and x.subscription_id = i.subscription_id
        and x.period_index = i.period_index and x.kind = 'late_usage' and x.outcome = 'failed')
    order by id limit p_limit
  ) i
$$;

-- p: {"invoice_id", "mark", "waiting": [id], "adjustments": [{"id", "amount", ...}], "credits": [{"id", "invoice_id", "reason", "at", "lines": [...]}],
-- "amount", "at", "run": {"id", "fence"} | null}. What waited is replaced. "written", or, having done nothing, "changed" (the mark, or what waits, is not
-- as it was read) or "lost".
create function public.billing_late_write(p jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare i public.billing_invoices; m public.billing_late_periods; waiting jsonb; credit jsonb;
begin
  if jsonb_typeof(p -> 'run') = 'object' and not public.billing_run_is_held((p -> 'run' ->> 'id')::uuid, (p -> 'run' ->> 'fence')::bigint) then
    return jsonb_build_object('outcome', 'lost');
  end if;
  select * into m from public.billing_late_periods where invoice_id = (p ->> 'invoice_id')::uuid for update;
  if m.mark is distinct from (p ->> 'mark')::bigint then return jsonb_build_object('outcome', 'changed'); end if;
  select coalesce(jsonb_agg(id order by id), '[]') into waiting from (
    select id from public.billing_adjustments where invoice_id = m.invoice_id and billed_on is null order by id for update) w;
  if waiting <> p -> 'waiting' then return jsonb_build_object('outcome', 'changed'); end if;
  select * into strict i from public.billing_invoices where id = m.invoice_id;

  delete from public.billing_adjustments where invoice_id = i.id and billed_on is null;
  perform public.billing_adjustments_add(i, p -> 'adjustments', null, null);
  for credit in select * from jsonb_array_elements(p -> 'credits') order by value ->> 'invoice_id' loop
    perform public.billing_credit_note_write(credit, p_context);
    perform public.billing_adjustments_add(i, credit -> 'lines', (credit ->> 'invoice_id')::uuid, (credit ->> 'id')::uuid);
  end loop;
  delete from public.billing_late_periods where invoice_id = i.id;
  if jsonb_typeof(p -> 'run') = 'object' then
    perform public.billing_run_item_add((p -> 'run' ->> 'id')::uuid, jsonb_build_object('kind', 'late_usage', 'tenant_id', i.tenant_id,
      'subscription_id', i.subscription_id, 'period_index', i.period_index, 'period_from', i.period_from, 'period_to', i.period_to,
      'outcome', case when p -> 'adjustments' = '[]' and p -> 'credits' = '[]' then 'nothing_due' else 'adjusted' end,
      'invoice_id', i.id, 'currency', i.currency, 'amount', p ->> 'amount', 'at', p ->> 'at'));
  end if;
  perform public.write_audit(p_context, 'invoice.adjust', 'invoice', i.id::text, i.tenant_id, null,
    jsonb_build_object('amount', p -> 'amount', 'adjustments', p -> 'adjustments', 'credits', p -> 'credits'));
  return jsonb_build_object('outcome', 'written');
end $$;

-- Of a credit note's lines what they take back, so less than nothing.
create function public.billing_adjustments_add(p_invoice public.billing_invoices, p_lines jsonb, p_billed_on uuid, p_note uuid) returns void
language sql set search_path = '' as $$
  insert into public.billing_adjustments (id, tenant_id, currency, invoice_id, component, meter, unit, starts_at, ends_at, quantity, price_version, amount,
    explanation, inputs_hash, query, description, billed_on, note_id)
  select e.id, p_invoice.tenant_id, p_invoice.currency, p_invoice.id, e.component, e.meter, e.unit, e."from", e."to", e.quantity, e.price_version,
    case when p_note is null then e.amount else -e.amount end, e.explanation, e.inputs_hash, e.query, e.description, p_billed_on, p_note
  from jsonb_to_recordset(p_lines) as e (id uuid, component text, meter text, unit text, "from" timestamptz, "to" timestamptz, quantity numeric,
    price_version text, amount numeric, explanation jsonb, inputs_hash text, query text, description text)
$$;

-- Whether a run would find anything to do.
create function public.billing_has_work(p_by timestamptz) returns boolean language sql stable set search_path = '' as $$
  select exists (select from public.billing_subscriptions s
      where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= p_by)
    or exists (select from public.billing_late_periods l join public.billing_invoices i on i.id = l.invoice_id where i.state <> 'void')
    or exists (select from public.billing_late_invoices(null))
$$;
