import { answeredObject, itemOf } from './answered-object.js';

const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };

test('an item of a list gets the kind that lists leave out', () => {
  expect(itemOf({ metadata: { name: 'a' }, spec: {} }, kind, false)).toEqual({
    ...kind,
    metadata: { name: 'a' },
    spec: {},
  });
});

test('of a whole object only the metadata is kept where nothing else was wanted', () => {
  expect(itemOf({ metadata: { name: 'a' }, data: { secret: 'x' } }, kind, true)).toEqual({
    ...kind,
    metadata: { name: 'a' },
  });
});

test.each([null, 'text', {}, { metadata: null }, { metadata: {} }, { kind: 'Status', metadata: {} }])(
  '%j is no object',
  (answer) => {
    expect(() => answeredObject(answer)).toThrow('not an object');
  },
);
