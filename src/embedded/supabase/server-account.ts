import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** The user that Postgres runs as when the process is root, as Postgres refuses root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** The account to run Postgres as; undefined: the process's own. */
export async function findServerAccount(uid = process.getuid?.()): Promise<ServerAccount | undefined> {
  if (uid !== 0) return undefined;
  return parseAccount(await readFile('/etc/passwd', 'utf8').catch(() => ''), 'nobody');
}

/** Reads a user's ids from the text of a passwd file; 65534, the kernel's own overflow id, where it is not named. */
export function parseAccount(passwd: string, name: string): ServerAccount {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) ? { uid, gid } : { uid: 65534, gid: 65534 };
}

/** True when the account can enter the directory. Asked of the kernel, as modes alone do not tell of access lists. */
export async function canEnter(directory: string, account: ServerAccount | undefined): Promise<boolean> {
  const { exitCode, code } = await execa('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], {
    ...account,
    cwd: '/',
    reject: false,
    stdio: 'ignore',
  });
  if (code === 'EPERM' || code === 'EINVAL') {
    throw new Error(
      `the embedded Postgres does not run as root, and this process may not become user ${account?.uid}: ` +
        'start the service as an ordinary user, or set SUPABASE_URL',
    );
  }
  return exitCode === 0;
}
