-- Idempotency keys: what came of a request, for whoever sends it again. A row is claimed before the request acts; every SQL function that
-- the request then calls goes through call_once, which writes down what it returned in the transaction of the change itself. So a later
-- attempt, on whichever replica, finds what earlier ones have done, however they ended.

create table public.idempotency_keys (
  owner text not null,
  key text not null check (length(key) between 1 and 255),
  -- A keyed hash of method, path, query, headers and body.
  fingerprint text not null,
  -- Whose claim it is: every attempt has an id of its own, which fences off earlier ones. Null when nobody is at work on it.
  attempt uuid,
  lease_until timestamptz,
  -- {"<function>#<nth call of it>": {"result": what it returned, "journal": sealed: what the request had read and made up before}}
  steps jsonb not null default '{}',
  -- Sealed. Null until there is one.
  answer text,
  created_at timestamptz not null default now(),
  primary key (owner, key)
);
create index idempotency_keys_created_at on public.idempotency_keys (created_at);
alter table public.idempotency_keys enable row level security;
create policy nobody on public.idempotency_keys as restrictive for all to anon, authenticated using (false);

-- Claims and answers need not be on disk when they are answered: a change flushes all that was committed before it, its own claim included,
-- and an answer that is lost with the database's memory is made again from the steps. It saves a keyed request two waits for the disk.
create function public.idempotency_without_flush() returns void language sql volatile set search_path = '' as $$
  select set_config('synchronous_commit', 'off', true)
$$;

-- How long a key is kept.
create function public.idempotency_retention() returns interval language sql immutable set search_path = '' as $$
  select interval '24 hours'
$$;

-- Removes keys that are too old, the oldest first and at most p_limit of them; not those that somebody is at work on. Says how many.
create function public.idempotency_sweep(p_limit integer) returns integer language plpgsql set search_path = '' as $$
declare removed integer;
begin
  delete from public.idempotency_keys k using (
    select owner, key from public.idempotency_keys
    where created_at < now() - public.idempotency_retention() and (lease_until is null or lease_until < now())
    order by created_at limit p_limit for update skip locked
  ) old where k.owner = old.owner and k.key = old.key;
  get diagnostics removed = row_count;
  return removed;
end $$;

-- Claims a key for an attempt. The same attempt may ask again: it is answered as before.
-- {"outcome": "claimed", "steps": {...}}: act; steps are what earlier attempts did.
-- {"outcome": "answered", "answer": text}, {"outcome": "in_progress"}, {"outcome": "reused"}: another request has the key.
create function public.idempotency_claim(p_owner text, p_key text, p_fingerprint text, p_attempt uuid, p_lease_ms integer)
returns jsonb language plpgsql set search_path = '' as $$
declare k public.idempotency_keys; lease timestamptz := now() + p_lease_ms * interval '1 ms'; running boolean;
begin
  perform public.idempotency_without_flush();
  -- Every claim adds one row at most and removes up to ten: without any other sweep the table stays as large as a day's keys.
  perform public.idempotency_sweep(10);
  loop
    insert into public.idempotency_keys (owner, key, fingerprint, attempt, lease_until)
    values (p_owner, p_key, p_fingerprint, p_attempt, lease) on conflict (owner, key) do nothing;
    if found then return jsonb_build_object('outcome', 'claimed', 'steps', '{}'::jsonb); end if;

    -- Not locked: a step that is being run holds the row, and whoever asks meanwhile is told so at once.
    select * into k from public.idempotency_keys where owner = p_owner and key = p_key;
    continue when not found;
    running := k.attempt is not null and k.lease_until >= now();
    if k.created_at < now() - public.idempotency_retention() and not running then
      update public.idempotency_keys
      set fingerprint = p_fingerprint, attempt = p_attempt, lease_until = lease, steps = '{}', answer = null, created_at = now()
      where owner = p_owner and key = p_key and created_at = k.created_at and attempt is not distinct from k.attempt;
      if found then return jsonb_build_object('outcome', 'claimed', 'steps', '{}'::jsonb); end if;
    elsif k.fingerprint <> p_fingerprint then
      return jsonb_build_object('outcome', 'reused');
    elsif k.answer is not null then
      return jsonb_build_object('outcome', 'answered', 'answer', k.answer);
    elsif k.attempt = p_attempt then
      return jsonb_build_object('outcome', 'claimed', 'steps', k.steps);
    elsif running then
      return jsonb_build_object('outcome', 'in_progress');
    else
      -- Waits for a step of the earlier attempt that is still being run, and then looks again at what that one left.
      update public.idempotency_keys set attempt = p_attempt, lease_until = lease
      where owner = p_owner and key = p_key and attempt is not distinct from k.attempt and answer is null
        and (attempt is null or lease_until < clock_timestamp())
      returning steps into k.steps;
      if found then return jsonb_build_object('outcome', 'claimed', 'steps', k.steps); end if;
    end if;
  end loop;
end $$;

