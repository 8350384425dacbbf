import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { generateDatabaseTypes, readDatabaseTypes } from '../../setup/database-types.js';
import { readTestServer } from '../../setup/database.js';

describe('src/platform/database.types.ts', () => {
  it('says what the migrations make; npm run db:types writes it anew', async () => {
    const { address, template } = readTestServer();
    const sql = connectAsOwner(address, template);
    try {
      const [generated, committed] = await Promise.all([generateDatabaseTypes(sql), readDatabaseTypes()]);
      expect(committed).toBe(generated);
    } finally {
      await sql.end({ timeout: 1 });
    }
  });
});
