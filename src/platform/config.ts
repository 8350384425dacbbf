import type { z } from 'zod';

/** `EX_CONFIG` of sysexits: supervisors need not start a badly configured process again. */
export const badConfigExitCode = 78;

/** What is wrong with the settings, all of it. Values are never told: some are secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(['The configuration has faults:', ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;
type Environments = Readonly<Record<string, z.ZodType>>;
type Parsed<E extends Environments> = { [Room in keyof E]: z.output<E[Room]> };

/**
 * Parses the environment by every room's schema, whose keys are names of variables. An empty variable is as good as none.
 * @returns what each schema gave, under the room's name
 * @throws ConfigError with every fault of every room.
 */
export function loadConfig<E extends Environments>(environment: Environment, rooms: E): Parsed<E>;
export function loadConfig(environment: Environment, rooms: Environments): unknown {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const results = Object.entries(rooms).map(
    ([room, schema]) => [room, schema.safeParse(given, { error: required })] as const,
  );
  const faults = results.flatMap(([, result]) => result.error?.issues.map(describe) ?? []);
  if (faults.length > 0) throw new ConfigError([...new Set(faults)].sort((a, b) => a.localeCompare(b)));
  return Object.fromEntries(results.map(([room, result]) => [room, result.data]));
}

function required(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined;
}

function describe(issue: z.core.$ZodIssue): string {
  const [variable, ...rest] = issue.path;
  const place = rest.length > 0 ? ` (at ${rest.map(String).join('.')})` : '';
  return `${String(variable ?? 'environment')}${place}: ${issue.message}`;
}
