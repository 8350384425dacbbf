-- How much of its allowance each subject (a key, an address) has used in its present window. Replicas take allowance out in pieces and
-- give back what they did not need, so that a request costs no call. Worth nothing after a crash: not logged.

create unlogged table public.rate_limit_windows (
  subject text primary key,
  started_at timestamptz not null,
  ends_at timestamptz not null,
  used bigint not null default 0 check (used >= 0),
  -- Somebody did not get what was needed: from then on nobody keeps more than is needed, until the window ends.
  short boolean not null default false
) with (fillfactor = 70);
create index rate_limit_windows_end on public.rate_limit_windows (ends_at);
alter table public.rate_limit_windows enable row level security;
create policy nobody on public.rate_limit_windows as restrictive for all to anon, authenticated using (false);

-- p_asks: [{"subject", "quota", "window_ms", "window": text | null, "returned", "need", "want"}]
--   window    the one that `returned` comes from, as an answer named it; a window that is over takes nothing back
--   returned  what the replica holds and did not use; negative: what it let through while it could not ask
--   need      granted as far as there is any; then, up to `want` in all, an eighth of what is left, and none of it once somebody was short.
--             So pieces shrink as the end comes near, and the last seven are handed out one by one.
-- Answers [{"subject", "window", "granted", "remaining", "resets_in_ms"}]. Of one window no more than its quota is ever granted.
create function public.rate_limit_reserve(p_asks jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare
  ask record;
  found_window public.rate_limit_windows;
  present timestamptz;
  remaining bigint;
  granted bigint;
  answers jsonb := '[]';
begin
  -- In one order, so that replicas that ask for the same subjects never wait for each other in a circle.
  for ask in
    select a.* from jsonb_to_recordset(p_asks) as a(
      subject text, quota bigint, window_ms bigint, "window" text, returned bigint, need bigint, want bigint
    ) order by a.subject
  loop
    insert into public.rate_limit_windows as w (subject, started_at, ends_at)
    values (ask.subject, '-infinity', '-infinity')
    on conflict (subject) do update set subject = excluded.subject
    returning w.* into found_window;
    -- Read after the row is locked: the wait may have outlasted the window.
    present := clock_timestamp();
    if found_window.ends_at <= present then
      found_window.started_at := present;
      found_window.ends_at := present + ask.window_ms * interval '1 ms';
      found_window.used := 0;
      found_window.short := false;
    elsif ask."window" = public.rate_limit_window_name(found_window.started_at) then
      found_window.used := greatest(0, found_window.used - ask.returned);
    end if;
    remaining := greatest(0, ask.quota - found_window.used);
    granted := least(ask.need, remaining);
    found_window.short := found_window.short or granted < ask.need;
    if not found_window.short then
      granted := granted + greatest(0, least(ask.want - ask.need, (remaining - granted) / 8));
    end if;
    update public.rate_limit_windows
    set started_at = found_window.started_at, ends_at = found_window.ends_at, used = found_window.used + granted, short = found_window.short
    where subject = ask.subject;
    answers := answers || jsonb_build_object(
      'subject', ask.subject,
      'window', public.rate_limit_window_name(found_window.started_at),
      'granted', granted,
      'remaining', remaining - granted,
      'resets_in_ms', greatest(0, floor(extract(epoch from found_window.ends_at - clock_timestamp()) * 1000))::bigint
    );
  end loop;
  -- Each call removes more windows than it can make, and waits for nobody.
  delete from public.rate_limit_windows where subject in (
    select subject from public.rate_limit_windows where ends_at < clock_timestamp() - interval '1 minute'
    order by ends_at limit jsonb_array_length(p_asks) + 10 for update skip locked
  );
  return answers;
end $$;

-- To the microsecond, for nobody but who compares it.
create function public.rate_limit_window_name(p_started_at timestamptz) returns text language sql immutable set search_path = '' as $$
  select (extract(epoch from p_started_at) * 1000000)::bigint::text
$$;
