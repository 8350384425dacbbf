import 'reflect-metadata';
import { trailLines, trustedKeys } from './audit/trail-source.client.js';
import { type TrailReport, verifyTrail } from './audit/trail-verifier.js';
import { parseArguments, usage, type VerifyArguments } from './audit/verify-arguments.js';
import { badConfigExitCode } from './platform/config.js';

/** `npm run audit:verify`: whether the trail holds. @returns the exit code: 0 when it does, 1 when not, or when it cannot be read */
async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), process.env);
  if (parsed.state === 'wrong') {
    process.stderr.write(`${parsed.reason}\n\n${usage}`);
    return badConfigExitCode;
  }
  try {
    const report = await verify(parsed.arguments);
    process.stdout.write(summaryOf(report));
    return report.faults.length === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`The trail cannot be read: ${reasonOf(error)}\n`);
    return 1;
  }
}

async function verify({ source, keysFile, expected }: VerifyArguments): Promise<TrailReport> {
  const options = {
    ...(keysFile === undefined ? {} : { trustedKeys: await trustedKeys(keysFile) }),
    ...(expected === undefined ? {} : { expected }),
  };
  return verifyTrail(trailLines(source), options, ({ entries, chains }) => {
    process.stderr.write(`${entries} rows of ${chains} chains …\n`);
  });
}

function summaryOf({ faults, chains, entries, expired, checkpoints, newest }: TrailReport): string {
  const counts = `${entries} rows of ${chains} chains (${expired} without content, by retention), ${checkpoints} checkpoints`;
  const next = newest === undefined ? '' : `Next time: --expect ${newest.number}:${newest.hash}\n`;
  if (faults.length === 0) return `The trail holds: ${counts}.\n${next}`;
  return `The trail is BROKEN: ${counts}.\n${faults.map((fault) => `  ${fault}\n`).join('')}`;
}

/** fetch says why only in the cause of its error. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

process.exitCode = await main();
