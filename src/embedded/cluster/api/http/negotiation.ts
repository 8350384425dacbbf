export type Representation = 'json' | 'table' | 'partial' | 'discovery';

const AS: Readonly<Record<string, Representation>> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partial',
  APIGroupDiscoveryList: 'discovery',
};

/**
 * The first representation of the Accept header that is served. Protobuf is not: clients that ask for it name JSON as
 * well. Undefined when nothing asked for can be served (406).
 */
export function negotiate(accept: string | undefined): Representation | undefined {
  if (accept === undefined || accept === '') return 'json';
  for (const range of accept.split(',')) {
    const [media = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (media === 'application/json') {
      const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
      if (as === undefined) return 'json';
      const version = parameters.find((parameter) => parameter.startsWith('v='))?.slice(2);
      const known = AS[as];
      if (known !== undefined && version !== 'v1beta1' && version !== 'v2beta1') return known;
    }
    if (media === '*/*' || media === 'application/*') return 'json';
  }
  return undefined;
}
