/** An instance with access to a bucket, and its own keys of it. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { testWithAwsCli } from '../clients/aws-cli.ts';
import { missing } from './incus.ts';
import { startWorld, type World } from './world.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: buckets of machines that run, since ${why}`);

/** Curl signs with what the metadata service tells it; the host is at 172.26.0.1. */
const script = (method: string, address: string): string => `
metadata=http://169.254.169.254/latest
token=$(curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' $metadata/api/token)
ask() { curl -s -H "X-aws-ec2-metadata-token: $token" $metadata/meta-data/iam/security-credentials/$1; }
keys=$(ask $(ask))
of() { echo "$keys" | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }
echo from the machine > letter
curl -s --aws-sigv4 aws:amz:us-east-1:s3 --user "$(of AccessKeyId):$(of SecretAccessKey)" \\
  -H "x-amz-security-token: $(of Token)" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' ${method} ${address} -w ' %{http_code}'`;

describe.skipIf(why !== undefined)('a bucket and machines', () => {
  let world: World;
  let objects: string;

  beforeAll(async () => {
    const port = await freePair();
    world = await startWorld('--host', '0.0.0.0', '--port', String(port));
    objects = `http://172.26.0.1:${port + 1}`;
  });
  afterAll(() => world?.end());

  testWithAwsCli('a machine that was given access writes and reads, for as long as it has it', async () => {
    const { aws } = world;
    await world.create(['web']);
    await aws.answer('create-bucket', '--bucket-name', 'letters', '--bundle-id', 'small_1_0');
    const put = () => world.inside('web', script('-T letter', `${objects}/letters/letter`));
    const set = (access: string) =>
      aws.answer(
        'set-resource-access-for-bucket',
        '--bucket-name',
        'letters',
        '--resource-name',
        'web',
        '--access',
        access,
      );
    expect(await put()).toMatch(/AccessDenied.* 403$/s);
    await set('allow');
    expect(await put()).toBe('200');
    expect(await world.inside('web', script('', `${objects}/letters/letter`))).toBe('from the machine\n 200');
    await set('deny');
    expect(await put()).toMatch(/AccessDenied.* 403$/s);
    await aws.answer('delete-bucket', '--bucket-name', 'letters', '--force-delete');
  });
});

/** A free port with a free one after it. */
const freePair = async (): Promise<number> => {
  for (;;) {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as { port: number };
    const second = createServer().listen(port + 1, '127.0.0.1');
    const free = await once(second, 'listening').then(
      () => true,
      () => false,
    );
    first.close();
    if (!free) continue;
    second.close();
    return port;
  }
};
