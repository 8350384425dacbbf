import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { type AnswerOf, defineRoute } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
import { AuditConfig } from './audit.config.js';
import { AuditStore } from './audit.store.js';
import { jwkOf, publicJwk } from './signing-key.js';

const listKeys = defineRoute({
  name: 'listAuditKeys',
  method: 'GET',
  path: '/v1/audit/keys',
  tag: 'audit',
  summary: 'The public keys that the checkpoints of the trail are signed with',
  description:
    'A JSON Web Key Set (RFC 7517), the newest last; keys that were replaced stay. Keep a copy elsewhere: `npm run audit:verify -- --keys` then trusts no other.',
  access: 'public',
  answers: {
    200: { description: 'The keys.', schema: z.object({ keys: z.array(publicJwk) }).meta({ id: 'AuditKeySet' }) },
  },
});

@Controller()
export class AuditKeysController {
  constructor(
    private readonly store: AuditStore,
    private readonly config: AuditConfig,
  ) {}

  @Route(listKeys)
  async list(): Promise<AnswerOf<typeof listKeys>> {
    const known = (await this.store.signingKeys()).map(({ public_key }) => public_key);
    // One that has not signed yet is known with its first checkpoint, and whoever wants a copy need not wait for it.
    return { keys: [...new Set([...known, this.config.signingKey.publicKey])].map(jwkOf) };
  }
}
