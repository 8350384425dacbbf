import { blueprintSpec, type BlueprintSpec } from '../blueprints/blueprint.js';
import { hostFaults, hostOf, withHost } from './hostname.js';
import type { JsonObject } from './json-pointer.js';

function blueprint(hostname?: object): BlueprintSpec {
  return blueprintSpec.parse({ name: 'web-app', chart: { path: 'charts/web-app' }, ...(hostname ? { hostname } : {}) });
}

const templated = blueprint({ value: '/ingress/host', template: '{instance}.{tenant}.example.com' });

describe('the host of an instance', () => {
  it.each<[string, BlueprintSpec, JsonObject, string | undefined]>([
    [
      'is none where the blueprint names no place for it',
      blueprint(),
      { ingress: { host: 'a.example.com' } },
      undefined,
    ],
    ['is made of the template', templated, {}, 'main.acme.example.com'],
    [
      'is made of the template when the values leave it empty',
      templated,
      { ingress: { host: '' } },
      'main.acme.example.com',
    ],
    ['is the one that the values ask for', templated, { ingress: { host: 'shop.example.com' } }, 'shop.example.com'],
    ['is the same however it is written', templated, { ingress: { host: 'Shop.Example.COM' } }, 'shop.example.com'],
    ['is no number', templated, { ingress: { host: 7 } }, 'main.acme.example.com'],
    ['is none without value and template', blueprint({ value: '/ingress/host' }), {}, undefined],
    [
      'takes every place in the template',
      blueprint({ value: '/host', template: '{tenant}-{tenant}-{instance}.x' }),
      {},
      'acme-acme-main.x',
    ],
  ])('%s', (_what, spec, merged, host) => {
    expect(hostOf(spec, merged, 'acme', 'main')).toBe(host);
  });
});

describe('the host of an instance that is no DNS name', () => {
  const joined = blueprint({ value: '/host', template: '{instance}-{tenant}.example.com' });
  const slug = 'a'.repeat(63);
  it.each<[string, BlueprintSpec, JsonObject, string, object[]]>([
    ['is none of those that are', templated, { ingress: { host: 'Shop.example.com' } }, 'acme', []],
    ['is none where there is no host', blueprint(), { ingress: { host: '*' } }, 'acme', []],
    [
      'is told of the value that asks for it',
      templated,
      { ingress: { host: 'my_shop.example.com' } },
      'acme',
      [{ madeBy: 'value', message: expect.stringContaining('lower-case letters') }],
    ],
    [
      'does not pass because another script has one of our letters as its lower case',
      templated,
      { ingress: { host: '\u212Aelvin.example.com' } },
      'acme',
      [{ madeBy: 'value', message: expect.stringContaining('xn--') }],
    ],
    [
      'is told of the template where names are too long for it',
      joined,
      {},
      slug,
      [{ madeBy: 'template', message: expect.stringContaining('at most 63') }],
    ],
    ['is none where a value stands in for that template', joined, { host: 'shop.example.com' }, slug, []],
  ])('%s', (_what, spec, merged, tenant, faults) => {
    expect(hostFaults(spec, merged, tenant, 'main')).toEqual(faults);
  });
});

describe('the values with the host', () => {
  const host = 'main.acme.example.com';
  it.each<[string, BlueprintSpec, JsonObject, JsonObject]>([
    [
      'hold it where the chart reads it',
      templated,
      { ingress: { host: '', class: 'n' } },
      { ingress: { host, class: 'n' } },
    ],
    [
      'hold it even where they leave out what it stands in',
      templated,
      { replicas: 1 },
      { replicas: 1, ingress: { host } },
    ],
    ['hold it in a list', blueprint({ value: '/hosts/0' }), { hosts: ['', 'x'] }, { hosts: [host, 'x'] }],
    ['hold it under an escaped key', blueprint({ value: '/a~1b/c' }), {}, { 'a/b': { c: host } }],
    ['are as they were without a place for it', blueprint(), { ingress: {} }, { ingress: {} }],
  ])('%s', (_what, spec, values, expected) => {
    const before = structuredClone(values);
    expect(withHost(spec, values, host)).toEqual(expected);
    expect(values).toEqual(before);
  });

  it('are as they were without a host', () => {
    expect(withHost(templated, { ingress: {} }, undefined)).toEqual({ ingress: {} });
  });
});
