-- What tenants bring beside what they cost. Currencies stand side by side.

-- Of an amount for a time the part that is between two instants; all of it, to the last digit, where the time is between them.
create function public.billing_share(p_amount numeric, p_starts_at timestamptz, p_ends_at timestamptz, p_a timestamptz, p_b timestamptz) returns numeric
language sql immutable set search_path = '' as $$
  select case when p_starts_at >= p_a and p_ends_at <= p_b then p_amount
    else round(p_amount * extract(epoch from least(p_ends_at, p_b) - greatest(p_starts_at, p_a)) / extract(epoch from p_ends_at - p_starts_at), 12) end
$$;

-- By tenant and currency, of whole days in UTC from p_from to p_to: revenue is the lines of invoices that are owed or paid, less those of credit notes,
-- by the part of a line's time that is in it. A tenant with amounts in several currencies has no margin: nobody knows what one is worth in another.
-- p_running: lines of a period that is not over, as if they were invoiced: {currency, lines: [{starts_at, ends_at, amount}]} or null.
create function public.billing_margins(p_tenant_id uuid, p_from date, p_to date, p_running jsonb)
returns table (tenant_id uuid, currency text, revenue numeric, llm_cost numeric, llm_computed numeric, cluster_cost numeric, margin numeric)
language sql stable set search_path = '' as $$
  with bounds as (select p_from::timestamp at time zone 'UTC' as a, p_to::timestamp at time zone 'UTC' as b),
  amounts as (
    select i.tenant_id, i.currency, case i.kind when 'credit_note' then -1 else 1 end * public.billing_share(l.amount, l.starts_at, l.ends_at, a, b) as revenue,
      0 as llm_cost, 0 as llm_computed, 0 as cluster_cost
    from bounds, public.billing_invoice_lines l join public.billing_invoices i on i.id = l.invoice_id
    where (p_tenant_id is null or i.tenant_id = p_tenant_id) and i.number is not null and i.state in ('finalized', 'paid')
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

-- [{tenant_id, currency, revenue, llm_cost, llm_computed, cluster_cost, margin}], the worst first within each currency, after the given one.
create function public.billing_margin_list(p_tenant_id uuid, p_from date, p_to date, p_currency text, p_running jsonb, p_after jsonb, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'currency', currency, 'revenue', trim_scale(revenue)::text, 'llm_cost', trim_scale(llm_cost)::text,
    'llm_computed', trim_scale(llm_computed)::text, 'cluster_cost', trim_scale(cluster_cost)::text, 'margin', trim_scale(margin)::text)
    order by currency, margin nulls last, tenant_id), '[]') from (
    select * from public.billing_margins(p_tenant_id, p_from, p_to, p_running)
    where (p_currency is null or currency = p_currency) and (p_after is null
      or (currency, margin is null, coalesce(margin, 0), tenant_id)
        > (p_after ->> 0, p_after ->> 1 is null, coalesce((p_after ->> 1)::numeric, 0), (p_after ->> 2)::uuid))
    order by currency, margin nulls last, tenant_id limit p_limit
  ) m
$$;

-- How complete the costs are: {llm_calls, llm_unpriced, samples, samples_unpriced}, of one tenant or of all.
create function public.billing_costs_counted(p_tenant_id uuid, p_from date, p_to date) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('llm_calls', coalesce(sum(llm_calls), 0)::text, 'llm_unpriced', coalesce(sum(llm_unpriced), 0)::text,
    'samples', coalesce(sum(samples), 0)::text, 'samples_unpriced', coalesce(sum(samples_unpriced), 0)::text)
  from public.billing_cost_days where (p_tenant_id is null or tenant_id = p_tenant_id) and day >= p_from and day < p_to
$$;

-- What of the cluster was bought until p_now, what of it tenants are charged, and what is left: [{currency, bought, charged, idle}]. bought and idle are
-- null where a rate does not say how much was bought.
create function public.billing_idle(p_from date, p_to date, p_now timestamptz) returns jsonb language sql stable set search_path = '' as $$
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
    'idle', trim_scale(bought - charged)::text) order by currency), '[]') from (
    select currency, case when b.unknown = 0 then b.amount end as bought, coalesce(c.amount, 0) as charged
    from bought b full join charged c using (currency)
  ) x
$$;
