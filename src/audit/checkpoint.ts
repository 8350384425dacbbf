import { z } from 'zod';
import { encodeFields, sha256Hex } from './encoding.js';

const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** The newest row of a chain at some time. */
export const chainHead = z.object({ chain: z.string(), seq: z.int(), hash: hex });
export type ChainHead = z.infer<typeof chainHead>;

/** The signed heads of the chains that moved since the checkpoint before. */
export const checkpoint = z.object({
  number: z.int(),
  at: z.string(),
  prev_hash: hex,
  heads: z.array(chainHead),
  key_id: z.string(),
  /** Ed25519 over `checkpointText`, in base64url. */
  signature: z.string(),
  /** SHA-256 of `checkpointText`. */
  hash: hex,
});
export type Checkpoint = z.infer<typeof checkpoint>;

/** What is signed; `public.audit_checkpoint_text` is the same. */
export function checkpointText(signed: Omit<Checkpoint, 'signature' | 'hash'>): string {
  const heads = signed.heads.flatMap(({ chain, seq, hash }) => [chain, String(seq), hash]);
  const { number, at, prev_hash, key_id } = signed;
  return encodeFields(['tenantry.audit.checkpoint.1', String(number), at, prev_hash, key_id, ...heads]);
}

export function checkpointHash(signed: Omit<Checkpoint, 'signature' | 'hash'>): string {
  return sha256Hex(checkpointText(signed));
}
