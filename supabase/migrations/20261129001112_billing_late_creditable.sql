-- As before, with what each of the invoices that have it may still give back: {"creditable": {"<invoice>": "decimal"}}.
create or replace function public.billing_late_state(p_invoice public.billing_invoices) returns jsonb language sql stable set search_path = '' as $$
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
    'creditable', (select jsonb_object_agg(b.id, public.billing_invoice_creditable(b)::text) from public.billing_invoices b
      where b.id in (select p_invoice.id union select billed_on from adjusted)),
    'waiting', (select coalesce(jsonb_agg(id order by id), '[]') from public.billing_adjustments where invoice_id = p_invoice.id and billed_on is null),
    'given', (select coalesce(jsonb_agg(jsonb_build_object('component', l.component, 'from', l.starts_at, 'to', l.ends_at, 'amount', l.amount::text)), '[]')
      from public.billing_invoices n join public.billing_invoice_lines l on l.invoice_id = n.id
      where n.corrects in (select p_invoice.id union select billed_on from adjusted) and n.state <> 'void' and l.kind = 'credit'
        and not exists (select from public.billing_adjustments a where a.note_id = n.id)
        and (n.corrects = p_invoice.id or exists (select from adjusted a
          where a.billed_on = n.corrects and a.component = l.component and a.starts_at = l.starts_at and a.ends_at = l.ends_at))))
$$;
