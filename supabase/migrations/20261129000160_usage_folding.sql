-- As before, but that the deltas are found one by one by the index. Joined with them, all that waited were read at each call, and of a million that took
-- longer than a call may: they would never have been folded.
-- Folds up to p_limit deltas into the rollups, and makes stale gauges anew. Nothing when another one is at it.
-- {"folded": n, "recomputed": n, "more": boolean}
create or replace function public.usage_compact(p_limit integer) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = 'force_generic_plan' as $$
declare folded integer; recomputed integer := 0; s record;
begin
  if not pg_try_advisory_xact_lock(6384211, 3) then return jsonb_build_object('folded', 0, 'recomputed', 0, 'more', false); end if;
  with taken as (
    delete from public.usage_deltas d where d.seq = any (array(select seq from public.usage_deltas order by seq limit p_limit)) returning d.*
  ), quarters as materialized (
    select meter_id, tenant_id, bucket, dims, sum(count)::bigint as count, sum(sum) as sum, min(min) as min, max(max) as max,
      (array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest, max(latest_at) as latest_at,
      (array_agg(latest_seq order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1] as latest_seq
    from taken group by meter_id, tenant_id, bucket, dims
  ), grains as (
    select meter_id, 15 as grain, tenant_id, bucket, dims, count, sum, min, max, latest, latest_at, latest_seq from quarters
    union all
    select meter_id, g.grain, tenant_id, date_bin(make_interval(mins => g.grain), bucket, '2000-01-01Z'), dims, sum(count)::bigint, sum(sum), min(min), max(max),
      (array_agg(latest order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1], max(latest_at),
      (array_agg(latest_seq order by latest_at desc, latest_seq desc) filter (where latest_at is not null))[1]
    from quarters cross join (values (60), (1440)) g (grain) group by 1, 2, 3, 4, 5
  ), written as (
    insert into public.usage_rollups as r (meter_id, grain, tenant_id, bucket, dims_hash, dims, count, sum, min, max, latest, latest_at, latest_seq)
    select meter_id, grain, tenant_id, bucket, public.usage_hash(dims), dims, count, sum, min, max, latest, latest_at, latest_seq from grains
    on conflict (meter_id, grain, tenant_id, bucket, dims_hash) do update set count = r.count + excluded.count,
      sum = coalesce(r.sum + excluded.sum, r.sum, excluded.sum), min = least(r.min, excluded.min), max = greatest(r.max, excluded.max),
      latest = case when r.latest_at is null or (excluded.latest_at, excluded.latest_seq) > (r.latest_at, r.latest_seq) then excluded.latest else r.latest end,
      latest_at = greatest(r.latest_at, excluded.latest_at),
      latest_seq = case when r.latest_at is null or (excluded.latest_at, excluded.latest_seq) > (r.latest_at, r.latest_seq)
        then excluded.latest_seq else r.latest_seq end
  )
  select count(*) into folded from taken;
  for s in
    select meter_id, tenant_id, bucket from public.usage_stale_gauges group by 1, 2, 3 order by min(seq) limit greatest(p_limit / 10, 1)
  loop
    perform public.usage_recompute(s.meter_id, s.tenant_id, s.bucket, s.bucket + interval '15 minutes');
    recomputed := recomputed + 1;
  end loop;
  return jsonb_build_object('folded', folded, 'recomputed', recomputed,
    'more', exists (select from public.usage_deltas) or exists (select from public.usage_stale_gauges));
end $$;
