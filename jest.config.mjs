import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

// The build leaves spec files out; the tests must not.
const { exclude: _, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  setupFiles: ['<rootDir>/test/setup/load-nest-first.ts'],
};

// One Postgres for the whole run, whichever of these projects are in it.
const withDatabase = {
  ...shared,
  globalSetup: '<rootDir>/test/setup/start-test-server.mjs',
  globalTeardown: '<rootDir>/test/setup/stop-test-server.mjs',
};

export default {
  // Real programs and databases on a busy machine: slow is not broken. jest takes this setting from here only, not from projects.
  testTimeout: 120_000,
  // One core less, jest's default, is one worker on two cores. What a test file loads as ES modules stays in memory: two hundred files in one
  // process are 2 GB, so a worker is replaced when it has grown.
  maxWorkers: Math.min(availableParallelism(), 8),
  workerIdleMemoryLimit: '768MB',
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'lcov'],
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/**/*.d.ts',
    '!src/**/*.main.ts',
    '!src/main.ts',
    '!src/platform/database.types.ts',
  ],
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    { ...withDatabase, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.spec.ts'] },
    { ...withDatabase, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.ts'] },
  ],
};
