import type { IncomingHttpHeaders } from 'node:http';

import { badRequest, StatusError } from '../../store/status-error.js';
import type { FieldValidation } from '../../apply/decode.js';
import type { User } from '../access/user.js';
import type { Representation } from './negotiation.js';
import type { ResourcePath } from './request-info.js';

/** A request for a resource, authenticated and authorized. */
export interface ResourceRequest {
  method: string;
  path: ResourcePath;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  user: User;
  body: Buffer;
  /** the form the answer shall have */
  as: Representation;
}

/** What writes take from the query. */
export interface WriteParameters {
  fieldManager: string;
  fieldValidation: FieldValidation;
  dryRun: boolean;
  force: boolean | undefined;
}

/** Reads the parameters of a write. Throws 422 on values that do not exist. */
export function writeParameters({ query, headers }: ResourceRequest): WriteParameters {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) {
    throw invalidOption(
      `dryRun: Unsupported value: [${dryRun.map((value) => JSON.stringify(value)).join(',')}]: supported values: "All"`,
    );
  }
  const force = query.get('force');
  return {
    fieldManager: query.get('fieldManager') || managerOfAgent(headers['user-agent']),
    fieldValidation: fieldValidationOf(query.get('fieldValidation')),
    dryRun: dryRun.length > 0,
    force: force === null ? undefined : force === 'true',
  };
}

function invalidOption(why: string): StatusError {
  const about = { group: 'meta.k8s.io', kind: 'CreateOptions' };
  return new StatusError(422, 'Invalid', `CreateOptions.meta.k8s.io "" is invalid: ${why}`, about);
}

/** `helm` of `helm/4.1.4 (linux/amd64)`: who writes, when no fieldManager says so. */
function managerOfAgent(agent: string | undefined): string {
  const name = (agent ?? '').split('/')[0] ?? '';
  return name === '' ? 'unknown' : name;
}

function fieldValidationOf(value: string | null): FieldValidation {
  switch (value ?? '') {
    case '':
    case 'Warn':
      return 'Warn';
    case 'Strict':
      return 'Strict';
    case 'Ignore':
      return 'Ignore';
    default:
      throw badRequest(
        `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
      );
  }
}

/** Warnings as headers: clients print them. */
export function warningHeaders(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  return { Warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ') };
}
