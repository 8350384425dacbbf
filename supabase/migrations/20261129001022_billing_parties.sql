-- Who sells, and to whom each bill is sent. An invoice keeps both as they were when it got its number.

-- One row, once somebody has said it.
create table public.billing_seller (
  one boolean primary key default true check (one),
  name text not null,
  email text,
  address jsonb not null,
  tax_id text,
  -- How to pay: a bank account, or where else.
  payment_note text,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table public.billing_seller enable row level security;
create policy nobody on public.billing_seller as restrictive for all to anon, authenticated using (false);

create table public.billing_details (
  tenant_id uuid primary key references public.tenants (id),
  name text not null,
  email text,
  address jsonb not null,
  tax_id text,
  row_version bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table public.billing_details enable row level security;
create policy nobody on public.billing_details as restrictive for all to anon, authenticated using (false);

-- Null until somebody has said who sells.
create function public.billing_seller_party() returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('name', name, 'email', email, 'address', address, 'tax_id', tax_id, 'payment_note', payment_note) from public.billing_seller
$$;

-- By the tenant's name until there are details.
create function public.billing_buyer_party(p_tenant_id uuid) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('name', coalesce(d.name, t.name), 'email', d.email, 'address', coalesce(d.address, '[]'), 'tax_id', d.tax_id)
  from public.tenants t left join public.billing_details d on d.tenant_id = t.id where t.id = p_tenant_id
$$;

-- {"outcome": "created" | "changed" | "stale", "row"}. p_row_version: what the row must still be; null: whatever is there.
create function public.billing_seller_put(p_party jsonb, p_row_version bigint, p_context jsonb) returns jsonb language plpgsql set search_path = '' as $$
declare was public.billing_seller; s public.billing_seller;
begin
  perform pg_advisory_xact_lock(6384213, 1);
  select * into was from public.billing_seller for update;
  if p_row_version is not null and was.row_version is distinct from p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  insert into public.billing_seller as b (name, email, address, tax_id, payment_note)
  values (p_party ->> 'name', p_party ->> 'email', p_party -> 'address', p_party ->> 'tax_id', p_party ->> 'payment_note')
  on conflict (one) do update set name = excluded.name, email = excluded.email, address = excluded.address, tax_id = excluded.tax_id,
    payment_note = excluded.payment_note, row_version = b.row_version + 1, updated_at = now()
  returning * into s;
  perform public.write_audit(p_context, 'billing.seller', 'billing_seller', 'seller', null, case when was.one then to_jsonb(was) end, to_jsonb(s));
  return jsonb_build_object('outcome', case when was.one then 'changed' else 'created' end, 'row', to_jsonb(s));
end $$;

-- The same of a tenant's details, or {"outcome": "tenant_not_found"}
create function public.billing_details_put(p_tenant_id uuid, p_party jsonb, p_row_version bigint, p_context jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare was public.billing_details; d public.billing_details;
begin
  perform 1 from public.tenants where id = p_tenant_id and deleted_at is null for update;
  if not found then return jsonb_build_object('outcome', 'tenant_not_found'); end if;
  select * into was from public.billing_details where tenant_id = p_tenant_id;
  if p_row_version is not null and was.row_version is distinct from p_row_version then return jsonb_build_object('outcome', 'stale'); end if;
  insert into public.billing_details as b (tenant_id, name, email, address, tax_id)
  values (p_tenant_id, p_party ->> 'name', p_party ->> 'email', p_party -> 'address', p_party ->> 'tax_id')
  on conflict (tenant_id) do update set name = excluded.name, email = excluded.email, address = excluded.address, tax_id = excluded.tax_id,
    row_version = b.row_version + 1, updated_at = now()
  returning * into d;
  perform public.write_audit(p_context, 'billing.details', 'billing_details', p_tenant_id::text, p_tenant_id, case when was.tenant_id is not null
    then to_jsonb(was) end, to_jsonb(d));
  return jsonb_build_object('outcome', case when was.tenant_id is null then 'created' else 'changed' end, 'row', to_jsonb(d));
end $$;
