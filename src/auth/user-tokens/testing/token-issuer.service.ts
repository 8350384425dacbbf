import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, type CryptoKey, type JWK, SignJWT } from 'jose';
import type { UserTokenIssuer } from '../../../platform/user-token-issuer.js';

export interface SigningKey {
  readonly id: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Keys take a while to make, so specs make each once. */
export async function makeKey(algorithm: string, id: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    id,
    algorithm,
    privateKey,
    publicJwk: { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: 'sig' },
  };
}

/** Claims of undefined are left out. */
export function sign(
  claims: Readonly<Record<string, unknown>>,
  key: SigningKey,
  header: Record<string, unknown> = {},
): Promise<string> {
  const whole = { alg: key.algorithm, kid: key.id, typ: 'JWT', ...header };
  return new SignJWT(claims).setProtectedHeader(whole).sign(key.privateKey);
}

/** An issuer that lists its keys over HTTP, in whatever way a spec wants. */
export class ListingIssuer {
  keys: readonly JWK[] = [];
  /** Answers in the place of the list. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** How often the list was asked for. */
  asked = 0;

  private constructor(
    private readonly server: Server,
    private readonly url: string,
  ) {}

  static async start(): Promise<ListingIssuer> {
    const server = createServer((_, response) => issuer.respond(response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const issuer = new ListingIssuer(server, `http://127.0.0.1:${address.port}/auth/v1`);
    return issuer;
  }

  get described(): UserTokenIssuer & { readonly name: string; readonly jwksUrl: string } {
    return { name: this.url, jwksUrl: `${this.url}/.well-known/jwks.json` };
  }

  lists(...keys: readonly SigningKey[]): void {
    this.keys = keys.map(({ publicJwk }) => publicJwk);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private respond(response: ServerResponse): void {
    this.asked += 1;
    if (this.answer !== undefined) this.answer(response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: this.keys }));
  }
}
