-- Living tenants by any of these ids and slugs: [{"id", "slug"}]. Answers about many tenants say slugs, and ask by either.
create function public.tenant_refs(p_ids uuid[], p_slugs text[]) returns jsonb language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'slug', slug)), '[]') from public.tenants
  where deleted_at is null and (id = any (p_ids) or slug = any (p_slugs))
$$;
