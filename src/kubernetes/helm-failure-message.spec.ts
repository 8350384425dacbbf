import type { FailureCode } from './failure.js';
import { programFailure, saysReleaseNotFound, type FailedProgram } from './helm-failure.js';

function exited(stderr: string, exitCode = 1): FailedProgram {
  return { ok: false, reason: 'exit', exitCode, stdout: '', stderr };
}

test.each<readonly [FailedProgram['reason'], FailureCode]>([
  ['missing', 'helm_missing'],
  ['aborted', 'cancelled'],
  ['deadline', 'timeout'],
  ['killed', 'unknown'],
])('an end by %s is %s', (reason, code) => {
  expect(programFailure('helm', { ...exited(''), reason }).code).toBe(code);
});

test.each([
  ['Error: Get "https://127.0.0.1:1/v2/x/tags/list": dial tcp 127.0.0.1:1: connect: connection refused', true],
  ['Error: chart "web" version "9.9.9" not found in https://charts.example.com repository', false],
])('%s may be tried again: %s', (stderr, retryable) => {
  expect(programFailure('helm', exited(stderr))).toMatchObject({ code: 'chart_not_found', retryable });
});

test('a missing kubectl has its own code, and says how to set the path', () => {
  const failure = programFailure('kubectl', { ...exited(''), reason: 'missing' });
  expect(failure).toMatchObject({ code: 'kubectl_missing', retryable: false });
  expect(failure.next_action).toContain('KUBECTL_BIN');
});

function messageOf(stderr: string): string {
  return programFailure('helm', exited(stderr)).message;
}

describe('the message', () => {
  test('is what helm says once, without its log lines', () => {
    expect(messageOf('level=WARN msg="upgrade failed" error="x"\nError: UPGRADE FAILED: x\n')).toBe(
      'UPGRADE FAILED: x',
    );
  });

  test.each([
    ['a rejected field', 'Error: Deployment.apps "a" is invalid: spec.x: Invalid value: "hunter2": must be y'],
    [
      'a pattern of a schema',
      "Error: values don't meet the specifications of the schema(s):\n- at '/password': 'hunter2' does not match pattern '^x$'",
    ],
    [
      'a typed patch',
      'Error: failed to create typed patch object: .data.a: expected string, got &value.valueUnstructured{Value:hunter2}',
    ],
    ['a YAML type', 'Error: failed to parse -: cannot unmarshal !!str `hunter2` into map[string]interface {}'],
    ['an address', 'Error: failed to download "https://user:hunter2@charts.example.com/web.tgz"'],
    ['a header', 'Error: request with Bearer hunter2 was refused'],
  ])('does not repeat the value of %s', (_what, stderr) => {
    expect(messageOf(stderr)).not.toContain('hunter2');
  });

  test('is cut where it is long', () => {
    expect(messageOf(`Error: ${'x'.repeat(9000)}`)).toHaveLength(2000);
  });
});

test.each([
  ['Error: uninstall: Release not loaded: a: release: not found', true],
  ['Error: release: not found', true],
  ['Error: kubernetes cluster unreachable: Get "http://127.0.0.1/version": EOF', false],
])('%j says that there is no release: %s', (stderr, said) => {
  expect(saysReleaseNotFound(stderr)).toBe(said);
});
