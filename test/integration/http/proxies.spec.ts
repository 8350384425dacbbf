import { type RunningApp, sendTo, startApp } from './start-app.js';

/** Where the log says that a request came from which said this of itself. */
async function seenFrom(running: RunningApp, forwarded: string): Promise<unknown> {
  // Over IPv4, whatever it listens on.
  const url = running.url.replace('[::1]', '127.0.0.1');
  const { headers } = await sendTo(url, 'GET', '/v1/things', undefined, { 'x-forwarded-for': forwarded });
  const id = headers.get('x-request-id');
  return running.log.find(({ request_id, msg }) => request_id === id && msg === 'request')?.['remote'];
}

const nobody: string[] = [];

describe.each([
  ['127.0.0.1', '127.0.0.1'],
  // One socket for both families: Node tells IPv4 peers as ::ffff:127.0.0.1.
  ['::', '127.0.0.1'],
])('where a request comes from, on a service that listens at %s', (host, peer) => {
  let running: RunningApp;
  afterEach(() => running.app.close());

  it.each([
    ['nobody is trusted', nobody, '198.51.100.1', peer],
    ['others are trusted', ['10.0.0.0/8', '2001:db8::/32'], '198.51.100.1', peer],
    ['the peer is trusted', ['127.0.0.1'], '198.51.100.1', '198.51.100.1'],
    ['its block is trusted', ['127.0.0.0/8'], '198.51.100.1', '198.51.100.1'],
    [
      'what the caller had forged is before what the proxy says',
      ['127.0.0.1'],
      '10.9.9.9, 198.51.100.1',
      '198.51.100.1',
    ],
    [
      'a chain is trusted as far as it is listed',
      ['127.0.0.1', '10.0.0.0/8'],
      '6.6.6.6, 198.51.100.1, 10.0.0.7',
      '198.51.100.1',
    ],
    ['a chain that is all proxies', ['127.0.0.1', '10.0.0.0/8'], '10.0.0.8, 10.0.0.7', '10.0.0.8'],
    ['an address in the way of IPv6', ['127.0.0.1'], '::ffff:198.51.100.1', '198.51.100.1'],
    ['an address of IPv6', ['127.0.0.1'], '2001:DB8::0001', '2001:db8::1'],
    ['what is no address', ['127.0.0.1'], 'unknown', peer],
  ])('%s', async (_, trustedProxies, forwarded, expected) => {
    running = await startApp({ http: { trustedProxies }, host });
    expect(await seenFrom(running, forwarded)).toBe(expected);
  });
});
