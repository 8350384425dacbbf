import { failing, type OperationFailureCode } from './operation-failure.js';

const codes: OperationFailureCode[] = [
  'helm_missing',
  'kubectl_missing',
  'cluster_unreachable',
  'chart_not_found',
  'values_invalid',
  'render_failed',
  'quota_exceeded',
  'image_pull_failed',
  'crash_loop',
  'unschedulable',
  'readiness_timeout',
  'namespace_terminating',
  'release_locked',
  'conflict',
  'name_taken',
  'forbidden',
  'cancelled',
  'internal',
];

describe('the public error of an operation', () => {
  it.each(codes)('%s carries its code, the message, whether it may pass, and what a person would do next', (code) => {
    const error = failing(code, 'what was seen');
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'next_action', 'retryable']);
    expect(error).toMatchObject({ code, message: 'what was seen' });
    expect(typeof error.retryable).toBe('boolean');
    expect(error.next_action).toMatch(/^[A-Z].{20,}\.$/);
  });

  it.each(['helm_missing', 'kubectl_missing'] as const)('%s says how to set the path', (code) => {
    expect(failing(code, '')).toMatchObject({
      retryable: false,
      next_action: expect.stringMatching(/(HELM|KUBECTL)_BIN/),
    });
  });
});
