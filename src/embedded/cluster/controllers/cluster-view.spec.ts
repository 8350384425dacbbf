import { ObjectStore } from '../store/object-store.js';
import { ClusterView } from './cluster-view.js';

describe('the view of the store', () => {
  const make = () => {
    const view = new ClusterView(new ObjectStore());
    const pod = view.create('/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'ns' },
      spec: { containers: [] },
    });
    return { view, pod };
  };

  it('finds what was made', () => {
    const { view, pod } = make();
    expect(view.get('/pods', 'ns', 'p')).toBe(pod);
    expect(view.list('/pods', 'ns')).toEqual([pod]);
    expect(view.list('/pods', 'other')).toEqual([]);
    expect(view.get('/pods', 'ns', 'other')).toBeUndefined();
  });

  it('writes a status only when it differs', () => {
    const { view, pod } = make();
    const events: string[] = [];
    view.store.subscribe(({ type }) => events.push(type));
    view.setStatus('/pods', pod, { phase: 'Running' });
    view.setStatus('/pods', pod, { phase: 'Running' });
    expect(events).toEqual(['MODIFIED']);
  });

  it('writes no status of what is gone', () => {
    const { view, pod } = make();
    view.delete('/pods', pod);
    view.setStatus('/pods', pod, { phase: 'Running' });
    expect(view.list('/pods')).toEqual([]);
  });

  it('does not delete another object of the same name', () => {
    const { view, pod } = make();
    view.delete('/pods', pod);
    view.create('/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns' } });
    expect(() => view.delete('/pods', pod)).toThrow(/UID in precondition/);
  });

  it('refuses an object of another kind', () => {
    const { view } = make();
    expect(() => view.create('/pods', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })).toThrow(
      'expected a Pod, the store holds a Secret',
    );
  });
});
