import { negotiate } from './negotiation.js';

const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

describe('negotiate', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json, */*', 'json'],
    ['application/vnd.kubernetes.protobuf,application/json', 'json'],
    ['application/vnd.kubernetes.protobuf, application/*', 'json'],
    [AGGREGATED, 'discovery'],
    [TABLE, 'table'],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', 'json'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'partial'],
    ['application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io', 'partial'],
    ['application/vnd.kubernetes.protobuf', undefined],
    ['text/html', undefined],
  ])('of %s is %s', (accept, expected) => {
    expect(negotiate(accept)).toBe(expected);
  });
});
