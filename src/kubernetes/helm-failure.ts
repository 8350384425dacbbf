import { failureOf, type ClusterFailure, type FailureCode } from './failure.js';
import type { ProgramResult } from './program-runner.js';
import type { ProgramName } from './registry-programs.js';

export type FailedProgram = Extract<ProgramResult, { ok: false }>;

/**
 * What helm and kubectl say, by cause, most telling first: both exit with 1 for nearly everything, and one message often
 * holds several of these (a hook that failed because of a quota is a quota that was exceeded).
 */
const CAUSES: readonly (readonly [FailureCode, readonly RegExp[]])[] = [
  [
    'chart_not_found',
    [
      /^(INSTALLATION FAILED: |UPGRADE FAILED: )?(repo )?path "[^"]*" not found/m,
      /chart "[^"]*"( matching [^ ]*| version "[^"]*")? not found/,
      /failed to (download|fetch http)/,
      /\/v2\/\S+\/(tags\/list|manifests\/|blobs\/)/,
      /^(INSTALLATION FAILED: |UPGRADE FAILED: )?[\w.-]+(:\d+)?\/\S+: not found$/m,
      /Chart\.yaml file is missing|unable to detect chart at|cannot load irregular file/,
      /is not a valid chart repository or cannot be reached/,
      /could not find protocol handler|no cached repo found|no repo(sitory)? named|scheme "[^"]*" not supported/i,
      /improper constraint|unable to locate any tags|no (chart|matching) version/i,
      /failed to (perform "[A-Za-z]+" on source|authorize|resolve|fetch).*(oci|registry|manifest|https?:)/is,
      /missing in charts\/? directory|chart metadata is missing|validation: chart\.metadata/,
    ],
  ],
  [
    'values_invalid',
    [
      /values don't meet the specifications of the schema/,
      /failed to parse -: |error (un)?marshall?ing (JSON|YAML)|cannot unmarshal .* into Go value of type map/,
      /error parsing values|invalid values/i,
    ],
  ],
  ['namespace_terminating', [/because it is being terminated/, /object is being deleted: namespaces/]],
  ['quota_exceeded', [/exceeded quota/, /(maximum|minimum) (cpu|memory|storage|[a-z-]+) usage per /, /failed quota: /]],
  ['release_locked', [/another operation \(install\/upgrade\/rollback\) is in progress|has no deployed releases/]],
  [
    'conflict',
    [
      /Apply failed with \d+ conflicts?/,
      /conflict occurred while applying/,
      /exists and cannot be imported into the current release|invalid ownership metadata/,
      /the object has been modified|Operation cannot be fulfilled/,
      /Expected (replicas|resource version) to be /,
    ],
  ],
  ['name_taken', [/ already exists$/m, /cannot re-?use a name that is still in use/]],
  [
    'render_failed',
    [
      /template: \S+:\d+|^\s*executing "|execution error at \(|parse error at \(|YAML parse error on/m,
      /chart requires kubeVersion/,
      /error converting YAML to JSON/,
      /field not declared in schema|failed to create typed patch object|strict decoding error|unknown field/,
      /unable to build kubernetes objects|error validating (data|")/,
      /no matches for kind|resource mapping not found/,
      /violates PodSecurity/,
      / is invalid: |unable to decode|cannot be handled as/,
    ],
  ],
  [
    'forbidden',
    [
      / is forbidden: /,
      /Error from server \(Forbidden\)/,
      /Unauthorized|must be logged in to the server/,
      /cannot get resource/,
    ],
  ],
  [
    'cluster_unreachable',
    [
      /kubernetes cluster unreachable/i,
      /connection refused|connection reset by peer|broken pipe|no such host|network is unreachable|no route to host/,
      /i\/o timeout|TLS handshake timeout|http2: client connection lost|Client\.Timeout exceeded|request canceled/,
      /unexpected EOF|: EOF$/m,
      /The connection to the server .* was refused|Unable to connect to the server/,
      /currently unable to handle the request|etcdserver: |\((ServiceUnavailable|InternalError|TooManyRequests|Timeout)\)/,
      /x509: |tls: /,
    ],
  ],
  [
    'hook_failed',
    [
      /failed (pre|post)-(install|upgrade|rollback|delete)/,
      /(pre|post)-(install|upgrade|rollback|delete) hooks? failed/,
      /\d+ test(s)? failed|pod \S+ failed/i,
    ],
  ],
  ['timeout', [/context deadline exceeded|timed out waiting/]],
  ['cancelled', [/context canceled/]],
];

/** The failure that a program's end amounts to. Pure; the message holds no values and nothing of the arguments. */
export function programFailure(program: ProgramName, result: FailedProgram): ClusterFailure {
  const { reason } = result;
  if (reason === 'exit') return classify(program, result);
  const missing = program === 'helm' ? 'helm_missing' : 'kubectl_missing';
  const [code, what] = {
    missing: [missing, 'could not be started'] as const,
    aborted: ['cancelled', 'was stopped on request'] as const,
    deadline: ['timeout', 'did not end in time and was killed'] as const,
    killed: ['unknown', 'was killed by the system before it ended'] as const,
  }[reason];
  return failureOf(code, `${program} ${what}.`);
}

/** True when helm says that there is no such release: for an uninstall that is success, once a read agrees. */
export function saysReleaseNotFound(stderr: string): boolean {
  return /release: not found/.test(stderr);
}

function classify(program: ProgramName, result: FailedProgram): ClusterFailure {
  const message = messageOf(result.stderr);
  const cause = CAUSES.find(([, patterns]) => patterns.some((pattern) => pattern.test(message)));
  const said =
    message === '' ? `${program} ended with code ${result.exitCode ?? 'unknown'} and said nothing.` : message;
  const failure = failureOf(cause?.[0] ?? 'unknown', withoutValues(said));
  // A registry that cannot be reached right now is not a chart that does not exist.
  return failure.code === 'chart_not_found' && AWAY.test(message) ? { ...failure, retryable: true } : failure;
}

const AWAY = /dial tcp|i\/o timeout|TLS handshake|status code 5\d\d|connection re(fused|set)|: 5\d\d /;

/** Helm repeats itself in log lines before its one `Error:`; kubectl prints one line per object and cache refresh noise. */
function messageOf(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !NOISE.test(line));
  const start = lines.findIndex((line) => line.startsWith('Error:'));
  const telling = start < 0 ? lines : lines.slice(start);
  return telling
    .join('\n')
    .replace(/^Error: /, '')
    .trim();
}

const NOISE = /^(level=|time=|[EWI]\d{4} |WARNING: |Warning: |walk\.go|Use --debug flag)/;

/** What others quote of values and addresses, taken out: a message goes into the database and to the tenant. */
function withoutValues(message: string): string {
  return message
    .replace(/Invalid value: ("(?:[^"\\]|\\.)*"|\S+?)(?=:|,|$)/gm, 'Invalid value: ***')
    .replace(/valueUnstructured\{Value:[^}]*\}/g, 'a value of another type')
    .replace(/'[^'\n]*'(?= (does not match|is not valid|must be))/g, '***')
    .replace(/cannot unmarshal (!!\w+) `[^`]*`/g, 'cannot unmarshal $1')
    .replace(/(\w+:\/\/)[^/\s"@]*@/g, '$1')
    .replace(/(Bearer|Basic) [\w.~+/=-]+/g, '$1 ***');
}
