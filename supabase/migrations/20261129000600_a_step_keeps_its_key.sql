-- As before, but that whoever asks for a key during a step that is longer than its lease does not come before a renewal that has waited for the
-- same step: Postgres does not wake who waits in any order.
create or replace function public.idempotency_claim(p_owner text, p_key text, p_fingerprint text, p_attempt uuid, p_lease_ms integer)
returns jsonb language plpgsql set search_path = '' as $$
declare k public.idempotency_keys; asked timestamptz; lease timestamptz := now() + p_lease_ms * interval '1 ms'; running boolean;
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
      -- Waits for a step of the earlier attempt that is still being run, lets the lock go again, and so a renewal that waits for it too: where
      -- its replica lives, that one keeps the key. Then looks again at what was left.
      asked := clock_timestamp();
      begin
        perform 1 from public.idempotency_keys where owner = p_owner and key = p_key for update;
        raise exception using errcode = 'TI001';
      exception when sqlstate 'TI001' then null;
      end;
      if clock_timestamp() > asked + interval '5 ms' then perform pg_sleep(0.1); end if;
      update public.idempotency_keys set attempt = p_attempt, lease_until = clock_timestamp() + p_lease_ms * interval '1 ms'
      where owner = p_owner and key = p_key and attempt is not distinct from k.attempt and answer is null
        and (attempt is null or lease_until < clock_timestamp())
      returning steps into k.steps;
      if found then return jsonb_build_object('outcome', 'claimed', 'steps', k.steps); end if;
    end if;
  end loop;
end $$;
