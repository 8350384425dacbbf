-- Nobody is past due, reminded or suspended by what a provider may know better (docs/decisions/0068).

-- Whether a provider has to be asked what became of an invoice: its last answer is older than five minutes, or an attempt is under way.
-- p_provider: who collects now; another one cannot be asked.
create function public.billing_payment_is_unknown(p_payment public.billing_payments, p_provider text, p_at timestamptz) returns boolean
language sql immutable set search_path = '' as $$
  select case
    when p_payment.invoice_id is null or p_provider = 'none' then false
    when p_payment.state = 'pending' then true
    when p_payment.provider <> p_provider or p_payment.reference is null then false
    else p_payment.known_at is null or p_payment.known_at < p_at - interval '5 minutes'
  end
$$;

-- What is owed, as billing_arrears has it, and whether that is uncertain: its provider has to be asked, or what it told waits for an operator.
create function public.billing_arrears_certainty(p_subscription_id uuid, p_provider text, p_at timestamptz)
returns table (invoice_id uuid, uncertain boolean) language sql stable set search_path = '' as $$
  select a.id, public.billing_payment_is_unknown(p, p_provider, p_at) or exists (
    select from public.billing_webhook_events e where e.state = 'failed' and e.event ->> 'invoice_id' = a.id::text)
  from public.billing_arrears(p_subscription_id, p_at) a left join public.billing_payments p on p.invoice_id = a.id
$$;

-- Tells of overdue invoices, once for each of these days after they were due; of days that passed unseen, the last one. Not of p_uncertain.
drop function public.billing_remind(uuid, timestamptz, integer[]);
create function public.billing_remind(p_subscription_id uuid, p_at timestamptz, p_days integer[], p_uncertain uuid[]) returns integer
language plpgsql set search_path = '' as $$
declare i public.billing_invoices; latest integer; reminded integer := 0;
begin
  for i in select * from public.billing_invoices where subscription_id = p_subscription_id and state = 'finalized' and due_at <= p_at
    and public.billing_due_of(billing_invoices) > 0 and id <> all (p_uncertain) order by due_at, id
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

-- Brings a subscription to what its invoices say at this time. By those that are uncertain nothing becomes worse: the provider is asked at once, and
-- billing.payment.answered follows in the outbox.
-- {"outcome": "unchanged" | "past_due" | "suspended" | "recovered" | "resumed" | "not_found", "reminded", "uncertain": how many invoices are}
drop function public.billing_dunning_step(uuid, timestamptz, integer, integer[], jsonb);
create function public.billing_dunning_step(p_subscription_id uuid, p_at timestamptz, p_dunning_days integer, p_reminder_days integer[], p_provider text,
  p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  was public.billing_subscriptions; s public.billing_subscriptions; owes boolean; certain boolean; uncertain uuid[]; reminded integer;
  done text := 'unchanged';
begin
  select * into was from public.billing_subscriptions where id = p_subscription_id for update;
  if was.id is null then return jsonb_build_object('outcome', 'not_found'); end if;
  s := was;
  select count(*) > 0, coalesce(bool_or(not a.uncertain), false), coalesce(array_agg(a.invoice_id) filter (where a.uncertain), '{}')
  into owes, certain, uncertain from public.billing_arrears_certainty(s.id, p_provider, p_at) a;
  update public.billing_payments p set call_at = least(p.call_at, p_at), row_version = p.row_version + 1, updated_at = p_at,
    awaited_since = case when s.status in ('active', 'past_due') then coalesce(p.awaited_since, p_at) else p.awaited_since end
  where p.invoice_id = any (uncertain) and p.awaited_since is null and public.billing_payment_is_unknown(p, p_provider, p_at);
  reminded := public.billing_remind(s.id, p_at, p_reminder_days, uncertain);
  if certain and s.status = 'active' then
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
  if certain and s.status = 'past_due' and p_at >= s.past_due_since + p_dunning_days * interval '1 day' then
    perform public.billing_suspend(s.id, 'payment_overdue', p_at, p_context);
    done := 'suspended';
  end if;
  return jsonb_build_object('outcome', done, 'reminded', reminded, 'uncertain', cardinality(uncertain));
end $$;
