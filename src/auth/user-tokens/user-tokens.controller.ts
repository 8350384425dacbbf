import { Controller } from '@nestjs/common';
import { requestActor } from '../../audit/request-actor.js';
import { type AnswerOf, defineRoute } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { Credentials } from '../credentials/credentials.service.js';

const flushUserTokens = defineRoute({
  name: 'flushUserTokens',
  method: 'POST',
  path: '/v1/user-tokens/flush',
  tag: 'admin',
  summary: 'Judge user tokens anew',
  description:
    'After the issuer took a signing key back in a hurry: every replica forgets within a second which keys it lists and which tokens were good.',
  access: { scope: 'admin:write', of: 'platform' },
  answers: { 204: { description: 'They are forgotten.' } },
});

@Controller()
export class UserTokensController {
  constructor(private readonly credentials: Credentials) {}

  @Route(flushUserTokens)
  async flush(): Promise<AnswerOf<typeof flushUserTokens>> {
    await this.credentials.flushUserTokens(requestActor());
    return undefined;
  }
}
