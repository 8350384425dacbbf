-- Members read past Tenantry what they are subscribed to, as the API shows it to them: docs/decisions/0070.
-- Phases and overrides are whoever's the subscription is.

drop policy nobody on public.billing_subscriptions;
drop policy nobody on public.billing_phases;
drop policy nobody on public.billing_overrides;

create policy members_read on public.billing_subscriptions for select to authenticated
  using (tenant_id = any (array(select private.my_tenant_ids())));
create policy members_read on public.billing_phases for select to authenticated
  using (subscription_id = any (array(select s.id from public.billing_subscriptions s where s.tenant_id = any (array(select private.my_tenant_ids())))));
create policy members_read on public.billing_overrides for select to authenticated
  using (subscription_id = any (array(select s.id from public.billing_subscriptions s where s.tenant_id = any (array(select private.my_tenant_ids())))));

-- Without: how Tenantry keeps its books.
grant select (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, trial_ends_at, trial_end, ends_at, past_due_since,
  next_period, next_period_from, next_period_to, created_at, updated_at) on public.billing_subscriptions to authenticated;
grant select (subscription_id, seq, starts_at, ends_at, trial, plan_version, components) on public.billing_phases to authenticated;
grant select (id, subscription_id, component, starts_at, ends_at, terms) on public.billing_overrides to authenticated;
