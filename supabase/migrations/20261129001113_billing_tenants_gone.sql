-- A subscription that ended where its next period would begin: the invoice that gathers for that is not going to be written.

-- Voided, as nothing is deleted; metering need not keep the period's events any more.
create function public.billing_gathering_drop(p_subscription public.billing_subscriptions, p_at timestamptz, p_context jsonb) returns void
language plpgsql set search_path = '' as $$
declare i public.billing_invoices;
begin
  -- A draft is what may be voided.
  update public.billing_invoices set state = 'draft' where subscription_id = p_subscription.id and state = 'gathering' and period_from >= p_subscription.ends_at
  returning * into i;
  if i.id is null then return; end if;
  update public.billing_invoices set state = 'void', reason = 'the subscription had ended', voided_at = p_at, row_version = row_version + 1, updated_at = now()
  where id = i.id returning * into i;
  delete from public.usage_periods where tenant_id = i.tenant_id and starts_at = i.period_from and closed_at is null;
  perform public.write_audit(p_context, 'invoice.void', 'invoice', i.id::text, i.tenant_id, null, public.billing_invoice_json(i));
end $$;

-- As before. Where more was billed than the clock of who deletes shows, nothing gathers any more.
create or replace function public.billing_tenant_gone() returns trigger language plpgsql set search_path = '' as $$
declare s public.billing_subscriptions; was jsonb; over timestamptz;
begin
  for s in select * from public.billing_subscriptions where tenant_id = new.id and status <> 'ended' and (ends_at is null or ends_at > new.deleted_at) for update loop
    was := public.billing_subscription_json(s);
    over := greatest(new.deleted_at, s.started_at + interval '1 microsecond', s.next_period_from);
    update public.billing_subscriptions set ends_at = over where id = s.id returning * into s;
    perform public.billing_gathering_drop(s, new.deleted_at, '{"actor": "system"}');
    perform public.billing_subscription_changed(s.id, was, 'cancel', '{"actor": "system"}');
  end loop;
  return null;
end $$;

-- Those that were left over.
select public.billing_gathering_drop(s, s.ends_at, '{"actor": "system"}') from public.billing_subscriptions s where s.next_period_from >= s.ends_at;
