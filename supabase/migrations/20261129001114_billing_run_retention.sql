-- Runs are kept for a time; what invoices refer to for good.

-- What a run came to, once its items are gone: as billing_run_summary said it.
alter table public.billing_runs add column summary jsonb, add column items_removed_at timestamptz;
create index billing_runs_to_prune on public.billing_runs (finished_at) where items_removed_at is null;

-- {"progress", "amounts", "failures"}. From the items, so that it cannot be wrong.
create function public.billing_run_summary(p_run_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'progress', (select jsonb_build_object('done', count(*), 'invoiced', count(*) filter (where outcome = 'invoiced'),
        'nothing_due', count(*) filter (where outcome = 'nothing_due'), 'adjusted', count(*) filter (where outcome = 'adjusted'),
        'failed', count(*) filter (where outcome = 'failed'))
      from public.billing_run_items where run_id = p_run_id),
    'amounts', (select coalesce(jsonb_object_agg(currency, amount), '{}') from (
      select currency, sum(amount)::text as amount from public.billing_run_items where run_id = p_run_id and kind <> 'late_usage' and outcome <> 'failed'
      group by 1) x),
    'failures', (select coalesce(jsonb_agg(jsonb_build_object('tenant_id', tenant_id, 'subscription_id', subscription_id, 'kind', kind,
        'period_index', period_index, 'error', error) order by n), '[]')
      from (select * from public.billing_run_items where run_id = p_run_id and outcome = 'failed' order by n limit 100) f))
$$;

create or replace function public.billing_run_json(p_run public.billing_runs) returns jsonb language sql stable set search_path = '' as $$
  select to_jsonb(p_run) - 'request_id' - 'summary' || coalesce(p_run.summary, public.billing_run_summary(p_run.id))
$$;

-- Removes the items of runs that ended before p_before, the oldest first, at most p_limit at once; and after the last of them the run, unless it wrote
-- an invoice, which says of which run it is. {"removed": how many rows, "more": whether there is anything left}
create function public.billing_runs_prune(p_before timestamptz, p_at timestamptz, p_limit integer) returns jsonb language plpgsql set search_path = '' as $$
declare r public.billing_runs; gone integer; removed integer := 0;
begin
  while removed < p_limit loop
    select * into r from public.billing_runs where finished_at < p_before and items_removed_at is null order by finished_at, id limit 1 for update skip locked;
    if r.id is null then return jsonb_build_object('removed', removed, 'more', false); end if;
    if r.summary is null then
      -- Before the first of them goes. The items of invoices are written with them, and have their ids.
      update public.billing_runs set summary = public.billing_run_summary(r.id) || jsonb_build_object('wrote', exists (
        select from public.billing_run_items where run_id = r.id and kind <> 'late_usage' and invoice_id is not null))
      where id = r.id returning * into r;
    end if;
    delete from public.billing_run_items where run_id = r.id
      and n in (select n from public.billing_run_items where run_id = r.id order by n limit p_limit - removed);
    get diagnostics gone = row_count;
    removed := removed + gone;
    if exists (select from public.billing_run_items where run_id = r.id) then continue; end if;
    delete from public.tasks where id = r.id and state = 'done';
    if (r.summary ->> 'wrote')::boolean then
      update public.billing_runs set items_removed_at = p_at, summary = summary - 'wrote' where id = r.id;
    else
      delete from public.billing_runs where id = r.id;
    end if;
    removed := removed + 1;
  end loop;
  return jsonb_build_object('removed', removed, 'more', true);
end $$;
