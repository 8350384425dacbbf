-- What a preview is made of: {"subscription": state, "invoice_id": id | null, "waiting": [{...}]}; null where there is no such subscription. waiting: the
-- adjustments that the tenant's next invoice gets.
create function public.billing_preview_state(p_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('subscription', public.billing_subscription_state(s),
    'invoice_id', (select id from public.billing_invoices where subscription_id = s.id and period_index = s.next_period and kind = 'invoice'),
    'waiting', (select coalesce(jsonb_agg(jsonb_build_object('component', component, 'meter', meter, 'unit', unit, 'from', starts_at, 'to', ends_at,
        'quantity', quantity::text, 'price_version', price_version, 'amount', amount::text, 'explanation', explanation, 'inputs_hash', inputs_hash,
        'query', query, 'description', description, 'adjusts_invoice', invoice_id) order by created_at, id), '[]')
      from public.billing_adjustments a where a.tenant_id = s.tenant_id and a.currency = s.currency and a.billed_on is null
        and exists (select from public.billing_invoices i where i.id = a.invoice_id and i.state <> 'void')))
  from public.billing_subscriptions s where s.id = p_id
$$;
