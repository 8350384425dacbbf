-- Who cannot be billed, and when that is tried again. docs/decisions/0069 says why so.

-- What failed and has not succeeded since. Runs by the clock leave it alone until next_at; all others try it.
create table public.billing_failures (
  subscription_id uuid not null references public.billing_subscriptions (id),
  kind text not null check (kind in ('period', 'late_usage', 'closing')),
  period_index integer not null,
  tenant_id uuid not null,
  -- {"code", "message"}
  error jsonb not null,
  -- How often the same happened to the same subscription.
  attempts integer not null,
  since timestamptz not null,
  last_at timestamptz not null,
  next_at timestamptz not null,
  -- Of the subscription as it failed: once somebody has changed it, it is tried at once.
  row_version bigint not null,
  primary key (subscription_id, kind, period_index)
);
alter table public.billing_failures enable row level security;
create policy nobody on public.billing_failures as restrictive for all to anon, authenticated using (false);

-- Asked for by the clock: what failed waits for its time.
alter table public.billing_runs add column scheduled boolean not null default false;

-- After an hour, two, four and so on, at most a day: a little less, as the clock that asks each hour is not exact.
create function public.billing_failure_add(p_item jsonb) returns void language sql set search_path = '' as $$
  insert into public.billing_failures as f (subscription_id, kind, period_index, tenant_id, error, attempts, since, last_at, next_at, row_version)
  select i.subscription_id, i.kind, i.period_index, i.tenant_id, i.error, 1, i.at, i.at, i.at + interval '50 minutes', s.row_version
  from jsonb_to_record(p_item) as i (kind text, tenant_id uuid, subscription_id uuid, period_index integer, error jsonb, at timestamptz)
    join public.billing_subscriptions s on s.id = i.subscription_id
  on conflict (subscription_id, kind, period_index) do update set error = excluded.error, last_at = excluded.last_at, row_version = excluded.row_version,
    (attempts, next_at) = (select n.attempts, excluded.last_at + least(1 << least(n.attempts - 1, 5), 24) * interval '1 hour' - interval '10 minutes'
      from (select case when f.row_version = excluded.row_version and f.error ->> 'code' = excluded.error ->> 'code' then f.attempts + 1 else 1 end as attempts) n)
$$;

-- What a run leaves alone: what is to be tried again after the time that it goes by. Null, and so nothing, for a run that somebody asked for.
create function public.billing_run_patience(p_run uuid) returns timestamptz language sql stable set search_path = '' as $$
  select as_of from public.billing_runs where id = p_run and scheduled
$$;

-- As before. What failed in a run that is not dry is written down, once for each run.
create or replace function public.billing_run_items_add(p_run uuid, p_fence bigint, p_items jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare i jsonb; dry boolean;
begin
  if not public.billing_run_is_held(p_run, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  select dry_run into strict dry from public.billing_runs where id = p_run;
  for i in select * from jsonb_array_elements(p_items) loop
    if not dry and i ->> 'outcome' = 'failed' and not exists (select from public.billing_run_items x where x.run_id = p_run
        and x.subscription_id = (i ->> 'subscription_id')::uuid and x.period_index = (i ->> 'period_index')::integer and x.kind = i ->> 'kind') then
      perform public.billing_failure_add(i);
    end if;
    perform public.billing_run_item_add(p_run, i);
  end loop;
  return jsonb_build_object('outcome', 'written');
end $$;

-- As before, and without what is put off.
create or replace function public.billing_due_list(p_by timestamptz, p_tenants uuid[], p_run uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_subscription_state(s) order by s.id), '[]') from (
    select * from public.billing_subscriptions s
    where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= p_by
      and (p_tenants is null or tenant_id = any (p_tenants)) and (p_after is null or id > p_after)
      and not exists (select from public.billing_run_items i
        where i.run_id = p_run and i.subscription_id = s.id and i.outcome = 'failed' and i.kind = 'period')
      and not exists (select from public.billing_failures f where f.subscription_id = s.id and f.kind = 'period' and f.period_index = s.next_period
        and f.row_version = s.row_version and f.next_at > (select public.billing_run_patience(p_run)))
    order by id limit p_limit
  ) s
$$;

create or replace function public.billing_late_list(p_tenants uuid[], p_unmarked boolean, p_run uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_late_state(i) order by i.id), '[]') from (
    select i.* from public.billing_invoices i join public.billing_subscriptions s on s.id = i.subscription_id
    where i.id in (
        select invoice_id from public.billing_late_periods where p_tenants is null or tenant_id = any (p_tenants)
        union select l.id from public.billing_late_invoices(p_tenants) l where p_unmarked)
      and (p_after is null or i.id > p_after) and i.state <> 'void'
      and not exists (select from public.billing_run_items x where x.run_id = p_run and x.subscription_id = i.subscription_id
        and x.period_index = i.period_index and x.kind = 'late_usage' and x.outcome = 'failed')
      and not exists (select from public.billing_failures f where f.subscription_id = s.id and f.kind = 'late_usage' and f.period_index = i.period_index
        and f.row_version = s.row_version and f.next_at > (select public.billing_run_patience(p_run)))
    order by i.id limit p_limit
  ) i
$$;

drop function public.billing_closings_list(uuid[], jsonb, timestamptz, uuid, integer);
create function public.billing_closings_list(p_tenants uuid[], p_also jsonb, p_since timestamptz, p_run uuid, p_after uuid, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('subscription_id', s.id, 'tenant_id', s.tenant_id, 'currency', s.currency,
    'period_index', public.billing_closing_index(s.id), 'from', s.started_at, 'to', s.ends_at) order by s.id), '[]') from (
    select * from public.billing_closings(p_tenants, p_also, p_since) s where (p_after is null or id > p_after)
      and not exists (select from public.billing_failures f where f.subscription_id = s.id and f.kind = 'closing' and f.period_index = public.billing_closing_index(s.id)
        and f.row_version = s.row_version and f.next_at > (select public.billing_run_patience(p_run)))
    order by id limit p_limit
  ) s
