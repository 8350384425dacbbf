import { typeOf } from '../schema.js';
import { ownedFields } from './owned-fields.js';

const pod = typeOf('v1', 'Pod');
const service = typeOf('v1', 'Service');
const custom = typeOf('example.com/v1', 'Widget');

describe('fields that applying an object claims', () => {
  it('are its scalars, not the structs around them', () => {
    expect(ownedFields(pod, { spec: { nodeName: 'a' } })).toEqual({ 'f:spec': { 'f:nodeName': {} } });
  });

  it('are every label, not the labels as a whole', () => {
    expect(ownedFields(pod, { metadata: { labels: { a: '1', b: '2' } } })).toEqual({
      'f:metadata': { 'f:labels': { 'f:a': {}, 'f:b': {} } },
    });
  });

  it('are keyed items and what is in them', () => {
    expect(ownedFields(pod, { spec: { containers: [{ name: 'app', image: 'a:1' }] } })).toEqual({
      'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
    });
  });

  it('are items of a set by their value', () => {
    expect(ownedFields(pod, { metadata: { finalizers: ['a', 'b'] } })).toEqual({
      'f:metadata': { 'f:finalizers': { 'v:"a"': {}, 'v:"b"': {} } },
    });
  });

  it('are an atomic list, map and struct as a whole', () => {
    const spec = { tolerations: [{ key: 'a' }], nodeSelector: { zone: 'x' }, containers: [{ name: 'a', args: ['x'] }] };
    expect(ownedFields(pod, { spec })).toEqual({
      'f:spec': {
        'f:tolerations': {},
        'f:nodeSelector': {},
        'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:args': {} } },
      },
    });
    expect(ownedFields(service, { spec: { selector: { app: 'a' } } })).toEqual({ 'f:spec': { 'f:selector': {} } });
  });

  it('are an empty struct, since somebody wants it there', () => {
    const spec = { securityContext: {}, volumes: [{ name: 'tmp', emptyDir: {} }] };
    expect(ownedFields(pod, { spec })).toEqual({
      'f:spec': {
        'f:securityContext': {},
        'f:volumes': { 'k:{"name":"tmp"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} } },
      },
    });
  });

  it('are a null', () => {
    expect(ownedFields(pod, { spec: { nodeName: null, securityContext: null, volumes: null } })).toEqual({
      'f:spec': { 'f:nodeName': {}, 'f:securityContext': {}, 'f:volumes': {} },
    });
  });

  it('are not an empty list that merges by items', () => {
    expect(ownedFields(pod, { spec: { containers: [] } })).toEqual({});
  });

  it('of a custom resource are members of maps, and lists as a whole', () => {
    expect(ownedFields(custom, { spec: { size: 3, tags: ['a'], nested: { deep: true } } })).toEqual({
      'f:spec': { 'f:size': {}, 'f:tags': {}, 'f:nested': { 'f:deep': {} } },
    });
  });
});
