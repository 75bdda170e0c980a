import { expect, test } from 'vitest';
import { checkTaggable, checkTags, withoutTags } from './rules.ts';

const many = (count: number, prefix = 'key') => Array.from({ length: count }, (_, i) => ({ key: `${prefix}${i}` }));

test('tags are kept as they are sent, with and without values', () => {
  const tags = [{ key: 'stage', value: 'test' }, { key: 'keep' }, { key: 'empty', value: '' }];
  expect(checkTags(tags)).toEqual(tags);
  expect(checkTags(undefined)).toEqual([]);
});

test('new tags join the existing ones, and a key that is there gets the new value in its place', () => {
  const existing = [{ key: 'a', value: '1' }, { key: 'b' }];
  expect(checkTags([{ key: 'c' }, { key: 'a', value: '2' }], existing)).toEqual([
    { key: 'a', value: '2' },
    { key: 'b' },
    { key: 'c' },
  ]);
});

test.each([
  ['every sign', 'a1 +-=._:/@'],
  ['letters and digits of any script', 'Größe 名前 ٣'],
  ['128 characters beyond the basic plane', '𝒜'.repeat(128)],
  ['aws without the colon', 'aws-stage'],
])('a key of %s is allowed', (_what, key) => {
  expect(checkTags([{ key, value: key }])).toEqual([{ key, value: key }]);
});

test.each([
  ['no key', [{ value: 'x' }], 'must have 1 to 128 characters, and this one has 0'],
  ['an empty key', [{ key: '' }], 'must have 1 to 128 characters'],
  ['a long key', [{ key: 'k'.repeat(129) }], 'and this one has 129'],
  ['a long value', [{ key: 'k', value: 'v'.repeat(257) }], 'up to 256 characters, and that of k has 257'],
  ['a sign in the key', [{ key: 'a,b' }], 'can contain only'],
  ['a line break in the value', [{ key: 'k', value: 'a\nb' }], 'can contain only'],
  ['a key of AWS', [{ key: 'aws:stage' }], 'are reserved'],
  ['a key of AWS in capitals', [{ key: 'AWS:stage' }], 'are reserved'],
  ['a key twice', [{ key: 'k' }, { key: 'k', value: 'v' }], 'k is in the request more than once'],
  ['too many', many(51), 'at most 50 tags, and this one would have 51'],
])('%s is refused', (_what, tags, message) => {
  expect(() => checkTags(tags)).toThrow(expect.objectContaining({ code: 'InvalidInputException' }));
  expect(() => checkTags(tags)).toThrow(message);
});

test('fifty tags are enough, whether they were there before or not', () => {
  expect(checkTags(many(50))).toHaveLength(50);
  expect(checkTags(many(50), many(50))).toHaveLength(50);
  expect(() => checkTags([{ key: 'one' }], many(50))).toThrow('at most 50 tags');
});

test('keys are taken away, and ones that are not there make no difference', () => {
  expect(withoutTags([{ key: 'a', value: '1' }, { key: 'b' }], ['a', 'x'])).toEqual([{ key: 'b' }]);
  expect(withoutTags(undefined, ['a'])).toEqual([]);
});

test('a kind either takes tags or is refused by name', () => {
  expect(() => checkTaggable('KeyPair')).not.toThrow();
  expect(() => checkTaggable('LoadBalancerTlsCertificate')).toThrow(
    'The resource type, LoadBalancerTlsCertificate, is not taggable.',
  );
  expect(() => checkTaggable('StaticIp')).toThrow('StaticIp');
});
