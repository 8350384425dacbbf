import { z } from 'zod';

/** A timestamp as the database writes it (hosted and embedded Supabase differ), read as RFC 3339 in UTC with `Z`. */
export const rowInstant = z.string().transform((text) => new Date(text).toISOString());
