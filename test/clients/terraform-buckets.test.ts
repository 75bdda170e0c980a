import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { client, type Server, startServer } from '../lateen.ts';
import { objectsUrl } from '../objects.ts';
import { planFor, testWithTerraform as test } from './terraform.ts';

let server: Server;
let api: Lightsail;
const { wish, init, apply, nothingToDo, stateOf, destroy } = planFor(() => server);

beforeAll(async () => {
  server = await startServer();
  api = client(server);
});

/** A bucket with a key, and an instance that has access to it. */
const resources = (bundle: string): string => `
resource "aws_lightsail_bucket" "photos" {
  name      = "photos"
  bundle_id = "${bundle}"
  tags      = { team = "web" }
}

resource "aws_lightsail_bucket_access_key" "of_photos" {
  bucket_name = aws_lightsail_bucket.photos.name
}

resource "aws_lightsail_instance" "web" {
  name              = "web"
  availability_zone = "us-east-1a"
  blueprint_id      = "debian_12"
  bundle_id         = "nano_3_0"
}

resource "aws_lightsail_bucket_resource_access" "of_web" {
  bucket_name   = aws_lightsail_bucket.photos.name
  resource_name = aws_lightsail_instance.web.name
}
`;

test('applies a bucket with a key and an instance that has access, and has nothing more to do', async () => {
  wish(resources('small_1_0'));
  await init();
  expect(await apply()).toContain('Resources: 4 added, 0 changed, 0 destroyed');
  expect(await stateOf('aws_lightsail_bucket')).toMatchObject({
    name: 'photos',
    url: `${objectsUrl(server)}/photos/`,
    region: 'us-east-1',
    support_code: expect.any(String),
  });
  expect(await stateOf('aws_lightsail_bucket_access_key')).toMatchObject({
    access_key_id: expect.stringMatching(/^AKIA/),
    secret_access_key: expect.stringMatching(/^.{40}$/),
    status: 'Active',
  });
  await nothingToDo();
});

test('gives it another bundle in place, and destroys everything', async () => {
  wish(resources('medium_1_0'));
  expect(await apply()).toContain('Resources: 0 added, 1 changed, 0 destroyed');
  await nothingToDo();
  expect((await api.getBuckets({})).buckets).toMatchObject([{ bundleId: 'medium_1_0', ableToUpdateBundle: false }]);
  expect(await destroy()).toContain('4 destroyed');
  expect((await api.getActiveNames({})).activeNames).toEqual(['LightsailDefaultKeyPair']);
});
