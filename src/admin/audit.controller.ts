import { Readable } from 'node:stream';
import { Controller, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { auditEntry } from '../audit/audit-entry.js';
import { AuditExport, exportFormats } from '../audit/audit-export.service.js';
import { auditQuery } from '../audit/audit-filter.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { page } from '../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
import { TenantsService } from '../tenants/tenants.service.js';

const tag = 'audit';
const tenant = z
  .string()
  .min(1)
  .max(63)
  .optional()
  .describe('The id or the slug; of a tenant that was deleted, the id');
const problems = { not_found: ['tenant_not_found'] } as const;

const listAudit = defineRoute({
  name: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  access: { scope: 'audit:read', of: 'platform' },
  tag,
  summary: 'Who did what, newest first',
  description: 'Every change and every refused attempt, of all tenants.',
  query: z.strictObject({ tenant, ...auditQuery }),
  answers: { 200: { description: 'A page of the trail.', schema: page(auditEntry) } },
  problems,
});

const types = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const;

const exportAudit = defineRoute({
  name: 'exportAudit',
  method: 'GET',
  path: '/v1/audit/export',
  access: { scope: 'audit:read', of: 'platform' },
  tag,
  summary: 'The whole trail, or that of one tenant, as a file',
  description:
    'NDJSON holds rows, hashes, checkpoints and keys: what `npm run audit:verify -- <file>` verifies without this service. CSV holds the rows for a spreadsheet.',
  query: z.strictObject({ format: z.enum(exportFormats).default('ndjson'), tenant }),
  answers: {
    200: {
      description: 'The file. NDJSON that is whole ends with a line of type `end`.',
      stream: Object.values(types),
      headers: { 'Content-Disposition': 'A name for the file.' },
    },
  },
  problems,
});

@Controller()
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly exports: AuditExport,
    private readonly tenants: TenantsService,
  ) {}

  @Route(listAudit)
  async list({ query }: InputOf<typeof listAudit>): Promise<AnswerOf<typeof listAudit>> {
    const { tenant: named, limit, cursor, ...filter } = query;
    return this.trail.page({ ...filter, tenant_id: await this.idOf(named) }, limit, cursor);
  }

  @Route(exportAudit)
  async export({ query }: InputOf<typeof exportAudit>): Promise<AnswerOf<typeof exportAudit>> {
    const pieces = this.exports.write(query.format, await this.idOf(query.tenant));
    const name = `audit-${new Date().toISOString().slice(0, 10)}.${query.format}`;
    return answer(200, new StreamableFile(Readable.from(pieces, { objectMode: false, highWaterMark: 65_536 })), {
      'content-type': types[query.format],
      'content-disposition': `attachment; filename="${name}"`,
    });
  }

  /** An id is taken at its word: the trail of a tenant outlives the tenant. */
  private async idOf(idOrSlug: string | undefined): Promise<string | undefined> {
    if (idOrSlug === undefined) return undefined;
    const id = z.uuid().safeParse(idOrSlug);
    return id.success ? id.data.toLowerCase() : (await this.tenants.get(idOrSlug, 'all')).id;
  }
}
