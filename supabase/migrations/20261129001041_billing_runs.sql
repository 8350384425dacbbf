-- Billing runs: what they were asked for, and what became of each subscription and period. docs/decisions/0057 says why so.

create table public.billing_runs (
  id uuid primary key,
  seq bigint generated always as identity unique,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  as_of timestamptz not null,
  dry_run boolean not null,
  -- Null: all of them.
  tenants uuid[],
  -- How many subscriptions there were to bill when it began.
  total integer,
  error jsonb,
  requested_by text not null,
  request_id text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
alter table public.billing_runs enable row level security;
create policy nobody on public.billing_runs as restrictive for all to anon, authenticated using (false);

-- Written with the invoice that they tell of, in its transaction.
create table public.billing_run_items (
  run_id uuid not null references public.billing_runs (id),
  n bigint generated always as identity,
  -- A period that was billed, or a billed one that changed since.
  kind text not null check (kind in ('period', 'late_usage')),
  tenant_id uuid not null,
  subscription_id uuid not null,
  period_index integer not null,
  period_from timestamptz not null,
  period_to timestamptz not null,
  outcome text not null check (outcome in ('invoiced', 'nothing_due', 'adjusted', 'failed')),
  invoice_id uuid,
  currency text not null,
  amount numeric not null,
  -- {"code", "message"}
  error jsonb,
  -- The lines that a dry run would have written.
  lines jsonb,
  at timestamptz not null,
  primary key (run_id, n)
);
create unique index billing_run_items_once on public.billing_run_items (run_id, subscription_id, period_index, kind);
alter table public.billing_run_items enable row level security;
create policy nobody on public.billing_run_items as restrictive for all to anon, authenticated using (false);

-- How far it is comes from its items, so that it cannot be wrong.
create function public.billing_run_json(p_run public.billing_runs) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(p_run) - 'request_id' || jsonb_build_object(
    'progress', (select jsonb_build_object('done', count(*), 'invoiced', count(*) filter (where outcome = 'invoiced'),
        'nothing_due', count(*) filter (where outcome = 'nothing_due'), 'adjusted', count(*) filter (where outcome = 'adjusted'),
        'failed', count(*) filter (where outcome = 'failed'))
      from public.billing_run_items where run_id = p_run.id),
    'amounts', (select coalesce(jsonb_object_agg(currency, amount), '{}') from (
      select currency, sum(amount)::text as amount from public.billing_run_items where run_id = p_run.id and kind = 'period' and outcome <> 'failed' group by 1) x),
    'failures', (select coalesce(jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'subscription_id', subscription_id, 'kind', kind,
        'period_index', period_index, 'error', error) order by n), '[]')
      from (select * from public.billing_run_items where run_id = p_run.id and outcome = 'failed' order by n limit 100) f))
$$;

