import { describe, expect, test } from 'vitest';
import { randomIds } from '../../../../ids.ts';
import { ordinaryAnswers, tokenTtlHeader } from './answer.ts';
import { type MetadataRequest, respond } from './respond.ts';
import { createTokens } from './tokens.ts';
import type { MetadataFacts } from './tree.ts';

const facts: MetadataFacts = {
  machine: 'one',
  instanceId: 'i-0123456789abcdef0',
  hostname: 'ip-172-26-1-1',
  zone: 'eu-central-1a',
  region: 'eu-central-1',
  privateIp: '172.26.1.1',
  publicIp: '198.51.100.1',
  ipv6: ['2001:db8::1'],
  mac: '00:16:3e:00:00:01',
  architecture: 'x64',
  createdAt: 1_700_000_000_500,
  publicKeys: [{ name: 'mine', key: 'ssh-ed25519 AAAA mine' }],
  key: () => ({ accessKeyId: 'ASIAONE', secret: 's', sessionToken: 't', issuedAt: 0, expiresAt: 21_600_000 }),
  options: {
    httpTokens: 'optional',
    httpEndpoint: 'enabled',
    httpPutResponseHopLimit: 1,
    httpProtocolIpv6: 'disabled',
  },
};
const keyed = '/latest/meta-data/iam/security-credentials/';
const withOptions = (options: Partial<MetadataFacts['options']>): MetadataFacts => ({
  ...facts,
  options: { ...facts.options, ...options },
});
const world = () => {
  const clock = { time: 1_000_000, now: () => clock.time };
  const tokens = createTokens(clock, randomIds);
  const ask = (request: Partial<MetadataRequest>, about: MetadataFacts | undefined = facts) =>
    respond({ method: 'GET', path: '/', headers: {}, source: '172.26.1.1', ...request }, about, tokens);
  const issue = (seconds = '60', request: Partial<MetadataRequest> = {}) =>
    ask({ method: 'PUT', path: '/latest/api/token', headers: { [tokenTtlHeader.toLowerCase()]: seconds }, ...request });
  return { clock, ask, issue, tokens };
};
const shown = (path: string, about: MetadataFacts = facts) => {
  const { status, body } = world().ask({ path }, about);
  return status === 200 ? String(body) : status;
};

describe('the tree', () => {
  test.each([
    ['/latest', 'dynamic/\nmeta-data/'],
    ['/latest/meta-data/placement/', 'availability-zone\nregion'],
    ['/2021-03-23/meta-data/placement/region?x=1', 'eu-central-1'],
    ['/latest/meta-data/instance-id', 'i-0123456789abcdef0'],
    ['/latest/meta-data/public-keys/', '0=mine'],
    ['/latest/meta-data/public-keys/0', 'openssh-key'],
    ['/latest/meta-data/public-keys/0/openssh-key', 'ssh-ed25519 AAAA mine'],
    ['/latest/meta-data/network/interfaces/macs/', '00:16:3e:00:00:01/'],
    ['/latest/meta-data/network/interfaces/macs/00:16:3e:00:00:01/ipv4-associations/198.51.100.1', '172.26.1.1'],
    ['/latest/meta-data/public-keys/1', 404],
    ['/latest/meta-data/iam/', 'security-credentials/'],
    ['/latest/meta-data/iam/info', 404],
    [keyed, 'AmazonLightsailInstanceRole'],
    [`${keyed}Other`, 404],
    ['/latest/meta-data/instance-id/more', 404],
    ['/latest/meta-data/constructor', 404],
    ['/latest/meta-data/%', 404],
    ['/latest/user-data', 404],
    ['/1999-01-01/meta-data', 404],
  ])('%s', (path, text) => {
    expect(shown(path)).toBe(text);
  });

  test('tells nothing that is not known', () => {
    const bare: MetadataFacts = { ...facts, publicIp: undefined, mac: undefined, publicKeys: [], ipv6: [] };
    const names = String(shown('/latest/meta-data/', bare)).split('\n');
    expect(names).not.toEqual(expect.arrayContaining(['public-ipv4']));
    for (const name of ['public-ipv4', 'mac', 'network/', 'public-keys/', 'ami-id', 'ipv6'])
      expect(names).not.toContain(name);
    expect(JSON.parse(String(shown('/latest/dynamic/instance-identity/document')))).toEqual({
      architecture: 'x86_64',
      availabilityZone: 'eu-central-1a',
      instanceId: 'i-0123456789abcdef0',
      pendingTime: '2023-11-14T22:13:20Z',
      privateIp: '172.26.1.1',
      region: 'eu-central-1',
      version: '2017-09-30',
    });
  });

  test('hands out what the machine signs with, made when it is asked for', () => {
    const made: string[] = [];
    const asked = { ...facts, key: () => ({ ...facts.key(), accessKeyId: `ASIA${made.push('one')}` }) };
    shown(keyed, asked);
    expect(made).toEqual([]);
    expect(JSON.parse(String(shown(`${keyed}AmazonLightsailInstanceRole`, asked)))).toEqual({
      ...{ Code: 'Success', Type: 'AWS-HMAC', AccessKeyId: 'ASIA1', SecretAccessKey: 's', Token: 't' },
      ...{ LastUpdated: '1970-01-01T00:00:00Z', Expiration: '1970-01-01T06:00:00Z' },
    });
    expect(
      shown(`${keyed}AmazonLightsailInstanceRole`, { ...asked, options: { ...facts.options, httpTokens: 'required' } }),
    ).toBe(401);
  });

  test('holds user data as it was given', () => {
    expect(shown('/latest/user-data', { ...facts, userData: '#!/bin/sh\n' })).toBe('#!/bin/sh\n');
    expect(shown('/latest/', { ...facts, userData: 'x' })).toBe('dynamic/\nmeta-data/\nuser-data');
  });
});