-- {"outcome": "held"} or {"outcome": "lost"}
create function public.idempotency_renew(p_owner text, p_key text, p_attempt uuid, p_lease_ms integer)
returns jsonb language plpgsql set search_path = '' as $$
begin
  perform public.idempotency_without_flush();
  -- By the clock, not by now(): it may have waited for a step that took longer than the lease, and still came before whoever waits for its end.
  update public.idempotency_keys set lease_until = clock_timestamp() + p_lease_ms * interval '1 ms'
  where owner = p_owner and key = p_key and attempt = p_attempt;
  return jsonb_build_object('outcome', case when found then 'held' else 'lost' end);
end $$;

-- Keeps the answer and ends the attempt. What was only there to find the way to the answer again is let go. The same answer may be brought
-- again: sealed, it is no other attempt's.
create function public.idempotency_answer(p_owner text, p_key text, p_attempt uuid, p_answer text)
returns jsonb language plpgsql set search_path = '' as $$
begin
  perform public.idempotency_without_flush();
  update public.idempotency_keys set answer = p_answer, attempt = null, lease_until = null, steps = '{}'
  where owner = p_owner and key = p_key and (attempt = p_attempt or answer = p_answer);
  return jsonb_build_object('outcome', case when found then 'kept' else 'lost' end);
end $$;

-- Ends the attempt without an answer: the next one begins at once, with the steps that this one took. Without any, nothing is left.
create function public.idempotency_release(p_owner text, p_key text, p_attempt uuid) returns jsonb language plpgsql set search_path = '' as $$
begin
  perform public.idempotency_without_flush();
  delete from public.idempotency_keys where owner = p_owner and key = p_key and attempt = p_attempt and steps = '{}';
  if not found then
    update public.idempotency_keys set attempt = null, lease_until = null where owner = p_owner and key = p_key and attempt = p_attempt;
  end if;
  return jsonb_build_object('outcome', case when found then 'released' else 'lost' end);
end $$;

-- The statement that calls a function of public with the named arguments in $1, and gives its answer as the gateway would: a row as an
-- object, rows as an array of them. The arguments are read by their declared types, as the gateway reads them.
create function public.call_once_statement(p_function text, p_args jsonb) returns text language plpgsql stable set search_path = '' as $$
declare f pg_catalog.pg_proc; columns text; named text; known integer; own interval; call text; source text;
begin
  select * into f from pg_catalog.pg_proc
  where proname = p_function and pronamespace = 'public'::regnamespace and prokind = 'f' and prorettype <> 'trigger'::regtype
    and proname <> 'call_once' and proname not like 'idempotency\_%';
  if not found then
    raise exception 'there is no function public.% that could be called once', p_function using errcode = '42883';
  end if;
  -- The time limit of a function holds for the statement that calls it only; in here another one has begun to count.
  select substr(setting, length('statement_timeout=') + 1)::interval into own
  from unnest(f.proconfig) setting where setting like 'statement_timeout=%';
  if own <> current_setting('statement_timeout')::interval then
    raise exception 'public.% has a time limit of its own, which would not hold here', p_function using errcode = '0A000',
      hint = 'Give it a function like call_once with the same limit.';
  end if;
  select count(*), string_agg(format('%I %s', name, format_type(type, null)), ', '), string_agg(format('%I => a.%I', name, name), ', ')
  into known, columns, named
  from unnest(coalesce(f.proallargtypes, f.proargtypes::oid[]), f.proargnames, f.proargmodes) as declared (type, name, mode)
  where (mode is null or mode in ('i', 'b')) and p_args ? name;
  if known <> (select count(*) from jsonb_object_keys(p_args)) then
    raise exception 'public.% lacks one of the arguments %', p_function, (select string_agg(k, ', ') from jsonb_object_keys(p_args) k)
      using errcode = '42883';
  end if;
  call := format('public.%I(%s)', p_function, named);
  source := case when known = 0 then '(select) as a' else format('jsonb_to_record($1) as a (%s)', columns) end;
  if f.proretset then
    return format('select coalesce(jsonb_agg(to_jsonb(r)), ''[]'') from %s, lateral %s as r', source, call);
  elsif f.prorettype = 'void'::regtype then
    return format('select nullif(%s::text, '''')::jsonb from %s', call, source);
  end if;
  return format('select to_jsonb(%s) from %s', call, source);
end $$;

-- Calls a function of public in the name of a claimed request, unless an earlier attempt has done so: then it answers what that one was
-- answered. The change, and the note that it was made, are one transaction; an error of the function undoes both and arrives as it was raised.
-- @raises PT409 with hint idempotency_claim_lost when another attempt has the request by now
create function public.call_once(
  p_owner text, p_key text, p_attempt uuid, p_step text, p_function text, p_args jsonb, p_journal text
) returns jsonb language plpgsql set search_path = '' as $$
declare done jsonb; result jsonb;
begin
  select steps -> p_step into done from public.idempotency_keys
  where owner = p_owner and key = p_key and attempt = p_attempt for update;
  if not found then
    raise exception 'another attempt has the request by now' using errcode = 'PT409', hint = 'idempotency_claim_lost';
  end if;
  if done is not null then return done -> 'result'; end if;
  execute public.call_once_statement(p_function, p_args) into result using p_args;
  update public.idempotency_keys
  set steps = steps || jsonb_build_object(p_step, jsonb_build_object('result', result, 'journal', p_journal))
  where owner = p_owner and key = p_key;
  return result;
end $$;
