import type { Pod } from '../pod-kinds.js';
import { faultOf, imageParts, readyAfterMs } from './faults.js';

function pod(image: string, annotations: Record<string, string> = {}): Pod {
  const metadata = {
    name: 'p',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    annotations,
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'app', image }] } };
}

describe('the fault of a container', () => {
  const rows: [string, string | undefined][] = [
    ['x/crash:1', 'crash'],
    ['crash', 'crash'],
    ['registry.example:5000/team/oom@sha256:00', 'oom'],
    ['x/app:pull-fail', 'pull-fail'],
    ['x/crash/app:1', undefined],
    ['x/crashing:1', undefined],
    ['x/app:1-crash', undefined],
    ['registry.example:5000/app', undefined],
  ];
  it.each(rows)('%s', (image, fault) => {
    const one = pod(image);
    expect(one.spec.containers.map((container) => faultOf(one, container))).toEqual([fault]);
  });

  it('can stand in an annotation; anything else there means nothing', () => {
    const [crash, odd] = ['crash', 'explode'].map((fault) => pod('x/app:1', { 'embedded.tenantry.io/fault': fault }));
    expect(crash?.spec.containers.map((container) => faultOf(crash, container))).toEqual(['crash']);
    expect(odd?.spec.containers.map((container) => faultOf(odd, container))).toEqual([undefined]);
  });
});

describe('the name of an image', () => {
  const rows: [string, string, string | undefined][] = [
    ['nginx', 'nginx', undefined],
    ['nginx:1.27', 'nginx', '1.27'],
    ['registry.example:5000/team/app', 'app', undefined],
    ['registry.example:5000/team/app:2@sha256:00', 'app', '2'],
  ];
  it.each(rows)('%s', (image, name, tag) => {
    expect(imageParts(image)).toEqual({ name, tag });
  });
});

describe('the time until ready', () => {
  const rows: [string, number | undefined][] = [
    ['250', 250],
    ['0', 0],
    ['-5', undefined],
    ['soon', undefined],
  ];
  it.each(rows)('asked as %s', (asked, ms) => {
    expect(readyAfterMs(pod('x', { 'embedded.tenantry.io/ready-after-ms': asked }))).toBe(ms);
  });
});
