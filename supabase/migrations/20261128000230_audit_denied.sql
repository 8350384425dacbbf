-- Refused attempts. The first of a kind in a minute is a row of the trail at once; the further ones of that minute are counted, and told in one
-- row when the minute is over. So the trail grows by a bounded number of rows a minute, whatever is tried.

create table public.denied_attempts (
  minute timestamptz not null,
  -- Whose kinds are counted together: the chain of a caller who is known, or "strangers". Neither crowds out the other.
  crowd text not null,
  -- What makes two attempts one of a kind.
  fold text not null,
  -- The first of them.
  attempt jsonb not null,
  further bigint not null default 0,
  last_at timestamptz not null default now(),
  primary key (minute, crowd, fold)
);
alter table public.denied_attempts enable row level security;
create policy nobody on public.denied_attempts as restrictive for all to anon, authenticated using (false);
revoke all on public.denied_attempts from public, anon, authenticated, service_role;
grant select on public.denied_attempts to service_role;

create function public.append_denied(p_attempt jsonb, p_told jsonb) returns void language sql security definer set search_path = '' as $$
  select public.append_audit(p_attempt, 'denied.' || (p_attempt ->> 'action'), coalesce(p_attempt ->> 'resource_type', 'route'),
    coalesce(p_attempt ->> 'resource_id', p_attempt ->> 'action'), (p_attempt ->> 'tenant_id')::uuid, null,
    jsonb_build_object('reason', p_attempt -> 'reason') || p_told)
$$;

-- p_attempts: [{actor, credential, address, network, request_id, tenant_id, action, reason, resource_type?, resource_id?, count}], no two of a kind.
-- Beyond p_kinds kinds a minute (of strangers, and of the known callers of each tenant) they are counted together, as by "many".
create function public.audit_deny(p_attempts jsonb, p_kinds integer) returns void language plpgsql security definer set search_path = '' as $$
declare this_minute timestamptz := date_trunc('minute', now()); d record; fresh jsonb := '[]'; counted bigint;
begin
  -- First all windows, in one order, then the chains: two of these calls never wait for each other.
  for d in
    with asked as (
      select value as attempt, (value ->> 'count')::bigint as n,
        case when value ->> 'actor' in ('anonymous', 'many') then 'strangers' else public.audit_chain_of((value ->> 'tenant_id')::uuid) end as crowd,
        public.audit_encode(value ->> 'tenant_id', value ->> 'actor', value ->> 'credential', value ->> 'network', value ->> 'action', value ->> 'reason') as fold
      from jsonb_array_elements(p_attempts)
    ), ranked as (
      select a.*, sum((w.fold is null)::integer) over (partition by a.crowd order by a.fold) as place, w.fold is not null as open
      from asked a left join public.denied_attempts w on w.minute = this_minute and w.crowd = a.crowd and w.fold = a.fold
    ), placed as (
      select r.*, not r.open
        and r.place + (select count(*) from public.denied_attempts w where w.minute = this_minute and w.crowd = r.crowd) > p_kinds as crowded
      from ranked r
    ), grouped as (
      select p.crowd, case when crowded then 'many' else p.fold end as fold, sum(p.n) as n,
        (array_agg(case when crowded
          then jsonb_build_object('actor', 'many', 'action', 'various', 'reason', 'various', 'tenant_id', p.attempt -> 'tenant_id') else p.attempt end order by p.fold))[1] as attempt
      from placed p group by 1, 2
    )
    select g.* from grouped g order by g.crowd collate "C", g.fold collate "C"
  loop
    insert into public.denied_attempts as w (minute, crowd, fold, attempt) values (this_minute, d.crowd, d.fold, d.attempt)
    on conflict (minute, crowd, fold) do update set further = w.further + d.n, last_at = now()
    returning w.further into counted;
    if counted = 0 then fresh := fresh || jsonb_build_array(d.attempt || jsonb_build_object('count', d.n)); end if;
  end loop;
  for d in
    select value as attempt from jsonb_array_elements(fresh) with ordinality as f(value, position)
    order by public.audit_chain_of((value ->> 'tenant_id')::uuid) collate "C", position
  loop
    perform public.append_denied(d.attempt, jsonb_build_object('count', d.attempt -> 'count'));
  end loop;
end $$;

-- Tells what was counted in minutes that are over; answers how many windows it closed, at most p_limit.
create function public.audit_close_denied(p_limit integer) returns integer language plpgsql security definer set search_path = '' as $$
declare d record; closed integer := 0;
begin
  for d in
    with over as (
      delete from public.denied_attempts where (minute, crowd, fold) in (
        select minute, crowd, fold from public.denied_attempts where minute < date_trunc('minute', now())
        order by minute, crowd collate "C", fold collate "C" limit p_limit for update skip locked)
      returning *
    )
    select * from over order by public.audit_chain_of((attempt ->> 'tenant_id')::uuid) collate "C", minute, fold collate "C"
  loop
    closed := closed + 1;
    if d.further > 0 then
      perform public.append_denied(d.attempt, jsonb_build_object('count', d.further, 'further', true, 'minute', public.audit_time(d.minute),
        'last_at', public.audit_time(d.last_at)));
    end if;
  end loop;
  return closed;
end $$;
