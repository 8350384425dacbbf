-- What becomes of a subscription that is not paid for, and when it is paid for again (docs/decisions/0065).

alter table public.billing_subscriptions
  add column suspended_at timestamptz,
  add column suspension_reason text;
create index billing_subscriptions_in_arrears on public.billing_subscriptions (id) where status in ('past_due', 'suspended') or suspended_at is not null;

create index billing_invoices_uncollectible on public.billing_invoices (subscription_id) where state = 'uncollectible';

-- Which reminders of an invoice were given, by days after it was due.
create table public.billing_reminders (
  invoice_id uuid not null references public.billing_invoices (id),
  day integer not null,
  reminded_at timestamptz not null,
  primary key (invoice_id, day)
);
alter table public.billing_reminders enable row level security;
create policy nobody on public.billing_reminders as restrictive for all to anon, authenticated using (false);

-- Invoices that should have been paid by now: overdue, refused by the means of payment, or given up.
create function public.billing_arrears(p_subscription_id uuid, p_at timestamptz) returns setof public.billing_invoices
language sql stable set search_path = '' as $$
  select i.* from public.billing_invoices i left join public.billing_payments p on p.invoice_id = i.id
  where i.subscription_id = p_subscription_id and i.kind = 'invoice'
    and i.total > i.credit_applied + i.credited + i.amount_paid
    and (i.state = 'uncollectible' or (i.state = 'finalized' and (i.due_at <= p_at or p.state = 'failed')))
$$;

create function public.billing_subscription_told(p_topic text, p_subscription public.billing_subscriptions, p_reason text) returns void
language sql set search_path = '' as $$
  select public.write_outbox('billing.subscription.' || p_topic, p_subscription.tenant_id, null,
    jsonb_strip_nulls(jsonb_build_object('subscription_id', p_subscription.id, 'reason', p_reason)))
$$;

