import { inClusterKubeconfig, serverOf, singleContext, type KubeconfigFile } from './kubeconfig.js';

const first: KubeconfigFile = {
  path: '/home/me/.kube/config',
  content: {
    'current-context': 'one',
    contexts: [
      { name: 'one', context: { cluster: 'c1', user: 'u1', namespace: 'x' } },
      { name: 'lost', context: { cluster: 'nowhere', user: 'u1' } },
    ],
    clusters: [{ name: 'c1', cluster: { server: 'https://one.example.com:6443', 'certificate-authority': 'ca.crt' } }],
    users: [
      {
        name: 'u1',
        user: {
          'client-certificate': 'certs/me.crt',
          'client-key': '/abs/me.key',
          tokenFile: 'token',
          exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './bin/plugin', interactiveMode: 'Never' },
        },
      },
    ],
  },
};
const second: KubeconfigFile = {
  path: '/etc/kube/config',
  content: {
    'current-context': 'two',
    contexts: [
      { name: 'two', context: { cluster: 'c2', user: 'u2' } },
      { name: 'one', context: { cluster: 'c2', user: 'u2' } },
    ],
    clusters: [{ name: 'c2', cluster: { server: 'https://two.example.com', 'disable-compression': true } }],
    users: [{ name: 'u2', user: { exec: { command: 'aws' } } }],
  },
};

describe('one context out of kubeconfigs', () => {
  test('is the current one of the first file, alone, with its paths made absolute', () => {
    expect(singleContext([first, second], undefined)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'one',
      contexts: [{ name: 'one', context: { cluster: 'c1', user: 'u1', namespace: 'x' } }],
      clusters: [
        {
          name: 'c1',
          cluster: { server: 'https://one.example.com:6443', 'certificate-authority': '/home/me/.kube/ca.crt' },
        },
      ],
      users: [
        {
          name: 'u1',
          user: {
            'client-certificate': '/home/me/.kube/certs/me.crt',
            'client-key': '/abs/me.key',
            tokenFile: '/home/me/.kube/token',
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1',
              command: '/home/me/.kube/bin/plugin',
              interactiveMode: 'Never',
            },
          },
        },
      ],
    });
  });

  test('is the named one, of whichever file has it; fields nobody here knows are kept', () => {
    expect(singleContext([first, second], 'two')).toMatchObject({
      'current-context': 'two',
      clusters: [{ name: 'c2', cluster: { 'disable-compression': true } }],
      users: [{ user: { exec: { command: 'aws' } } }],
    });
  });

  test.each([
    ['a context that is not there', [first, second], 'three', 'no context three; it has one, lost, two, one'],
    ['a cluster that is not there', [first], 'lost', 'no cluster nowhere'],
    ['no current context', [{ path: '/x', content: {} }], undefined, 'no current context'],
    ['an empty file', [{ path: '/x', content: null }], 'a', 'it has none'],
  ])('%s is told', (_what, files, context, message) => {
    expect(() => singleContext(files, context)).toThrow(message);
  });
});

test('in a cluster the token is named by its file, not copied', () => {
  const config = inClusterKubeconfig({
    host: '10.0.0.1',
    port: '443',
    tokenFile: '/run/token',
    certificateAuthority: '/run/ca.crt',
  });
  expect(config['users']).toEqual([{ name: 'service-account', user: { tokenFile: '/run/token' } }]);
  expect(serverOf(config)).toBe('https://10.0.0.1');
});

test('an IPv6 address of the API server is bracketed', () => {
  const account = { host: 'fd00::1', port: '6443', tokenFile: '/t', certificateAuthority: '/c' };
  expect(serverOf(inClusterKubeconfig(account))).toBe('https://[fd00::1]:6443');
});

test('a description names no credentials', () => {
  expect(serverOf({ clusters: [{ cluster: { server: 'https://me:secret@example.com/x' } }] })).toBe(
    'https://example.com',
  );
  expect(serverOf({})).toBe('an unknown server');
});
