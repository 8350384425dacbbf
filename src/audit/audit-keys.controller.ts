import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { type AnswerOf, defineRoute } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
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
  constructor(private readonly store: AuditStore) {}

  @Route(listKeys)
  async list(): Promise<AnswerOf<typeof listKeys>> {
    const keys = await this.store.signingKeys();
    return { keys: keys.map(({ public_key: x }) => jwkOf(x)) };
  }
}
