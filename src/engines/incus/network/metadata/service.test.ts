import { expect, test } from 'vitest';
import { randomIds } from '../../../../ids.ts';
import { createMetadataService } from './service.ts';
import type { MetadataFacts } from './tree.ts';

test('it answers who asks with what it is told of that address, and once a connection', async () => {
  const asked: string[] = [];
  const service = createMetadataService({
    describe: async (address) => {
      asked.push(address);
      return undefined;
    },
    clock: Date,
    ids: randomIds,
  });
  const port = await service.listen(['127.0.0.1'], 0);
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/latest/meta-data/`);
    expect([answer.status, answer.headers.get('connection'), asked]).toEqual([503, 'close', ['127.0.0.1']]);
    expect(await answer.text()).toContain('503 - Service Unavailable');
  } finally {
    await service.close();
  }
});

test('answers without a token are counted, and no refusals, tokens and answers with one', async () => {
  const facts: MetadataFacts = {
    machine: 'm',
    instanceId: 'i-m',
    hostname: 'h',
    zone: 'us-east-1a',
    region: 'us-east-1',
    ipv6: [],
    publicKeys: [],
    key: () => ({ accessKeyId: 'ASIAONE', secret: 's', sessionToken: 't', issuedAt: 0, expiresAt: 1 }),
    options: {
      httpTokens: 'optional',
      httpEndpoint: 'enabled',
      httpPutResponseHopLimit: 1,
      httpProtocolIpv6: 'disabled',
    },
  };
  const counted: string[] = [];
  const service = createMetadataService({
    describe: async () => facts,
    clock: Date,
    ids: randomIds,
    untokened: (machine) => counted.push(machine),
  });
  const url = `http://127.0.0.1:${await service.listen(['127.0.0.1'], 0)}/latest`;
  const ask = async (path: string, method = 'GET', headers: Record<string, string> = {}): Promise<string> =>
    (await fetch(url + path, { method, headers })).text();
  try {
    const token = await ask('/api/token', 'PUT', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' });
    await ask('/meta-data/instance-id', 'GET', { 'X-aws-ec2-metadata-token': token });
    await ask('/meta-data/none');
    expect(counted).toEqual([]);
    await ask('/meta-data/instance-id');
    expect(counted).toEqual(['m']);
  } finally {
    await service.close();
  }
});
