-- Replaces billing_margins, billing_idle and billing_llm_price_changed. docs/decisions/0072 says why.

-- By tenant and currency, of whole days in UTC from p_from to p_to: revenue is the lines of invoices that are owed or paid, less those of credit notes,
-- by the part of a line's time that is in it. Of an invoice that was written off it is what was settled before: paid, with money or credits, or credited,
-- which its credit notes take off again. A tenant with amounts in several currencies has no margin: nobody knows what one is worth in another.
-- p_running: lines of a period that is not over, as if they were invoiced: {currency, lines: [{starts_at, ends_at, amount}]} or null.
create or replace function public.billing_margins(p_tenant_id uuid, p_from date, p_to date, p_running jsonb)
returns table (tenant_id uuid, currency text, revenue numeric, llm_cost numeric, llm_computed numeric, cluster_cost numeric, margin numeric)
language sql stable set search_path = '' as $$
  with bounds as (select p_from::timestamp at time zone 'UTC' as a, p_to::timestamp at time zone 'UTC' as b),
  amounts as (
    select i.tenant_id, i.currency, case when i.kind = 'credit_note' then -s.amount when i.state <> 'uncollectible' then s.amount
        else round(s.amount * (i.credit_applied + i.credited + i.amount_paid) / i.total, 12) end as revenue,
      0 as llm_cost, 0 as llm_computed, 0 as cluster_cost
    from bounds, public.billing_invoice_lines l join public.billing_invoices i on i.id = l.invoice_id,
      lateral (select public.billing_share(l.amount, l.starts_at, l.ends_at, a, b)) s (amount)
    where (p_tenant_id is null or i.tenant_id = p_tenant_id) and i.number is not null and (i.state in ('finalized', 'paid') or i.state = 'uncollectible' and i.credit_applied + i.credited + i.amount_paid > 0)
      and l.starts_at < b and (l.ends_at > a or l.ends_at = l.starts_at and l.starts_at >= a)
    union all
    select p_tenant_id, p_running ->> 'currency', public.billing_share(l.amount, l.starts_at, l.ends_at, a, b), 0, 0, 0
    from bounds, jsonb_to_recordset(p_running -> 'lines') as l (starts_at timestamptz, ends_at timestamptz, amount numeric)
    where l.starts_at < b and l.ends_at > a
    union all
    select c.tenant_id, c.currency, 0, case c.source when 'llm' then c.cost else 0 end, coalesce(c.computed, 0), case c.source when 'cluster' then c.cost else 0 end
    from public.billing_costs c where (p_tenant_id is null or c.tenant_id = p_tenant_id) and c.day >= p_from and c.day < p_to
  ), sums as (
    select tenant_id, currency, sum(revenue) as revenue, sum(llm_cost) as llm_cost, sum(llm_computed) as llm_computed, sum(cluster_cost) as cluster_cost
    from amounts group by tenant_id, currency
  )
  select s.*, case when count(*) filter (where revenue <> 0 or llm_cost <> 0 or cluster_cost <> 0) over (partition by tenant_id) <= 1
    then revenue - llm_cost - cluster_cost end
  from sums s
$$;

-- What of the cluster was bought until p_now, what of it tenants are charged, what is left, and what they are charged beyond what was bought:
-- [{currency, bought, charged, idle, overcommitted}], bought + overcommitted = charged + idle. All but charged are null where a rate does not say how
-- much was bought.
create or replace function public.billing_idle(p_from date, p_to date, p_now timestamptz) returns jsonb language sql stable set search_path = '' as $$
  with rates as (
    select r.*, greatest(effective_from, p_from::timestamp at time zone 'UTC') as a,
      least(coalesce(lead(effective_from) over (order by effective_from), 'infinity'), p_to::timestamp at time zone 'UTC', p_now) as b
    from public.billing_cost_rates r
  ), bought as (
    select currency, count(*) filter (where hour is null) as unknown, round(sum(hour * extract(epoch from b - a)) / 3600, 12) as amount from (
      select currency, a, b, case when cpu_core_hour = 0 then 0 else cpu_core_hour * cpu_cores end + case when memory_gib_hour = 0 then 0 else memory_gib_hour * memory_gib end
        + case when storage_gib_hour = 0 then 0 else storage_gib_hour * storage_gib end as hour from rates where b > a
    ) p group by currency
  ), charged as (
    select currency, sum(cost) as amount from public.billing_costs where source = 'cluster' and day >= p_from and day < p_to group by currency
  )
  select coalesce(jsonb_agg(jsonb_build_object('currency', currency, 'bought', trim_scale(bought)::text, 'charged', trim_scale(charged)::text,
    'idle', case when bought is not null then trim_scale(greatest(bought - charged, 0))::text end,
    'overcommitted', case when bought is not null then trim_scale(greatest(charged - bought, 0))::text end) order by currency), '[]') from (
    select currency, case when b.unknown = 0 then b.amount end as bought, coalesce(c.amount, 0) as charged
    from bought b full join charged c using (currency)
  ) x
$$;

-- Days that were made with other prices than those that are in force from then on: of a new price those of its time, of one that now ends at another time
-- those between its two ends, also where nothing follows it.
create or replace function public.billing_llm_price_changed() returns trigger language plpgsql set search_path = '' as $$
declare since timestamptz := new.effective_from; until timestamptz := coalesce(new.effective_to, 'infinity');
begin
  if tg_op = 'UPDATE' and (old.effective_from, old.currency, old.input, old.output, old.cache_read, old.cache_write)
      = (new.effective_from, new.currency, new.input, new.output, new.cache_read, new.cache_write) then
    since := least(coalesce(old.effective_to, 'infinity'), until);
    until := greatest(coalesce(old.effective_to, 'infinity'), until);
  end if;
  insert into public.billing_stale_costs (tenant_id, day)
  select tenant_id, day from public.billing_cost_days
  where llm_calls > 0 and day >= (since at time zone 'UTC')::date and day <= (until at time zone 'UTC')::date
  on conflict do nothing;
  return null;
end $$;
