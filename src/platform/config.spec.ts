import { z } from 'zod';
import { ConfigError, badConfigExitCode, loadConfig } from './config.js';

const one = z.object({ PORT: z.coerce.number().int().max(65_535).default(3_000) });
const two = z.object({ TOKEN: z.string().min(10, 'must have 10 characters'), MODE: z.enum(['a', 'b']).optional() });

function faultsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(environment, { one, two });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  throw new Error('nothing was at fault');
}

describe('loading the configuration', () => {
  it('gives each room what its schema makes of the environment', () => {
    const config = loadConfig({ PORT: '80', TOKEN: 'long enough', HOME: '/root' }, { one, two });
    expect(config).toEqual({ one: { PORT: 80 }, two: { TOKEN: 'long enough' } });
    const port: number = config.one.PORT;
    expect(port).toBe(80);
  });

  it('takes an empty variable for an absent one', () => {
    expect(loadConfig({ PORT: '', TOKEN: 'long enough', MODE: '' }, { one, two }).one.PORT).toBe(3_000);
  });

  it('tells every fault of every room at once', () => {
    expect(faultsOf({ PORT: 'ninety', MODE: 'c' })).toEqual([
      'MODE: Invalid option: expected one of "a"|"b"',
      'PORT: Invalid input: expected number, received NaN',
      'TOKEN: is required',
    ]);
  });

  it('is one message', () => {
    expect(() => loadConfig({ PORT: '1e9', TOKEN: 'x' }, { one, two })).toThrow(
      'The configuration has faults:\n  PORT: Too big: expected number to be <=65535\n  TOKEN: must have 10 characters',
    );
  });

  it('never tells a value', () => {
    expect(faultsOf({ TOKEN: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('tells a fault that two rooms find once', () => {
    expect(() => loadConfig({}, { a: two, b: two })).toThrow('The configuration has faults:\n  TOKEN: is required');
  });
});

describe('starting with a bad configuration', () => {
  it('ends with 78, as sysexits has it', () => {
    expect(badConfigExitCode).toBe(78);
  });
});
