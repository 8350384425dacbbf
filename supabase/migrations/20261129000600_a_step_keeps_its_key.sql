-- A step that ran for longer than the lease kept its renewals waiting for its lock, and whoever asked for the key meanwhile too: at its end either
-- could come first. As before, but that the end of a step leaves the attempt a second to renew, in the transaction that lets them go.
create or replace function public.call_once(
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
  set steps = steps || jsonb_build_object(p_step, jsonb_build_object('result', result, 'journal', p_journal)),
    lease_until = greatest(lease_until, clock_timestamp() + interval '1 second')
  where owner = p_owner and key = p_key;
  return result;
end $$;