-- Stops what a subscription gives, until it is resumed. The same again does nothing. Who runs instances is told by the outbox.
-- {"outcome": "suspended" | "unchanged" | "ended" | "not_found"}
create function public.billing_suspend(p_subscription_id uuid, p_reason text, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare was public.billing_subscriptions; s public.billing_subscriptions;
begin
  select * into was from public.billing_subscriptions where id = p_subscription_id for update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if was.status in ('suspended', 'ended') then
    return jsonb_build_object('outcome', case was.status when 'ended' then 'ended' else 'unchanged' end);
  end if;
  update public.billing_subscriptions set status = 'suspended', suspended_at = p_at, suspension_reason = p_reason,
    row_version = row_version + 1, updated_at = now()
  where id = was.id returning * into s;
  perform public.write_audit(p_context, 'subscription.suspend', 'subscription', s.id::text, s.tenant_id, to_jsonb(was), to_jsonb(s));
  perform public.billing_subscription_told('suspended', s, p_reason);
  return jsonb_build_object('outcome', 'suspended');
end $$;

-- Gives it again. What is still overdue begins a dunning time of its own with the next look. One that ended while it was suspended stays
-- ended, and holds back nothing any more.
-- {"outcome": "resumed" | "unchanged" | "not_found", "status"}
create function public.billing_resume(p_subscription_id uuid, p_at timestamptz, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare was public.billing_subscriptions; s public.billing_subscriptions;
begin
  select * into was from public.billing_subscriptions where id = p_subscription_id for update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  if was.suspended_at is null then return jsonb_build_object('outcome', 'unchanged', 'status', was.status); end if;
  update public.billing_subscriptions set status = case status when 'suspended' then 'active' else status end, suspended_at = null,
    suspension_reason = null, past_due_since = null, row_version = row_version + 1, updated_at = now()
  where id = was.id returning * into s;
  perform public.write_audit(p_context, 'subscription.resume', 'subscription', s.id::text, s.tenant_id, to_jsonb(was), to_jsonb(s));
  perform public.billing_subscription_told('resumed', s, null);
  return jsonb_build_object('outcome', 'resumed', 'status', s.status);
end $$;

-- Tells of overdue invoices, once for each of these days after they were due; of days that passed unseen, the last one.
create function public.billing_remind(p_subscription_id uuid, p_at timestamptz, p_days integer[]) returns integer
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; latest integer; reminded integer := 0;
begin
  for i in select * from public.billing_invoices where subscription_id = p_subscription_id and state = 'finalized' and due_at <= p_at
    and public.billing_due_of(billing_invoices) > 0 order by due_at, id
  loop
    select max(d) into latest from unnest(p_days) d where i.due_at + d * interval '1 day' <= p_at;
    continue when latest is null or exists (select from public.billing_reminders r where r.invoice_id = i.id and r.day >= latest);
    insert into public.billing_reminders (invoice_id, day, reminded_at) values (i.id, latest, p_at);
    perform public.write_outbox('billing.invoice.overdue', i.tenant_id, null, jsonb_build_object('invoice_id', i.id, 'number', i.number,
      'subscription_id', i.subscription_id, 'day', latest, 'due_at', i.due_at, 'amount_due', public.billing_due_of(i)::text, 'currency', i.currency));
    reminded := reminded + 1;
  end loop;
  return reminded;
end $$;

-- Brings a subscription to what its invoices say at this time.
-- {"outcome": "unchanged" | "past_due" | "suspended" | "recovered" | "resumed" | "not_found", "reminded"}
create function public.billing_dunning_step(p_subscription_id uuid, p_at timestamptz, p_dunning_days integer, p_reminder_days integer[], p_context jsonb)
returns jsonb language plpgsql set search_path = '' as $$
declare was public.billing_subscriptions; s public.billing_subscriptions; owes boolean; reminded integer; done text := 'unchanged';
begin
  select * into was from public.billing_subscriptions where id = p_subscription_id for update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  s := was;
  owes := exists (select from public.billing_arrears(s.id, p_at));
  reminded := public.billing_remind(s.id, p_at, p_reminder_days);
  if owes and s.status = 'active' then
    done := 'past_due';
    update public.billing_subscriptions set status = 'past_due', past_due_since = p_at, row_version = row_version + 1, updated_at = now()
    where id = s.id returning * into s;
  elsif not owes and s.status = 'past_due' then
    done := 'recovered';
    update public.billing_subscriptions set status = 'active', past_due_since = null, row_version = row_version + 1, updated_at = now()
    where id = s.id returning * into s;
  -- After a trial nothing is sold until somebody activates it: that an old invoice was paid begins nothing.
  elsif not owes and s.suspended_at is not null and s.suspension_reason is distinct from 'trial_ended' then
    perform public.billing_resume(s.id, p_at, p_context);
    done := 'resumed';
  end if;
  if done in ('past_due', 'recovered') then
    perform public.write_audit(p_context, 'subscription.' || done, 'subscription', s.id::text, s.tenant_id, to_jsonb(was), to_jsonb(s));
    perform public.billing_subscription_told(done, s, null);
  end if;
  if owes and s.status = 'past_due' and p_at >= s.past_due_since + p_dunning_days * interval '1 day' then
    perform public.billing_suspend(s.id, 'payment_overdue', p_at, p_context);
    done := 'suspended';
  end if;
  return jsonb_build_object('outcome', done, 'reminded', reminded);
end $$;

-- Subscriptions that dunning has to look at, by id, after the given one.
create function public.billing_dunning_due(p_at timestamptz, p_after uuid, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(id order by id), '[]') from (
    select d.id from (
      select id from public.billing_subscriptions where status in ('past_due', 'suspended') or suspended_at is not null
      union select subscription_id from public.billing_invoices where state = 'finalized' and due_at <= p_at
      union select subscription_id from public.billing_invoices where state = 'uncollectible'
      union select i.subscription_id from public.billing_payments p join public.billing_invoices i on i.id = p.invoice_id
        where p.state = 'failed' and i.state = 'finalized'
    ) d where p_after is null or d.id > p_after order by d.id limit p_limit) due
$$;
