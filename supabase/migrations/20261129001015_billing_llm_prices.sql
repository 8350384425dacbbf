-- What calls of language models cost the seller, per million tokens, from a time on: src/billing/catalog/llm-price-table.ts.

create table public.billing_llm_prices (
  provider text not null,
  model text not null,
  effective_from timestamptz not null,
  -- Null: until the next price of the model.
  effective_to timestamptz check (effective_to > effective_from),
  currency text not null,
  input numeric not null check (input >= 0),
  output numeric not null check (output >= 0),
  cache_read numeric not null check (cache_read >= 0),
  cache_write numeric not null check (cache_write >= 0),
  created_at timestamptz not null default now(),
  primary key (provider, model, effective_from)
);
alter table public.billing_llm_prices enable row level security;
create policy nobody on public.billing_llm_prices as restrictive for all to anon, authenticated using (false);

-- Amounts as text: a gateway may round long numbers.
create function public.billing_llm_price_json(p_price public.billing_llm_prices) returns jsonb language sql immutable set search_path = '' as $$
  select to_jsonb(p_price) || jsonb_build_object('input', p_price.input::text, 'output', p_price.output::text,
    'cache_read', p_price.cache_read::text, 'cache_write', p_price.cache_write::text)
$$;

-- Prices by provider, model and time, after [provider, model, effective_from]; those of one provider or model, those in force at an instant.
create function public.billing_llm_prices_list(p_provider text, p_model text, p_at timestamptz, p_after jsonb, p_limit integer)
returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(public.billing_llm_price_json(p) order by p.provider collate "C", p.model collate "C", p.effective_from), '[]') from (
    select * from public.billing_llm_prices p
    where (p_provider is null or provider = p_provider) and (p_model is null or model = p_model)
      and (p_at is null or (effective_from <= p_at and (effective_to is null or effective_to > p_at)))
      and (p_after is null or (provider collate "C", model collate "C", effective_from) > (p_after ->> 0, p_after ->> 1, (p_after ->> 2)::timestamptz))
    order by provider collate "C", model collate "C", effective_from limit p_limit
  ) p
$$;

-- What has to be known to judge new prices of these models ([{provider, model}]): the prices there are, and until when anything was billed.
-- {"prices": [...], "billed_to": instant | null}
create function public.billing_llm_prices_known(p_models jsonb) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'prices', (select coalesce(jsonb_agg(public.billing_llm_price_json(p) order by p.effective_from), '[]') from public.billing_llm_prices p
      where (p.provider, p.model) in (select m ->> 'provider', m ->> 'model' from jsonb_array_elements(p_models) m)),
    'billed_to', (select max(next_period_from) from public.billing_subscriptions where next_period > 0))
$$;

-- Adds prices; each ends the one of its model that is in force until further notice when it begins. p_known: what they were judged by, which
-- must hold still: {"outcome": "added", "prices"} or {"outcome": "changed_meanwhile"}
create function public.billing_llm_prices_add(p_prices jsonb, p_known jsonb, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare p public.billing_llm_prices; added jsonb := '[]';
begin
  perform pg_advisory_xact_lock(hashtextextended('billing_llm_prices', 0));
  if public.billing_llm_prices_known(p_prices) <> p_known then return jsonb_build_object('outcome', 'changed_meanwhile'); end if;
  for p in select * from jsonb_populate_recordset(null::public.billing_llm_prices, p_prices) order by effective_from loop
    update public.billing_llm_prices set effective_to = p.effective_from
    where provider = p.provider and model = p.model and effective_to is null and effective_from < p.effective_from;
    insert into public.billing_llm_prices (provider, model, effective_from, effective_to, currency, input, output, cache_read, cache_write)
    values (p.provider, p.model, p.effective_from, p.effective_to, p.currency, p.input, p.output, p.cache_read, p.cache_write) returning * into p;
    added := added || jsonb_build_array(public.billing_llm_price_json(p));
  end loop;
  perform public.write_audit(p_context, 'llm_prices.add', 'llm_prices', 'llm_prices', null, null, added);
  return jsonb_build_object('outcome', 'added', 'prices', added);
end $$;