describe('tokens', () => {
  test.each(['', '0', '21601', '-1', '1e3', 'x'])('a time to live of "%s" is refused', (seconds) => {
    expect(world().issue(seconds).status).toBe(400);
  });

  test('hold for one machine at one address until their time is over', () => {
    const { clock, ask, issue } = world();
    const token = String(issue('21600').body);
    const get = (request: Partial<MetadataRequest> = {}, about = withOptions({ httpTokens: 'required' })) =>
      ask({ path: '/latest/meta-data/instance-id', headers: { 'x-aws-ec2-metadata-token': token }, ...request }, about)
        .status;
    expect(get()).toBe(200);
    expect(get({ headers: {} })).toBe(401);
    expect(get({ source: '172.26.1.2' })).toBe(401);
    expect(get({}, { ...withOptions({}), machine: 'two' })).toBe(401);
    expect(get({ headers: { 'x-aws-ec2-metadata-token': `${token}A` } })).toBe(401);
    clock.time += 21_600_000;
    expect(get()).toBe(401);
  });

  test('a wrong token is refused also where none is needed', () => {
    const { ask } = world();
    expect(ask({ path: '/latest', headers: { 'x-aws-ec2-metadata-token': 'x' } }).status).toBe(401);
  });

  test('none is given through a proxy, or elsewhere', () => {
    const { issue } = world();
    const headers = { [tokenTtlHeader.toLowerCase()]: '60', 'x-forwarded-for': '203.0.113.1' };
    expect(issue('60', { headers }).status).toBe(403);
    expect(issue('60', { path: '/latest/api/tokens' }).status).toBe(405);
  });
});

test.each<[string, Partial<MetadataRequest>, MetadataFacts | undefined, number]>([
  ['a machine that is not known', {}, undefined, 503],
  ['an endpoint that is off', {}, withOptions({ httpEndpoint: 'disabled' }), 403],
  ['IPv6 where it is off', { source: '2001:db8::1' }, facts, 403],
  ['IPv6 where it is on', { source: '2001:db8::1' }, withOptions({ httpProtocolIpv6: 'enabled' }), 200],
  ['another method', { method: 'POST' }, facts, 405],
])('%s', (_, request, about, status) => {
  const { tokens } = world();
  const asked = { method: 'GET', path: '/latest', headers: {}, source: '172.26.1.1', ...request };
  expect(respond(asked, about, tokens).status).toBe(status);
});

test('by its first bytes an answer shows whether it carries a token', () => {
  const { ask, issue } = world();
  const begins = ({ status, headers }: ReturnType<typeof ask>) =>
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'X'}\r\n${headers[0]?.join(': ')}`;
  const ordinary = (text: string) => ordinaryAnswers.some((known) => text.startsWith(known.text, known.at));
  expect(ordinary(begins(issue()))).toBe(false);
  for (const path of ['/latest', '/none', '/latest/meta-data/mac']) expect(ordinary(begins(ask({ path })))).toBe(true);
});