$$;

-- As before; what is put off is nothing to do. p_at: what time it is.
drop function public.billing_has_work(timestamptz, timestamptz);
create function public.billing_has_work(p_by timestamptz, p_closing_by timestamptz, p_at timestamptz) returns boolean language sql stable set search_path = '' as $$
  with put_off as (
    select f.subscription_id, f.kind, f.period_index from public.billing_failures f join public.billing_subscriptions s on s.id = f.subscription_id
    where f.next_at > p_at and f.row_version = s.row_version
  )
  select exists (select from public.billing_subscriptions s
      where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= p_by
        and not exists (select from put_off f where f.subscription_id = s.id and f.kind = 'period' and f.period_index = s.next_period))
    or exists (select from public.billing_late_periods l join public.billing_invoices i on i.id = l.invoice_id where i.state <> 'void'
      and not exists (select from put_off f where f.subscription_id = i.subscription_id and f.kind = 'late_usage' and f.period_index = i.period_index))
    or exists (select from public.billing_late_invoices(null))
    or exists (select from public.billing_closings(null, '[]', p_closing_by) s
      where not exists (select from put_off f where f.subscription_id = s.id and f.kind = 'closing' and f.period_index = public.billing_closing_index(s.id)))
$$;

-- p_run: {"id", "as_of", "dry_run", "tenants": [id] | null, "scheduled"}. One runs at a time: they have one subject in the queue.
create or replace function public.billing_run_create(p_run jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare r public.billing_runs;
begin
  insert into public.tasks (id, queue, subject) values ((p_run ->> 'id')::uuid, 'billing', 'run');
  insert into public.billing_runs (id, as_of, dry_run, tenants, scheduled, requested_by, request_id)
  values ((p_run ->> 'id')::uuid, (p_run ->> 'as_of')::timestamptz, (p_run ->> 'dry_run')::boolean,
    case when jsonb_typeof(p_run -> 'tenants') = 'array' then array(select jsonb_array_elements_text(p_run -> 'tenants')::uuid) end,
    coalesce((p_run ->> 'scheduled')::boolean, false), coalesce(p_context ->> 'actor', 'system'), p_context ->> 'request_id')
  returning * into r;
  perform public.write_audit(p_context, 'billing_run.create', 'billing_run', r.id::text, null, null, to_jsonb(r) - 'request_id');
  return public.billing_run_json(r);
end $$;

-- As before; what is put off is not among what it found to bill.
create or replace function public.billing_run_begin(p_id uuid, p_fence bigint, p_grace integer) returns jsonb language plpgsql set search_path = '' as $$
declare r public.billing_runs;
begin
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  select * into strict r from public.billing_runs where id = p_id for update;
  update public.billing_runs set status = 'running', started_at = coalesce(started_at, now()), total = coalesce(total, (
      select count(*) from public.billing_subscriptions s
      where (ends_at is null or next_period_from < ends_at) and least(next_period_to, ends_at) <= r.as_of - p_grace * interval '1 second'
        and (r.tenants is null or tenant_id = any (r.tenants)) and not exists (select from public.billing_failures f where f.subscription_id = s.id and f.kind = 'period' and f.period_index = s.next_period
          and f.row_version = s.row_version and f.next_at > (select public.billing_run_patience(r.id)))))
  where id = p_id returning * into r;
  return jsonb_build_object('outcome', 'begun', 'run', public.billing_run_json(r));
end $$;

-- What failed once, and has been done or need not be done since.
create function public.billing_failures_settle() returns void language sql set search_path = '' as $$
  delete from public.billing_failures f using public.billing_subscriptions s where s.id = f.subscription_id and case f.kind
    when 'period' then s.next_period > f.period_index
    when 'late_usage' then not exists (select from public.billing_late_periods l join public.billing_invoices i on i.id = l.invoice_id
      where i.subscription_id = f.subscription_id and i.period_index = f.period_index and i.state <> 'void')
    else f.period_index < public.billing_closing_index(s.id) or not exists (select from public.billing_closings(array[s.tenant_id], '[]', null) c where c.id = s.id) end
$$;

-- As before, and settles what does not fail any more.
create or replace function public.billing_run_finish(p_id uuid, p_fence bigint, p_status text, p_error jsonb, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare r public.billing_runs; told jsonb;
begin
  if not public.task_is_held(p_id, p_fence) then return jsonb_build_object('outcome', 'lost'); end if;
  if not (select dry_run from public.billing_runs where id = p_id) then perform public.billing_failures_settle(); end if;
  update public.billing_runs set status = p_status, error = nullif(p_error, 'null'), finished_at = now() where id = p_id returning * into r;
  perform public.task_done(p_id);
  told := public.billing_run_json(r);
  perform public.write_audit(p_context, 'billing_run.finish', 'billing_run', r.id::text, null, null, told - 'failures');
  return jsonb_build_object('outcome', 'finished', 'run', told);
end $$;

-- By subscription, kind and period after p_after: [subscription, kind, period] or null.
create function public.billing_failures_list(p_after jsonb, p_limit integer) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(f) - 'row_version' order by f.subscription_id, f.kind, f.period_index), '[]') from (
    select * from public.billing_failures
    where jsonb_typeof(p_after) is distinct from 'array'
      or (subscription_id, kind, period_index) > ((p_after ->> 0)::uuid, p_after ->> 1, (p_after ->> 2)::integer)
    order by subscription_id, kind, period_index limit p_limit
  ) f
$$;
