import { canEnter, findServerAccount, parseAccount } from './server-account.js';

const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65533:65532:nobody:/nonexistent:/usr/sbin/nologin
`;

describe('the account of the server', () => {
  it('is the one that the machine calls nobody', () => {
    expect(parseAccount(passwd, 'nobody')).toEqual({ uid: 65533, gid: 65532 });
  });

  it.each([
    ['the machine has no such user', 'root:x:0:0:root:/root:/bin/bash\n'],
    ['the machine has no list of users', ''],
    ['the user is root by another name', 'nobody:x:0:0::/:/bin/sh\n'],
    ['the ids are no numbers', 'nobody:x:a:b::/:/bin/sh\n'],
  ])("is the kernel's overflow id when %s", (_, text) => {
    expect(parseAccount(text, 'nobody')).toEqual({ uid: 65534, gid: 65534 });
  });

  it("is the process's own when that is not root", async () => {
    await expect(findServerAccount(1000)).resolves.toBeUndefined();
  });

  it('is another one when the process is root', async () => {
    const account = await findServerAccount(0);
    expect(account?.uid).toBeGreaterThan(0);
  });

  it('enters what it may and not what is not there', async () => {
    await expect(canEnter('/', undefined)).resolves.toBe(true);
    await expect(canEnter('/no/such/directory', undefined)).resolves.toBe(false);
  });
});
