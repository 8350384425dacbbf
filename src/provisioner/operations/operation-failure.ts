import { failureOf, type FailureCode } from '../../kubernetes/failure.js';
import type { OperationError } from './operation.js';

/** Causes that this room knows beside those of the cluster. */
export type OperationFailureCode = FailureCode | 'readiness_timeout' | 'cancelled' | 'internal';

/** The public error of an operation: a stable code, what was seen, and what a person would do next. */
export function failing(code: OperationFailureCode, message: string): OperationError {
  switch (code) {
    case 'readiness_timeout':
      return {
        code,
        message,
        retryable: true,
        next_action: 'Read why the pods are not ready, correct that, then repair or upgrade the instance.',
      };
    case 'cancelled':
      return { code, message, retryable: true, next_action: 'Create the instance again, or uninstall it.' };
    case 'internal':
      return {
        code,
        message,
        retryable: true,
        next_action: 'Repeat the operation; if it fails again, read the log of the worker.',
      };
    default: {
      const failure = failureOf(code, message);
      return {
        code: failure.code,
        message: failure.message,
        retryable: failure.retryable,
        next_action: failure.next_action,
      };
    }
  }
}
