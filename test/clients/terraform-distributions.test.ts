import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { getDistribution } from '../distributions.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { planFor, testWithTerraform as test } from './terraform.ts';

let server: Server;
let api: Lightsail;
const { wish, init, succeeds, apply, nothingToDo, stateOf, destroy } = planFor(() => server);

beforeAll(async () => {
  server = await startServer();
  api = client(server);
});

interface Wish {
  readonly isEnabled: boolean;
  readonly seconds: number;
}

/** A distribution of a bucket, and a certificate beside it. */
const resources = ({ isEnabled, seconds }: Wish): string => `
resource "aws_lightsail_bucket" "photos" {
  name      = "photos"
  bundle_id = "small_1_0"
}

resource "aws_lightsail_certificate" "site" {
  name                      = "site"
  domain_name               = "example.com"
  subject_alternative_names = ["www.example.com"]
}

resource "aws_lightsail_distribution" "cdn" {
  name       = "cdn"
  bundle_id  = "small_1_0"
  is_enabled = ${isEnabled}
  tags       = { team = "web" }

  origin {
    name            = aws_lightsail_bucket.photos.name
    region_name     = aws_lightsail_bucket.photos.region
    protocol_policy = "https-only"
  }

  default_cache_behavior {
    behavior = "cache"
  }

  cache_behavior {
    path     = "live/*"
    behavior = "dont-cache"
  }

  cache_behavior_settings {
    allowed_http_methods = "GET,HEAD,OPTIONS"
    cached_http_methods  = "GET,HEAD"
    default_ttl          = ${seconds}
    maximum_ttl          = 31536000
    minimum_ttl          = 0
    forwarded_cookies {
      option             = "allow-list"
      cookies_allow_list = ["session"]
    }
    forwarded_headers {
      option             = "allow-list"
      headers_allow_list = ["Host"]
    }
    forwarded_query_strings {
      option                     = true
      query_strings_allowed_list = ["page"]
    }
  }
}
`;

test('applies a distribution of a bucket and a certificate, and has nothing more to do', async () => {
  wish(resources({ isEnabled: true, seconds: 600 }));
  await init();
  expect(await apply()).toContain('Resources: 3 added, 0 changed, 0 destroyed');
  expect(await stateOf('aws_lightsail_distribution')).toMatchObject({
    status: 'Deployed',
    domain_name: expect.stringMatching(/^d[0-9a-f]{13}\.cloudfront\./),
    origin_public_dns: 'photos.s3.us-east-1.lateen.internal',
  });
  expect(await stateOf('aws_lightsail_certificate')).toMatchObject({
    domain_name: 'example.com',
    domain_validation_options: [
      { domain_name: 'example.com', resource_record_type: 'CNAME' },
      { domain_name: 'www.example.com', resource_record_type: 'CNAME' },
    ],
  });
  await nothingToDo();
});

test('changes it in place, and imports it as it was applied', async () => {
  wish(resources({ isEnabled: false, seconds: 900 }));
  expect(await apply()).toContain('Resources: 0 added, 1 changed, 0 destroyed');
  expect(await getDistribution(api, 'cdn')).toMatchObject({
    isEnabled: false,
    cacheBehaviorSettings: { defaultTTL: 900 },
  });
  await nothingToDo();
  await succeeds('apply', '-refresh-only', '-auto-approve', '-input=false');
  for (const [resource, id] of [
    ['aws_lightsail_distribution.cdn', 'cdn'],
    ['aws_lightsail_certificate.site', 'site'],
  ] as const) {
    const type = resource.split('.')[0] ?? '';
    const applied = await stateOf(type);
    await succeeds('state', 'rm', resource);
    await succeeds('import', '-input=false', resource, id);
    expect(await stateOf(type)).toEqual(applied);
  }
  await nothingToDo();
});

test('destroys everything', async () => {
  expect(await destroy()).toContain('3 destroyed');
  expect((await api.getDistributions({})).distributions).toEqual([]);
  expect((await api.getCertificates({})).certificates).toEqual([]);
});
