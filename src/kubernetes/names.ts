const LABEL_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Labels that helm writes on its records itself. */
const HELM_LABELS = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']);

/** Faults of a release name: RFC 1123, at most 53 characters, since helm and charts append to it. */
export function releaseFaults(release: string): string[] {
  return DNS_LABEL.test(release) && release.length <= 53
    ? []
    : ['A release name has 1 to 53 characters: lower case letters, digits and inner hyphens.'];
}

/** Faults of a namespace name: an RFC 1123 label. */
export function namespaceFaults(namespace: string): string[] {
  return DNS_LABEL.test(namespace)
    ? []
    : ['A namespace has 1 to 63 characters: lower case letters, digits and inner hyphens.'];
}

/** Faults of an object name: an RFC 1123 subdomain. */
export function objectNameFaults(name: string): string[] {
  return DNS_SUBDOMAIN.test(name) ? [] : ['An object name has 1 to 253 characters: a DNS subdomain.'];
}

/** Faults of a label for helm's record: Kubernetes' syntax, and none of helm's own keys. */
export function labelFaults(key: string, value: string): string[] {
  const slash = key.indexOf('/');
  const prefixIsFine = slash < 0 || DNS_SUBDOMAIN.test(key.slice(0, slash));
  const faults: string[] = [];
  if (!prefixIsFine || !LABEL_NAME.test(key.slice(slash + 1)))
    faults.push('A label key has a form labels cannot have.');
  if (HELM_LABELS.has(key)) faults.push(`The label ${key} belongs to helm.`);
  if (value !== '' && !LABEL_NAME.test(value)) faults.push('A label value has a form labels cannot have.');
  return faults;
}
