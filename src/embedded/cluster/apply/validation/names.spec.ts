import {
  configKeyFaults,
  dns1035LabelFaults,
  dnsLabelFaults,
  headerFaults,
  labelValueFaults,
  pathSegmentFaults,
  percentFaults,
  portNameFaults,
  portNumberFaults,
  qualifiedNameFaults,
  subdomainFaults,
  variableNameFaults,
  wildcardFaults,
} from './names.js';

const long = 'a'.repeat(64);

describe('a name that is well formed', () => {
  it.each([
    ['a label', dnsLabelFaults, ['a', 'web-1', '0a', 'a'.repeat(63)]],
    ['a host name', subdomainFaults, ['a', 'a.b', 'my-app.example.com']],
    ['a service', dns1035LabelFaults, ['web', 'web-1']],
    ['a label key', qualifiedNameFaults, ['app', 'App_1', 'example.com/My.Name', 'app.kubernetes.io/name']],
    ['a label value', labelValueFaults, ['', 'a', 'A_b.c-1']],
    ['a key of data', configKeyFaults, ['a', 'a.b_c-d', '.dockerconfigjson', 'A1']],
    ['a variable', variableNameFaults, ['A', 'a.b', '1A', 'with space']],
    ['a port', portNameFaults, ['http', 'p1', 'a-b']],
    ['a host with a star', wildcardFaults, ['*.example.com']],
    ['a header', headerFaults, ['X-Token']],
    ['a percentage', percentFaults, ['0%', '25%', '150%']],
    ['part of a path', pathSegmentFaults, ['system:admin', 'a.b']],
  ])('as %s has no fault', (_what, faults, names) => {
    for (const name of names) expect(faults(name)).toEqual([]);
  });
});

describe('a name that is not', () => {
  const label =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  const subdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
  const qualified =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

  it.each([
    ['a label in capitals', dnsLabelFaults('App'), [label]],
    ['a label with dots', dnsLabelFaults('a.b'), ['must not contain dots']],
    ['a label that is long', dnsLabelFaults(long), ['must be no more than 63 characters']],
    ['a host name with an underscore', subdomainFaults('a_b'), [subdomain]],
    ['a host name that is long', subdomainFaults('a'.repeat(254)), ['must be no more than 253 characters']],
    [
      'a service that starts with a digit',
      dns1035LabelFaults('1web'),
      [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    ['a label key with a space', qualifiedNameFaults('a b'), [`name part ${qualified}`]],
    [
      'a label key without a name',
      qualifiedNameFaults('x/'),
      ['name part must be non-empty', `name part ${qualified}`],
    ],
    ['a label key without a prefix', qualifiedNameFaults('/a'), ['prefix part must be non-empty']],
    ['a label key with a bad prefix', qualifiedNameFaults('A_b/c'), [`prefix part ${subdomain}`]],
    ['a label key that is long', qualifiedNameFaults(long), ['name part must be no more than 63 characters']],
    [
      'a label key of three parts',
      qualifiedNameFaults('a/b/c'),
      [`a qualified name ${qualified} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
    [
      'a label value with a slash',
      labelValueFaults('a/b'),
      [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    ['a label value that is long', labelValueFaults(long), ['must be no more than 63 characters']],
    [
      'a key of data with a slash',
      configKeyFaults('a/b'),
      [
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    ['a key of data that is a dot', configKeyFaults('.'), ["must not be '.'"]],
    ['a key of data that leads up', configKeyFaults('..a'), ["must not start with '..'"]],
    [
      'a variable with an equals sign',
      variableNameFaults('a=b'),
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
    ['a port name that is long', portNameFaults('a'.repeat(16)), ['must be no more than 15 characters']],
    [
      'a port name of odd characters',
      portNameFaults('-1--2_'),
      [
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
        'must not contain consecutive hyphens',
        'must not begin or end with a hyphen',
      ],
    ],
    ['a host with two stars', wildcardFaults('*.*.a').length, 1],
    [
      'a header with a space',
      headerFaults('a b'),
      [
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ],
    ],
    [
      'a percentage without a sign',
      percentFaults('25'),
      [
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
    ['part of a path with a slash', pathSegmentFaults('a/b%c'), ["may not contain '/'", "may not contain '%'"]],
    ['part of a path that leads up', pathSegmentFaults('..'), ["may not be '..'"]],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual(expected);
  });

  it.each([0, 65_536, -1, 1.5, '80', undefined])('port %j', (port) => {
    expect(portNumberFaults(port)).toEqual(['must be between 1 and 65535, inclusive']);
  });
});
