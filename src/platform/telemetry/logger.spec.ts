import { z } from 'zod';
import { contextOf, runInContext } from '../request-context.js';
import { createLogger, NestLogger } from './logger.js';

const line = z.record(z.string(), z.unknown());

function recorder(level: 'trace' | 'info' = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const write = (text: string): void => {
    texts.push(text);
    lines.push(line.parse(JSON.parse(text)));
  };
  const logger = createLogger(level, { write });
  return { lines, texts, logger, nest: new NestLogger(logger) };
}

describe('the logger', () => {
  it('lets nothing break out of its line', () => {
    const { logger, texts } = recorder();
    const forged = 'refused\n{"level":"info","msg":"forged"}\r\u2028\u0000';
    logger.warn({ path: forged }, forged);
    expect(texts).toHaveLength(1);
    expect(texts[0]?.trimEnd()).not.toMatch(/[\n\r\0]/);
  });

  it('writes one JSON line with a readable level and time', () => {
    const { lines, logger } = recorder();
    logger.info({ operation_id: 'o' }, 'claimed');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        pid: process.pid,
        operation_id: 'o',
        msg: 'claimed',
      },
    ]);
  });

  it('says in whose request it happened', () => {
    const { lines, logger } = recorder();
    const context = contextOf('req-1', undefined);
    runInContext({ ...context, actor: 'operator' }, () => logger.info('x'));
    expect(lines[0]).toMatchObject({ request_id: 'req-1', trace_id: context.traceId, actor: 'operator' });
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = recorder('info');
    logger.debug('x');
    expect(lines).toEqual([]);
  });

  it('cuts secrets by the names of their members', () => {
    const { lines, logger } = recorder();
    logger.info({
      authorization: 'Bearer hunter2',
      headers: { authorization: 'hunter2', cookie: 'hunter2', 'set-cookie': 'hunter2', 'x-api-key': 'hunter2' },
      req: { headers: { authorization: 'hunter2' } },
      instance: { values: { db: 'hunter2' }, password: 'hunter2', name: 'shown' },
      token: 'hunter2',
    });
    const text = JSON.stringify(lines);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('shown');
    expect(lines[0]).toMatchObject({ token: '***' });
  });

  it('logs the causes of an error', () => {
    const { lines, logger } = recorder();
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(JSON.stringify(lines)).toMatch(/outer.*inner/);
  });
});

describe("Nest's logger over it", () => {
  it.each([
    ['log', 'info'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
    ['fatal', 'fatal'],
  ] as const)('%s writes at %s', (method, level) => {
    const { lines, nest } = recorder();
    nest[method]('said', 'Room');
    expect(lines).toMatchObject([{ level, msg: 'said', context: 'Room' }]);
  });

  it('takes an object for members, and its message for the message', () => {
    const { lines, nest } = recorder();
    nest.log({ message: 'claimed', operation_id: 'o' }, 'Room');
    expect(lines).toMatchObject([{ msg: 'claimed', operation_id: 'o', context: 'Room' }]);
    expect(lines[0]).not.toHaveProperty('message');
  });

  it('takes an object without a message whole', () => {
    const { lines, nest } = recorder();
    nest.log({ operation_id: 'o' }, 'Room');
    expect(lines).toMatchObject([{ operation_id: 'o', context: 'Room' }]);
  });

  it('takes errors alone, as a member, and as a stack', () => {
    const { lines, nest } = recorder();
    nest.error(new Error('one'), 'Room');
    nest.error({ message: 'two failed', err: new Error('two') }, 'Room');
    nest.error('three', 'Error: three\n    at somewhere', 'Room');
    nest.error('four', new Error('cause of four'), 'Room');
    expect(lines).toMatchObject([
      { msg: 'one', err: { type: 'Error', message: 'one' }, context: 'Room' },
      { msg: 'two failed', err: { message: 'two' } },
      { msg: 'three', stack: 'Error: three\n    at somewhere' },
      { msg: 'four', err: { message: 'cause of four' } },
    ]);
  });

  it('lowers what Nest tells about each route at start', () => {
    const { lines, nest } = recorder();
    nest.log('Mapped {/v1, GET} route', 'RouterExplorer');
    nest.warn('something', 'RouterExplorer');
    expect(lines.map(({ level }) => level)).toEqual(['debug', 'warn']);
  });
});