-- p_run: {"id", "as_of", "dry_run", "tenants": [id] | null}. One runs at a time: they have one subject in the queue.
create function public.billing_run_create(p_run jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare r public.billing_runs;
begin
  insert into public.tasks (id, queue, subject) values ((p_run ->> 'id')::uuid, 'billing', 'run');
  insert into public.billing_runs (id, as_of, dry_run, tenants, requested_by, request_id)
  values ((p_run ->> 'id')::uuid, (p_run ->> 'as_of')::timestamptz, (p_run ->> 'dry_run')::boolean,
    case when jsonb_typeof(p_run -> 'tenants') = 'array' then array(select jsonb_array_elements_text(p_run -> 'tenants')::uuid) end,
    coalesce(p_context ->> 'actor', 'system'), p_context ->> 'request_id')
  returning * into r;
  perform public.write_audit(p_context, 'billing_run.create', 'billing_run', r.id::text, null, null, to_jsonb(r) - 'request_id');
  return public.billing_run_json(r);
end $$;

-- The run of a claimed task: {"outcome": "begun", "run": {...}}, or "lost". One that was begun before goes on. p_grace: how long after its end a period is
-- due, in seconds.
create function public.billing_run_begin(p_id uuid, p_fence bigint, p_grace integer) returns jsonb language plpgsql set search_path = '' as $$
declare r public.billing_runs;
begin
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  select * into strict r from public.billing_runs where id = p_id for update;
  update public.billing_runs set status = 'running', started_at = coalesce(started_at, now()), total = coalesce(total, (
      select count(*) from public.billing_subscriptions s
      where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= r.as_of - p_grace * interval '1 second'
        and (r.tenants is null or tenant_id = any (r.tenants))))
  where id = p_id returning * into r;
  return jsonb_build_object('outcome', 'begun', 'run', public.billing_run_json(r));
end $$;

create function public.billing_run_finish(p_id uuid, p_fence bigint, p_status text, p_error jsonb, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare r public.billing_runs; told jsonb;
begin
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  update public.billing_runs set status = p_status, error = nullif(p_error, 'null'), finished_at = now() where id = p_id returning * into r;
  perform public.task_done(p_id);
  told := public.billing_run_json(r);
  perform public.write_audit(p_context, 'billing_run.finish', 'billing_run', r.id::text, null, null, told - 'failures');
  return jsonb_build_object('outcome', 'finished', 'run', told);
end $$;

-- What has not begun is over at once; what runs is told, and ends after the invoice that it is at.
create function public.billing_run_cancel(p_id uuid, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare r public.billing_runs; t public.tasks;
begin
  -- The task first, as everywhere.
  select * into t from public.tasks where id = p_id for update;
  select * into r from public.billing_runs where id = p_id for update;
  if not found then return jsonb_build_object('outcome', 'not_found'); end if;
  if r.status not in ('queued', 'running') then return jsonb_build_object('outcome', 'finished', 'status', r.status); end if;
  if t.state = 'running' then
    update public.tasks set cancel_requested = true where id = p_id;
  else
    update public.billing_runs set status = 'cancelled', finished_at = now() where id = p_id returning * into r;
    perform public.task_done(p_id);
  end if;
  perform public.write_audit(p_context, 'billing_run.cancel', 'billing_run', r.id::text, null, null, null);
  return jsonb_build_object('outcome', 'cancelled', 'run', public.billing_run_json(r));
end $$;

create function public.billing_run_get(p_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select public.billing_run_json(r) from public.billing_runs r where id = p_id
$$;

-- Newest first, before a place.
create function public.billing_runs_list(p_before bigint, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_run_json(r) order by r.seq desc), '[]') from (
    select * from public.billing_runs where p_before is null or seq < p_before order by seq desc limit p_limit
  ) r
$$;

-- In the order in which they happened, after a place.
create function public.billing_run_items_list(p_id uuid, p_outcome text, p_after bigint, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(i) || jsonb_build_object('amount', i.amount::text) order by i.n), '[]') from (
    select * from public.billing_run_items where run_id = p_id and (p_after is null or n > p_after) and (p_outcome is null or outcome = p_outcome)
    order by n limit p_limit
  ) i
$$;

-- Once in each run and period: a run that goes on after a kill says it again. p_item: the columns.
create function public.billing_run_item_add(p_run uuid, p_item jsonb) returns void language sql set search_path = '' as $$
  insert into public.billing_run_items (run_id, kind, tenant_id, subscription_id, period_index, period_from, period_to, outcome, invoice_id, currency, amount,
    error, lines, at)
  select p_run, kind, tenant_id, subscription_id, period_index, period_from, period_to, outcome, invoice_id, currency, amount, error, lines, at
  from jsonb_to_record(p_item) as i (kind text, tenant_id uuid, subscription_id uuid, period_index integer, period_from timestamptz, period_to timestamptz,
    outcome text, invoice_id uuid, currency text, amount numeric, error jsonb, lines jsonb, at timestamptz)
  on conflict (run_id, subscription_id, period_index, kind) do nothing
$$;

-- Several at once: failures, and all of a dry run. "lost": somebody else has the run.
create function public.billing_run_items_add(p_run uuid, p_fence bigint, p_items jsonb) returns jsonb language plpgsql set search_path = '' as $$
begin
  if not public.billing_run_is_held(p_run, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  perform public.billing_run_item_add(p_run, i) from jsonb_array_elements(p_items) i;
  return jsonb_build_object('outcome', 'written');
end $$;

-- As task_is_held, but several invoices of one run are written at a time.
create function public.billing_run_is_held(p_run uuid, p_fence bigint) returns boolean language plpgsql set search_path = '' as $$
begin
  perform 1 from public.tasks where id = p_run and state = 'running' and fence = p_fence for share;
  return found;
end $$;
