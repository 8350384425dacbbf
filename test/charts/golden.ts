import { goldenFile } from '../golden.js';

/** The golden file of a rendered chart. */
export function golden(name: string, rendered: string): Promise<string> {
  return goldenFile(`charts/${name}.golden.yaml`, rendered);
}
