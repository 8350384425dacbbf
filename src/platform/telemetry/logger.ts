import type { LoggerService } from '@nestjs/common';
import type { DestinationStream, Level, Logger } from 'pino';
import { pino } from 'pino';
import { currentContext } from '../request-context.js';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Members that never reach a log, at the top or one or two levels down. */
const secretMembers = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'apiKey',
  'admin_key',
  'adminKey',
  'values',
  '["set-cookie"]',
  '["x-api-key"]',
];

function redactedPaths(): string[] {
  return secretMembers.flatMap((name) => {
    const below = name.startsWith('[') ? name : `.${name}`;
    return [name, `*${below}`, `*.*${below}`];
  });
}

/**
 * JSON lines to stdout, or to `destination`. Each line carries `request_id`, `trace_id` and `actor` of the running
 * request. Secrets are cut by member name: never put one into a message.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths(), censor: '***' },
      mixin: contextMembers,
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

function contextMembers(): Record<string, string> {
  const context = currentContext();
  if (!context) return {};
  const { requestId, traceId, actor } = context;
  return { request_id: requestId, trace_id: traceId, ...(actor === undefined ? {} : { actor }) };
}

/** Parts of Nest that write a line for each module and route at start. */
const chatter = new Set(['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver']);

/**
 * Nest's `Logger`, and so every room's `new Logger(Room.name)`, over pino. An object as the message becomes members:
 * `logger.log({ message: 'claimed', operation_id })`; an `Error`, alone or as member `err`, is logged with its causes.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest hands over the context's name last, and a stack before it when it logs an error. */
  private write(wanted: Level, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const level = wanted === 'info' && chatter.has(String(context)) ? 'debug' : wanted;
    const [first] = rest.length > 1 ? rest : [];
    const members = {
      ...(typeof context === 'string' ? { context } : {}),
      ...(typeof first === 'string' ? { stack: first } : {}),
      ...(first instanceof Error ? { err: first } : {}),
    };
    if (message instanceof Error) this.logger[level]({ ...members, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) this.writeObject(level, { ...members, ...message });
    else this.logger[level](members, String(message));
  }

  private writeObject(level: Level, members: object): void {
    const { message, ...others } = { message: undefined, ...members };
    if (typeof message === 'string') this.logger[level](others, message);
    else this.logger[level](members);
  }
}
