-- Up to when the resources of each cluster's instances were sampled.
create table public.resource_samplings (
  cluster text primary key,
  sampled_until timestamptz not null
);
alter table public.resource_samplings enable row level security;
create policy nobody on public.resource_samplings as restrictive for all to anon, authenticated using (false);

-- The starts of the periods before p_until that a sample taken now may speak for: those that no earlier one did, two at most. A period is
-- given once, whatever becomes of the sample: what is lost is a gap, and nothing counts twice.
create function public.resource_periods_claim(p_cluster text, p_until timestamptz, p_period_ms integer) returns jsonb
language plpgsql set search_path = '' as $$
declare period interval := p_period_ms * interval '1 ms'; since timestamptz; periods jsonb;
begin
  insert into public.resource_samplings as s (cluster, sampled_until) values (p_cluster, p_until - period) on conflict do nothing;
  select sampled_until into since from public.resource_samplings where cluster = p_cluster for update;
  select coalesce(jsonb_agg(to_char(p at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') order by p), '[]') into periods
  from generate_series(greatest(since, p_until - 2 * period), p_until - period, period) p;
  update public.resource_samplings set sampled_until = greatest(sampled_until, p_until) where cluster = p_cluster;
  return periods;
end $$;
