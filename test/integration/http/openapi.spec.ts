import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildOpenApi } from '../../../src/platform/http/openapi.controller.js';
import type { JsonObject, RunningApp } from './start-app.js';
import { jsonObject, startApp } from './start-app.js';

describe('the published contract', () => {
  let running: RunningApp;
  let document: JsonObject;
  beforeAll(async () => {
    running = await startApp();
    document = (await running.send('GET', '/openapi.json')).json;
  });
  afterAll(() => running.app.close());

  const operations = () =>
    Object.values(jsonObject.parse(document['paths'])).flatMap((path) =>
      Object.values(jsonObject.parse(path)).map((operation) => jsonObject.parse(operation)),
    );

  it('is OpenAPI 3.1 of this product', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Tenantry' }, security: [{ bearer: [] }] });
  });

  it('is what can be built without listening', () => {
    expect(buildOpenApi(running.app)).toEqual(document);
  });

  it('has every route, each once and named', () => {
    const names = operations().map(({ operationId }) => operationId);
    expect(names).toHaveLength(12);
    expect(new Set(names)).toEqual(
      new Set([
        'createThing',
        'deleteThing',
        'failThing',
        'importThings',
        'listThings',
        'livez',
        'metrics',
        'openapi',
        'pokeThing',
        'putThing',
        'readyz',
        'watchThings',
      ]),
    );
    for (const operation of operations()) {
      expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
    }
  });

  it('needs a caller but for what is public', () => {
    const open = operations().filter(({ security }) => Array.isArray(security) && security.length === 0);
    expect(new Set(open.map(({ operationId }) => operationId))).toEqual(
      new Set(['livez', 'metrics', 'openapi', 'readyz']),
    );
  });

  it('has no reference that leads nowhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, path = ''] of references) expect(document).toHaveProperty(path.split('/'));
  });

  it('names its components, and no others', () => {
    const { schemas } = jsonObject.parse(document['components']);
    expect(Object.keys(jsonObject.parse(schemas))).toEqual(['Liveness', 'NewThing', 'Problem', 'Readiness', 'Thing']);
  });

  it('has schemas that validators take, and that real answers fit', async () => {
    const ajv = addFormats.default(new Ajv2020({ strict: false }));
    ajv.addSchema(document, 'contract');
    const validate = (name: string) => ajv.getSchema(`contract#/components/schemas/${name}`);
    const thing = await running.send('POST', '/v1/things', { name: 'a', title: 'A' });
    expect(validate('Thing')?.(thing.json)).toBe(true);
    const problem = await running.send('POST', '/v1/things?x=1', {});
    expect(validate('Problem')?.(problem.json)).toBe(true);
    expect(validate('NewThing')?.({ name: 'a', title: 'A' })).toBe(true);
    expect(validate('NewThing')?.({ name: 'A', title: 'A' })).toBe(false);
  });
});

describe('the readable reference', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running.app.close());

  it('is a page whose every part comes from here', async () => {
    const { status, headers, text } = await running.send('GET', '/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts.length).toBeGreaterThan(4);
    for (const part of parts) {
      expect(part).toMatch(/^\//);
      expect((await running.send('GET', part)).status).toBe(200);
    }
  });

  it('has nothing inline that its policy would stop', async () => {
    const { headers, text } = await running.send('GET', '/docs');
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(text).not.toMatch(/<script>|<script [^>]*>[^<]|onclick|javascript:/);
  });

  it('starts on the contract of this process', async () => {
    const { headers, text } = await running.send('GET', '/docs/start.js');
    expect(headers.get('content-type')).toContain('javascript');
    expect(text).toContain("url: '/openapi.json'");
  });
});
