-- To whom it is sold, since when, and up to where it is billed.

create table public.billing_subscriptions (
  id uuid primary key,
  tenant_id uuid not null references public.tenants (id),
  status text not null check (status in ('trialing', 'active', 'past_due', 'suspended', 'ended')),
  currency text not null,
  billing_interval text not null check (billing_interval in ('month', 'year')),
  time_zone text not null,
  -- Periods are counted from here, on the clocks of the zone.
  anchor_at timestamptz not null,
  started_at timestamptz not null,
  trial_ends_at timestamptz,
  -- When it was, or will be, over; null: until further notice.
  ends_at timestamptz check (ends_at > started_at),
  past_due_since timestamptz,
  -- The first period that has no invoice yet. Its bounds stay as they were worked out, whatever becomes of the zone's rules.
  next_period integer not null default 0 check (next_period >= 0),
  next_period_from timestamptz not null,
  next_period_to timestamptz not null check (next_period_to > next_period_from),
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- One at a time: what a tenant owes for an hour stands in one place.
create unique index billing_subscriptions_current on public.billing_subscriptions (tenant_id) where status <> 'ended';
create index billing_subscriptions_tenant on public.billing_subscriptions (tenant_id);
-- An ended one is billed to its end, and then never again.
create index billing_subscriptions_due on public.billing_subscriptions (least(next_period_to, ends_at))
  where ends_at is null or next_period_from < ends_at;
alter table public.billing_subscriptions enable row level security;
create policy nobody on public.billing_subscriptions as restrictive for all to anon, authenticated using (false);

-- What it is on, until the next phase begins. The components stay those of the plan's version, whatever is sold later.
create table public.billing_phases (
  subscription_id uuid not null references public.billing_subscriptions (id),
  seq integer not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  trial boolean not null,
  plan_version text not null references public.billing_plan_versions (id),
  components jsonb not null,
  primary key (subscription_id, seq)
);
create index billing_phases_plan_version on public.billing_phases (plan_version);
alter table public.billing_phases enable row level security;
create policy nobody on public.billing_phases as restrictive for all to anon, authenticated using (false);

-- Another price of one component for one tenant.
create table public.billing_overrides (
  id uuid primary key,
  subscription_id uuid not null references public.billing_subscriptions (id),
  component text not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  terms jsonb not null,
  created_at timestamptz not null default now()
);
create index billing_overrides_subscription on public.billing_overrides (subscription_id);
alter table public.billing_overrides enable row level security;
create policy nobody on public.billing_overrides as restrictive for all to anon, authenticated using (false);
