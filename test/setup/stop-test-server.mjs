/** jest's globalTeardown. When jest is killed instead, the server's watchdog stops it. */
export default async function stopAfterRun() {
  await globalThis.tenantryTestServer?.stop();
}
