const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;
const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const DNS1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD = `\\*\\.${DNS_SUBDOMAIN}`;
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const HEADER = '[-A-Za-z0-9]+';
const PERCENT = '[0-9]+%';

const matches = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const QUALIFIED_NAME = matches(QUALIFIED);
const LABEL = matches(LABEL_VALUE);
const DNS_LABEL_NAME = matches(DNS_LABEL);
const SUBDOMAIN = matches(DNS_SUBDOMAIN);
const DNS1035 = matches(DNS1035_LABEL);
const WILDCARD_NAME = matches(WILDCARD);
const KEY = matches(CONFIG_KEY);
const HEADER_NAME = matches(HEADER);
const PERCENTAGE = matches(PERCENT);

const LABEL_LENGTH = 63;
const SUBDOMAIN_LENGTH = 253;

function tooLong(limit: number): string {
  return `must be no more than ${limit} characters`;
}

/** Words a pattern that a text does not match, with examples of texts that do. */
function mismatch(what: string, pattern: string, ...examples: readonly string[]): string {
  const such = examples.map((example) => `'${example}', `).join(' or ');
  return `${what} (e.g. ${such}regex used for validation is '${pattern}')`;
}

const alphanumeric =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** What is wrong with a label key, an annotation key or a resource name: `example.com/name`. */
export function qualifiedNameFaults(text: string): string[] {
  const parts = text.split('/');
  const pattern = mismatch(alphanumeric, QUALIFIED, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) {
    return [`a qualified name ${pattern} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const faults = parts.length === 2 ? prefixFaults(parts[0] ?? '') : [];
  if (name === '') faults.push('name part must be non-empty');
  else if (name.length > LABEL_LENGTH) faults.push(`name part ${tooLong(LABEL_LENGTH)}`);
  if (!QUALIFIED_NAME.test(name)) faults.push(`name part ${pattern}`);
  return faults;
}

function prefixFaults(prefix: string): string[] {
  return prefix === ''
    ? ['prefix part must be non-empty']
    : subdomainFaults(prefix).map((fault) => `prefix part ${fault}`);
}

/** What is wrong with the value of a label. */
export function labelValueFaults(text: string): string[] {
  const what = `a valid label must be an empty string or consist of ${alphanumeric.slice('must consist of '.length)}`;
  return [
    ...(text.length > LABEL_LENGTH ? [tooLong(LABEL_LENGTH)] : []),
    ...(LABEL.test(text) ? [] : [mismatch(what, LABEL_VALUE, 'MyValue', 'my_value', '12345')]),
  ];
}

/** What is wrong with a name that is one part of a host name: of a container, a volume, a namespace. */
export function dnsLabelFaults(text: string): string[] {
  const faults = text.length > LABEL_LENGTH ? [tooLong(LABEL_LENGTH)] : [];
  if (DNS_LABEL_NAME.test(text)) return faults;
  if (SUBDOMAIN.test(text)) return [...faults, 'must not contain dots'];
  const what =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...faults, mismatch(what, DNS_LABEL, 'my-name', '123-abc')];
}

/** What is wrong with a host name, which most objects are named by. */
export function subdomainFaults(text: string): string[] {
  const what =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [
    ...(text.length > SUBDOMAIN_LENGTH ? [tooLong(SUBDOMAIN_LENGTH)] : []),
    ...(SUBDOMAIN.test(text) ? [] : [mismatch(what, DNS_SUBDOMAIN, 'example.com')]),
  ];
}

/** What is wrong with the name of a Service. */
export function dns1035LabelFaults(text: string): string[] {
  const what =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [
    ...(text.length > LABEL_LENGTH ? [tooLong(LABEL_LENGTH)] : []),
    ...(DNS1035.test(text) ? [] : [mismatch(what, DNS1035_LABEL, 'my-name', 'abc-123')]),
  ];
}

/** What is wrong with a host of an Ingress that begins with a star. */
export function wildcardFaults(text: string): string[] {
  if (WILDCARD_NAME.test(text)) return [];
  const what =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
  return [mismatch(what, WILDCARD, '*.example.com')];
}

/** What is wrong with a key of a ConfigMap or Secret. */
export function configKeyFaults(text: string): string[] {
  const faults = text.length > SUBDOMAIN_LENGTH ? [tooLong(SUBDOMAIN_LENGTH)] : [];
  if (!KEY.test(text)) {
    const what = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    faults.push(mismatch(what, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'));
  }
  if (text === '.' || text === '..') faults.push(`must not be '${text}'`);
  else if (text.startsWith('..')) faults.push("must not start with '..'");
  return faults;
}

/** What is wrong with the name of an environment variable. */
export function variableNameFaults(text: string): string[] {
  if (/^[\x20-\x3c\x3e-\x7e]+$/.test(text)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** What is wrong with the name of a port. */
export function portNameFaults(text: string): string[] {
  return [
    ...(text.length > 15 ? [tooLong(15)] : []),
    ...(/^[-a-z0-9]+$/.test(text) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(text) ? [] : ['must contain at least one letter (a-z)']),
    ...(text.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(/^-|-$/.test(text) ? ['must not begin or end with a hyphen'] : []),
  ];
}

/** What is wrong with the number of a port. */
export function portNumberFaults(port: unknown): string[] {
  const valid = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
  return valid ? [] : ['must be between 1 and 65535, inclusive'];
}

/** What is wrong with the name of an HTTP header. */
export function headerFaults(text: string): string[] {
  if (HEADER_NAME.test(text)) return [];
  const what = "a valid HTTP header must consist of alphanumeric characters or '-'";
  return [mismatch(what, HEADER, 'X-Header-Name')];
}

/** What is wrong with a percentage: `25%`. */
export function percentFaults(text: string): string[] {
  if (PERCENTAGE.test(text)) return [];
  return [mismatch("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, '1%', '93%')];
}

/** What is wrong with a name that stands in a path, as of a Role. */
export function pathSegmentFaults(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%']
    .filter((character) => text.includes(character))
    .map((character) => `may not contain '${character}'`);
}
