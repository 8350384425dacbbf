-- Reading invoices: one value each, whose decimals are text.

create function public.billing_line_json(p_line public.billing_invoice_lines) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_line) || jsonb_build_object('quantity', trim_scale(p_line.quantity)::text, 'amount', p_line.amount::text,
    'unrounded', trim_scale(p_line.unrounded)::text)
$$;

-- By id or number, with its lines, or null. p_tenants: of these alone, and only what has a number; null: of everybody.
create function public.billing_invoice_find(p_invoice text, p_tenants uuid[]) returns jsonb language sql stable set search_path = '' as $$
  select public.billing_invoice_json(i) || jsonb_build_object('lines', coalesce((
    select jsonb_agg(public.billing_line_json(l) order by l.line) from public.billing_invoice_lines l where l.invoice_id = i.id), '[]'))
  from public.billing_invoices i
  where (i.id = case when p_invoice ~ '^[0-9a-fA-F-]{36}$' then p_invoice::uuid end or i.number = p_invoice)
    and (p_tenants is null or (i.tenant_id = any (p_tenants) and i.number is not null))
$$;

-- Newest first, after the given id. p_query: {"tenants": [id] | null, "numbered", "subscription", "state", "kind", "number", "from", "to", "after",
-- "limit"}; from and to are of finalized_at.
create function public.billing_invoices_list(p_query jsonb) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_invoice_json(i) order by i.id desc), '[]') from (
    select * from public.billing_invoices
    where (jsonb_typeof(p_query -> 'tenants') is distinct from 'array'
        or tenant_id = any (array(select jsonb_array_elements_text(p_query -> 'tenants')::uuid)))
      and (not (p_query ->> 'numbered')::boolean or number is not null)
      and (p_query ->> 'subscription' is null or subscription_id = (p_query ->> 'subscription')::uuid)
      and (p_query ->> 'state' is null or state = p_query ->> 'state') and (p_query ->> 'kind' is null or kind = p_query ->> 'kind')
      and (p_query ->> 'number' is null or number = p_query ->> 'number')
      and (p_query ->> 'from' is null or finalized_at >= (p_query ->> 'from')::timestamptz)
      and (p_query ->> 'to' is null or finalized_at < (p_query ->> 'to')::timestamptz)
      and (p_query ->> 'after' is null or id < (p_query ->> 'after')::uuid)
    order by id desc limit (p_query ->> 'limit')::integer
  ) as i
$$;
