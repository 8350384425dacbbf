import { z } from 'zod';
import { rowInstant } from '../../platform/rows.js';
import { type Blueprint, blueprintSpec } from './blueprint.js';

/** A row of `blueprints`, parsed to the version that it holds. */
export const blueprintRow = z
  .object({ id: z.string(), name: z.string(), version: z.number(), spec: blueprintSpec, created_at: rowInstant })
  .transform(({ id, version, spec, created_at }): Blueprint => ({ ...spec, id, version, created_at }));
