-- What waits for the next invoices of tenants, for dry runs and previews: in the order in which an invoice would have it.
-- [{"tenant_id", "currency", "since", "period": {"from", "to"}, "line": {...}}]; period: that of the invoice that it adjusts.
create function public.billing_waiting_list(p_tenants uuid[]) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', a.tenant_id, 'currency', a.currency, 'since', a.since,
    'period', jsonb_build_object('from', i.period_from, 'to', i.period_to), 'line', jsonb_build_object('component', a.component, 'meter', a.meter,
      'unit', a.unit, 'from', a.starts_at, 'to', a.ends_at, 'quantity', trim_scale(a.quantity)::text, 'price_version', a.price_version,
      'amount', a.amount::text, 'explanation', a.explanation, 'inputs_hash', a.inputs_hash, 'query', a.query, 'description', a.description,
      'adjusts_invoice', a.invoice_id)) order by a.created_at, a.id), '[]')
  from public.billing_adjustments_waiting(p_tenants) a join public.billing_invoices i on i.id = a.invoice_id
$$;

-- What a preview is made of: {"subscription": state, "invoice_id": id | null}; null where there is no such subscription.
create or replace function public.billing_preview_state(p_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('subscription', public.billing_subscription_state(s),
    'invoice_id', (select id from public.billing_invoices where subscription_id = s.id and period_index = s.next_period and kind = 'invoice' and not closing))
  from public.billing_subscriptions s where s.id = p_id
$$;
