import { isAbsolute } from 'node:path';

/** Where a chart comes from, in the words of the REST contract. A path is absolute and holds its own version. */
export type ChartSource =
  | { readonly path: string }
  | { readonly oci: string; readonly version?: string | undefined }
  | { readonly repository: string; readonly name: string; readonly version?: string | undefined };

const CHART_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;
const VERSION = /^[\^~<>=v]*\d[\w.+\-*^~<>= |,]*$/;

/** What is wrong with a chart source, each in one sentence; empty when nothing is. Pure: nothing is looked up. */
export function chartFaults(chart: ChartSource): string[] {
  if ('path' in chart) return pathFaults(chart.path);
  const faults = chart.version === undefined || VERSION.test(chart.version) ? [] : ['The chart version is no version.'];
  if ('oci' in chart) return [...ociFaults(chart.oci), ...faults];
  if (!CHART_NAME.test(chart.name)) faults.push('The chart name has characters that chart names cannot have.');
  return [...urlFaults(chart.repository, ['https:', 'http:'], 'The chart repository'), ...faults];
}

function pathFaults(path: string): string[] {
  if (!isAbsolute(path)) return ['The chart path must be absolute.'];
  return path.includes('\0') ? ['The chart path holds a NUL character.'] : [];
}

function ociFaults(reference: string): string[] {
  return urlFaults(reference, ['oci:'], 'The chart reference');
}

function urlFaults(text: string, protocols: readonly string[], what: string): string[] {
  const url = URL.parse(text);
  if (url === null || !protocols.includes(url.protocol) || url.host === '') {
    return [`${what} must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}.`];
  }
  // What stands in an argument can be read by every process of the machine.
  return url.username === '' && url.password === '' ? [] : [`${what} must not carry credentials.`];
}
