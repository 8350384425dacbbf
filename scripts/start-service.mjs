// Starts the built service as a process of its own, for the demo and the benchmarks.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', 'dist', 'main.js');
const logLimit = 200_000;

/**
 * Starts it on a free port with a data directory, and waits until it is ready.
 * @returns {Promise<{url: string, key: string, kubeconfig: string, announcement: string, pid: number, log: () => string, stop: () => Promise<number | null>}>} `stop` gives the exit code
 */
export async function startService({ directory, environment = {}, startMs = 30_000 }) {
  const key = randomBytes(24).toString('hex');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PORT: '0',
      TENANTRY_DATA_DIR: directory,
      TENANTRY_ADMIN_KEY: key,
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let announcement = '';
  let log = '';
  child.stdout.on('data', (chunk) => (log = (log + chunk).slice(-logLimit)));
  const ready = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${startMs} ms\n${announcement}${log}`)), startMs);
    child.stderr.on('data', (chunk) => {
      announcement += chunk;
      if (!/^ +cluster .*\n/m.test(announcement)) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`ended with ${code} before it was ready\n${announcement}${log}`));
    });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
    const code = await ended;
    clearTimeout(late);
    return code;
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  const told = (name) => new RegExp(`^ +${name} +(\\S+)`, 'm').exec(announcement)?.[1] ?? '';
  return {
    url: told('API').replace(/\/v1$/, ''),
    key,
    kubeconfig: told('kubeconfig'),
    announcement,
    pid: child.pid,
    log: () => log,
    stop,
  };
}
