import { ADMIN } from '../access/user.js';
import { parseResourcePath } from './request-info.js';
import { warningHeaders, writeParameters, type ResourceRequest } from './resource-request.js';

function request(query: string, headers: Record<string, string> = {}): ResourceRequest {
  const path = parseResourcePath('/api/v1/namespaces/ns/configmaps/a');
  if (path === undefined) throw new Error('no such path');
  return {
    method: 'PATCH',
    path,
    query: new URLSearchParams(query),
    headers,
    user: ADMIN,
    body: Buffer.alloc(0),
    as: 'json',
  };
}

describe('writeParameters', () => {
  it.each([
    ['', { fieldManager: 'unknown', fieldValidation: 'Warn', dryRun: false, force: undefined }],
    ['fieldManager=helm', { fieldManager: 'helm' }],
    ['fieldValidation=Strict', { fieldValidation: 'Strict' }],
    ['fieldValidation=Ignore', { fieldValidation: 'Ignore' }],
    ['dryRun=All', { dryRun: true }],
    ['dryRun=', { dryRun: false }],
    ['force=true', { force: true }],
    ['force=false', { force: false }],
  ])('of ?%s', (query, expected) => {
    expect(writeParameters(request(query))).toMatchObject(expected);
  });

  it.each([
    ['Helm/4.1.4', 'Helm'],
    ['kubectl/v1.34.5 (linux/amd64) kubernetes/ebfac05', 'kubectl'],
    ['', 'unknown'],
  ])('takes the writer from the agent %j when nothing names him', (agent, manager) => {
    expect(writeParameters(request('', { 'user-agent': agent })).fieldManager).toBe(manager);
  });

  it.each([
    ['dryRun=Some', 422, 'dryRun: Unsupported value: ["Some"]: supported values: "All"'],
    ['fieldValidation=Maybe', 400, 'fieldValidation: Unsupported value: "Maybe"'],
  ])('refuses ?%s', (query, code, message) => {
    expect(() => writeParameters(request(query))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});

describe('warningHeaders', () => {
  it('quotes each warning as RFC 7234 has it', () => {
    expect(warningHeaders(['unknown field "spec.x"', 'two'])).toEqual({
      Warning: '299 - "unknown field \\"spec.x\\"", 299 - "two"',
    });
    expect(warningHeaders([])).toEqual({});
  });
});
