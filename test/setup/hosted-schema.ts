import { platformSchema } from '../../src/embedded/supabase/platform-schema.js';

/**
 * Beside `platformSchema`, what of a hosted Supabase the migrations refer to: who asks, by the claims that its gateway sets for each
 * request. The embedded one has this from its own gateway, in words of its own.
 */
export const hostedSchema = `${platformSchema}
create function auth.jwt() returns jsonb language sql stable as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$ select (auth.jwt() ->> 'sub')::uuid $$;
`;
