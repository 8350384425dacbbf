import '../../scripts/load-sources.mjs';

/** jest's globalSetup: one Postgres for the run, that all workers make their databases on. */
export default async function startForRun() {
  const { handleVariable, startTestServer } = await import('./test-server.ts');
  const server = await startTestServer();
  globalThis.tenantryTestServer = server;
  process.env[handleVariable] = JSON.stringify(server.handle);
}
