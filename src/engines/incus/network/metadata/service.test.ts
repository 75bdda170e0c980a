import { expect, test } from 'vitest';
import { randomIds } from '../../../../ids.ts';
import { createMetadataService } from './service.ts';

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
