import { keepReset } from './reset.js';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };
const live = { ...deployment, spec: { replicas: 1 }, status: { replicas: 1 } };
const written = { ...deployment, spec: { replicas: 9 }, status: { replicas: 9 } };

describe('what a write cannot change', () => {
  it('is the status, for a write to the object', () => {
    expect(keepReset({ ...deployment, live, written })).toEqual({ ...written, status: live.status });
  });

  it('is the spec, for a write to the status', () => {
    expect(keepReset({ ...deployment, live, written, subresource: 'status' })).toEqual({ ...written, spec: live.spec });
  });

  it('leaves a new object without a status', () => {
    expect(keepReset({ ...deployment, live: undefined, written })).toEqual({ ...deployment, spec: written.spec });
  });

  it('is nothing of a kind without a status', () => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap' };
    const body = { ...configMap, status: 'odd' };
    expect(keepReset({ ...configMap, live: configMap, written: body })).toBe(body);
  });

  it('is the status of a custom resource that has one as a subresource', () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget' };
    const body = { ...widget, status: { a: 1 } };
    expect(keepReset({ ...widget, live: widget, written: body })).toBe(body);
    expect(keepReset({ ...widget, live: widget, written: body, hasStatus: true })).toEqual(widget);
  });

  it('leaves an object that brings nothing else alone', () => {
    expect(keepReset({ ...deployment, live, written: live })).toBe(live);
  });
});
