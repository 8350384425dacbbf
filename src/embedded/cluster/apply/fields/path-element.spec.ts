import { memberType, typeOf } from '../schema.js';
import type { ListNode } from '../schema/type-node.js';
import { fieldElement, itemElement, printElement, printPath } from './path-element.js';

function listAt(apiVersion: string, kind: string, ...path: string[]): ListNode {
  let type: ReturnType<typeof memberType> = typeOf(apiVersion, kind);
  for (const member of path) {
    if (type?.is === 'list') type = type.element;
    type = type && memberType(type, member);
  }
  if (type?.is !== 'list') throw new Error(`no list at ${path.join('.')}`);
  return type;
}

const containers = listAt('v1', 'Pod', 'spec', 'containers');
const containerPorts = listAt('v1', 'Pod', 'spec', 'containers', 'ports');
const finalizers = listAt('v1', 'Pod', 'metadata', 'finalizers');

describe('a step of a field path', () => {
  it.each([
    ['a field', fieldElement('replicas'), 'f:replicas'],
    ['a container by its name', itemElement(containers, { name: 'app', image: 'a:1' }), 'k:{"name":"app"}'],
    [
      'a port by number and protocol',
      itemElement(containerPorts, { protocol: 'UDP', containerPort: 53 }),
      'k:{"containerPort":53,"protocol":"UDP"}',
    ],
    [
      'a port without protocol, which counts as TCP',
      itemElement(containerPorts, { containerPort: 80 }),
      'k:{"containerPort":80,"protocol":"TCP"}',
    ],
    ['a finalizer by its value', itemElement(finalizers, 'example.com/x'), 'v:"example.com/x"'],
  ])('names %s', (_what, element, expected) => {
    expect(element).toBe(expected);
  });

  it.each([
    ['a container without a name', containers, {}],
    ['a container that is no object', containers, 'app'],
    ['a missing container', containers, null],
    ['a finalizer that is an object', finalizers, {}],
    ['a missing finalizer', finalizers, null],
  ])('cannot name %s', (_what, list, item) => {
    expect(itemElement(list, item)).toBeUndefined();
  });

  it.each([
    ['f:replicas', '.replicas'],
    ['f:app.kubernetes.io/name', '.app.kubernetes.io/name'],
    ['k:{"name":"app"}', '[name="app"]'],
    ['k:{"containerPort":80,"protocol":"TCP"}', '[containerPort=80,protocol="TCP"]'],
    ['v:"a"', '[="a"]'],
    ['i:3', '[3]'],
  ])('prints %s as %s', (element, expected) => {
    expect(printElement(element)).toBe(expected);
  });

  it('prints a path as messages do', () => {
    const path = ['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"app"}', 'f:image'];
    expect(printPath(path)).toBe('.spec.template.spec.containers[name="app"].image');
  });
});
