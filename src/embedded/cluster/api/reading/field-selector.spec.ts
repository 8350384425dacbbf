import { draft, podDraft } from '../../store/testing/draft.js';
import { nameInFieldSelector, parseFieldSelector } from './field-selector.js';

const POD = { ...podDraft('p', { nodeName: 'n1' }), status: { phase: 'Running' } };
const EVENT = draft(
  'v1',
  'Event',
  { name: 'e' },
  { involvedObject: { name: 'p', kind: 'Pod' }, source: { component: 'kubelet' } },
);

describe('parseFieldSelector', () => {
  it.each([
    ['/pods', POD, 'metadata.name=p', true],
    ['/pods', POD, 'metadata.name=q', false],
    ['/pods', POD, 'metadata.namespace=ns,status.phase=Running', true],
    ['/pods', POD, 'status.phase!=Running', false],
    ['/pods', POD, 'spec.nodeName==n1', true],
    ['/pods', POD, 'spec.hostNetwork=false', true],
    ['/pods', POD, 'status.podIP=', true],
    ['/events', EVENT, 'involvedObject.name=p,involvedObject.kind=Pod', true],
    ['/events', EVENT, 'source=kubelet', true],
    ['/secrets', draft('v1', 'Secret', { name: 's' }, { type: 'Opaque' }), 'type=Opaque', true],
    ['batch/jobs', draft('batch/v1', 'Job', { name: 'j' }), 'status.successful=0', true],
  ])('of %s: %#', (key, object, selector, expected) => {
    expect(parseFieldSelector(key, selector)?.(object)).toBe(expected);
  });

  it('is nothing when it is empty', () => {
    expect(parseFieldSelector('/pods', '')).toBeUndefined();
  });

  it('refuses fields that a type cannot be selected by', () => {
    expect(() => parseFieldSelector('/configmaps', 'data.x=1')).toThrow('field label not supported: data.x');
    expect(() => parseFieldSelector('/pods', 'metadata.name')).toThrow('invalid field selector');
  });

  it.each([
    ['metadata.name=a', 'a'],
    ['status.phase=x,metadata.name==a', 'a'],
    ['metadata.name!=a', undefined],
    ['status.phase=x', undefined],
  ])('the only name that %s can match is %s', (selector, expected) => {
    expect(nameInFieldSelector(selector)).toBe(expected);
  });
});
