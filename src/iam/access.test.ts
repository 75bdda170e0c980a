import { expect, test } from 'vitest';
import type { PolicyRow } from '../store/records/identities.ts';
import type { Store } from '../store/store.ts';
import { createAccess } from './access.ts';
import type { Facts } from './policy/conditions.ts';
import { principalOf } from './principal.ts';

const account = '111111111111';
const ann = principalOf(
  account,
  { id: 'AIDA', account, kind: 'user', name: 'ann', trust: null, longestSession: null, createdAt: 0 },
  {},
);

/** Somebody with one statement of their own, and how often a fact was asked for. */
const judged = async (statement: object) => {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', ...statement } });
  const tx = { all: async () => [{ name: 'own', document }] as Partial<PolicyRow>[] };
  const access = createAccess({ read: (body: (reader: typeof tx) => unknown) => body(tx) } as unknown as Store);
  const rights = await access.rightsOf(ann);
  let asked = 0;
  return (known: Readonly<Record<string, string>>, way?: string, resource = 'arn:aws:lightsail:r:a:Instance/1') => {
    const facts: Facts = (key) => {
      asked += 1;
      return known[key] === undefined ? undefined : [known[key]];
    };
    return { outcome: rights.judge('lightsail:GetInstance', resource, facts, way).outcome, asked };
  };
};

const here = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };

test('a decision is kept for all requests that come by the same way', async () => {
  const judge = await judged({ Resource: '*', Condition: here });
  expect(judge({ 'aws:sourceip': '192.0.2.1' }, 'a')).toEqual({ outcome: 'allowed', asked: 1 });
  expect(judge({ 'aws:sourceip': '192.0.2.1' }, 'a')).toEqual({ outcome: 'allowed', asked: 1 });
  expect(judge({ 'aws:sourceip': '203.0.113.1' }, 'b')).toEqual({ outcome: 'implicitDeny', asked: 2 });
  // Nobody said by which way.
  expect(judge({ 'aws:sourceip': '192.0.2.1' })).toEqual({ outcome: 'allowed', asked: 3 });
});

test('and for one resource alone', async () => {
  const judge = await judged({ Resource: 'arn:aws:lightsail:r:a:Instance/1' });
  expect(judge({}, 'a').outcome).toBe('allowed');
  expect(judge({}, 'a', 'arn:aws:lightsail:r:a:Instance/2').outcome).toBe('implicitDeny');
  expect(judge({}, 'a').outcome).toBe('allowed');
});

test.each([
  ['the time', { DateLessThan: { 'aws:CurrentTime': '2026-06-01' } }, 'aws:currenttime', ['2026-01-01', '2026-12-01']],
  ['a tag of the resource', { StringEquals: { 'aws:ResourceTag/team': 'web' } }, 'aws:resourcetag/team', ['web', 'db']],
  ['a tag of the request', { StringEquals: { 'aws:RequestTag/team': 'web' } }, 'aws:requesttag/team', ['web', 'db']],
  ['the keys of tags', { StringEquals: { 'aws:TagKeys': 'web' } }, 'aws:tagkeys', ['web', 'db']],
  ['what nobody knows', { StringEquals: { 'aws:PrincipalOrgID': 'web' } }, 'aws:principalorgid', ['web', 'db']],
])('one that hangs on %s is made each time', async (_, Condition, key, [good, bad]) => {
  const judge = await judged({ Resource: '*', Condition });
  expect(judge({ [key]: good! }, 'a').outcome).toBe('allowed');
  expect(judge({ [key]: bad! }, 'a').outcome).toBe('implicitDeny');
  expect(judge({ [key]: good! }, 'a').outcome).toBe('allowed');
});

test('a variable in a resource is a fact, too', async () => {
  const judge = await judged({ Resource: 'arn:aws:lightsail:r:a:Instance/$' + '{aws:ResourceTag/id}' });
  expect(judge({ 'aws:resourcetag/id': '1' }, 'a').outcome).toBe('allowed');
  expect(judge({ 'aws:resourcetag/id': '2' }, 'a').outcome).toBe('implicitDeny');
});
