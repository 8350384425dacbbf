-- The durable queue. A task is claimed with a lease and a fence; tasks of one subject run one at a time, oldest first.

create table public.tasks (
  id uuid primary key,
  queue text not null,
  subject text not null,
  state text not null default 'ready' check (state in ('ready', 'running', 'done')),
  seq bigint generated always as identity,
  run_at timestamptz not null default now(),
  fence bigint not null default 0,
  worker text,
  lease_until timestamptz,
  cancel_requested boolean not null default false,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index tasks_one_running_per_subject on public.tasks (queue, subject) where state = 'running';
create index tasks_ready on public.tasks (queue, seq) where state = 'ready';
create index tasks_ready_by_subject on public.tasks (queue, subject, seq) where state = 'ready';
create index tasks_lease on public.tasks (lease_until) where state = 'running';
alter table public.tasks enable row level security;

create function public.task_claim(p_worker text, p_queue text, p_limit integer, p_lease_ms integer)
returns setof public.tasks language plpgsql set search_path = '' as $$
begin
  update public.tasks set state = 'ready', worker = null, lease_until = null
  where id in (
    select id from public.tasks where state = 'running' and lease_until < now() order by id limit 100 for update skip locked
  );
  -- Only the oldest ready task of a subject is a candidate. A claimer that races with this one still sees that task as ready, so it
  -- skips the younger ones as well, and two tasks of one subject never start together.
  return query
  update public.tasks t
  set state = 'running', fence = t.fence + 1, worker = p_worker, lease_until = now() + p_lease_ms * interval '1 ms'
  where t.id in (
    select c.id from public.tasks c
    where c.queue = p_queue and c.state = 'ready' and c.run_at <= now()
      and not exists (select from public.tasks r where r.queue = c.queue and r.subject = c.subject and r.state = 'running')
      and not exists (
        select from public.tasks o where o.queue = c.queue and o.subject = c.subject and o.state = 'ready' and o.seq < c.seq
      )
    order by c.seq limit p_limit for update skip locked
  )
  returning t.*;
end $$;

-- {"outcome": "held", "cancel_requested": boolean} or {"outcome": "lost"}
create function public.task_heartbeat(p_id uuid, p_fence bigint, p_lease_ms integer)
returns jsonb language plpgsql set search_path = '' as $$
declare cancel boolean;
begin
  update public.tasks set lease_until = now() + p_lease_ms * interval '1 ms'
  where id = p_id and state = 'running' and fence = p_fence returning cancel_requested into cancel;
  if not found then return jsonb_build_object('outcome', 'lost'); end if;
  return jsonb_build_object('outcome', 'held', 'cancel_requested', cancel);
end $$;

-- Gives a task back to the queue, to be claimed again after the delay.
create function public.task_release(p_id uuid, p_fence bigint, p_delay_ms integer)
returns jsonb language plpgsql set search_path = '' as $$
begin
  update public.tasks set state = 'ready', worker = null, lease_until = null, run_at = now() + p_delay_ms * interval '1 ms'
  where id = p_id and state = 'running' and fence = p_fence;
  if not found then return jsonb_build_object('outcome', 'lost'); end if;
  return jsonb_build_object('outcome', 'released');
end $$;

-- True, and the row is locked to the end of the transaction, when the caller still owns the task.
create function public.task_is_held(p_id uuid, p_fence bigint) returns boolean language plpgsql set search_path = '' as $$
begin
  perform 1 from public.tasks where id = p_id and state = 'running' and fence = p_fence for update;
  return found;
end $$;

create function public.task_done(p_id uuid) returns void language sql set search_path = '' as $$
  update public.tasks set state = 'done', worker = null, lease_until = null, finished_at = now() where id = p_id
$$;

-- One row per schedule. A slot is the tick it stands for; a slot is run once, on one replica.
create table public.schedules (
  name text primary key,
  slot timestamptz not null,
  holder text,
  lease_until timestamptz,
  last_run_at timestamptz,
  last_status text check (last_status in ('succeeded', 'failed')),
  last_error text,
  next_run_at timestamptz
);
alter table public.schedules enable row level security;

create function public.schedule_claim(p_name text, p_slot timestamptz, p_next_run_at timestamptz, p_holder text, p_lease_ms integer)
returns jsonb language plpgsql set search_path = '' as $$
begin
  insert into public.schedules as s (name, slot, holder, lease_until, next_run_at)
  values (p_name, p_slot, p_holder, now() + p_lease_ms * interval '1 ms', p_next_run_at)
  on conflict (name) do update
    set slot = excluded.slot, holder = excluded.holder, lease_until = excluded.lease_until, next_run_at = excluded.next_run_at
    where s.slot < excluded.slot and (s.lease_until is null or s.lease_until < now());
  if not found then return jsonb_build_object('outcome', 'taken'); end if;
  return jsonb_build_object('outcome', 'claimed');
end $$;

create function public.schedule_finish(p_name text, p_slot timestamptz, p_holder text, p_status text, p_error text)
returns jsonb language plpgsql set search_path = '' as $$
begin
  update public.schedules
  set lease_until = null, holder = null, last_run_at = now(), last_status = p_status, last_error = p_error
  where name = p_name and slot = p_slot and holder = p_holder;
  return jsonb_build_object('outcome', case when found then 'finished' else 'lost' end);
end $$;
