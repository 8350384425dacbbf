-- What is sold: versions of plans, never edited. docs/decisions/0054 says how billing is laid out.

create table public.billing_plan_versions (
  -- starter@1
  id text primary key,
  plan text not null,
  version integer not null check (version > 0),
  effective_from timestamptz not null,
  -- Null: no trial.
  trial_days integer check (trial_days > 0),
  -- Null: by contract, priced for each tenant.
  offers jsonb,
  quotas jsonb not null,
  created_at timestamptz not null default now(),
  unique (plan, version),
  check (id = plan || '@' || version)
);
alter table public.billing_plan_versions enable row level security;
create policy nobody on public.billing_plan_versions as restrictive for all to anon, authenticated using (false);

create trigger billing_plan_versions_stay before update or delete on public.billing_plan_versions
  for each row execute function public.refuse_change();
