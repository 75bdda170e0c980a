import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { client } from '../lateen.ts';
import { type NameServer, startNameServer } from '../name-server.ts';
import { planFor, testWithTerraform as test } from './terraform.ts';

let server: NameServer;
let api: Lightsail;
const { wish, init, succeeds, apply, nothingToDo, stateOf, destroy } = planFor(() => server);

beforeAll(async () => {
  server = await startNameServer();
  api = client(server);
});

/** A domain with an entry of each type that people mostly have, and an alias to a load balancer. */
const resources = (address: string): string => `
resource "aws_lightsail_domain" "main" {
  domain_name = "example.com"
}

resource "aws_lightsail_lb" "front" {
  name              = "front"
  instance_port     = 80
}

resource "aws_lightsail_domain_entry" "a" {
  domain_name = aws_lightsail_domain.main.domain_name
  name        = "web"
  type        = "A"
  target      = "${address}"
}

resource "aws_lightsail_domain_entry" "cname" {
  domain_name = aws_lightsail_domain.main.domain_name
  name        = "www"
  type        = "CNAME"
  target      = "web.example.com"
}

resource "aws_lightsail_domain_entry" "mx" {
  domain_name = aws_lightsail_domain.main.domain_name
  name        = ""
  type        = "MX"
  target      = "10 mail.example.com"
}

resource "aws_lightsail_domain_entry" "txt" {
  domain_name = aws_lightsail_domain.main.domain_name
  name        = "_dmarc"
  type        = "TXT"
  target      = "\\"v=DMARC1; p=none\\""
}

resource "aws_lightsail_domain_entry" "alias" {
  domain_name = aws_lightsail_domain.main.domain_name
  name        = ""
  type        = "A"
  is_alias    = true
  target      = aws_lightsail_lb.front.dns_name
}
`;

test('applies a domain with its entries, which are served, and has nothing more to do', async () => {
  wish(resources('192.0.2.1'));
  await init();
  expect(await apply()).toContain('Resources: 7 added, 0 changed, 0 destroyed');
  const { resolver } = server;
  expect(await resolver.resolve4('www.example.com')).toEqual(['192.0.2.1']);
  expect(await resolver.resolve4('example.com')).toHaveLength(1);
  expect(await resolver.resolveMx('example.com')).toMatchObject([{ priority: 10, exchange: 'mail.example.com' }]);
  expect(await resolver.resolveTxt('_dmarc.example.com')).toEqual([['v=DMARC1; p=none']]);
  await nothingToDo();
});

test('changes an entry by replacement', async () => {
  wish(resources('192.0.2.2'));
  expect(await apply()).toContain('Resources: 1 added, 0 changed, 1 destroyed');
  expect(await server.resolver.resolve4('www.example.com')).toEqual(['192.0.2.2']);
  await nothingToDo();
});

test('imports entries as they were applied', async () => {
  for (const [name, id] of [
    ['a', 'web,example.com,A,192.0.2.2'],
    ['cname', 'www,example.com,CNAME,web.example.com'],
    ['mx', ',example.com,MX,10 mail.example.com'],
    ['txt', '_dmarc,example.com,TXT,"v=DMARC1; p=none"'],
  ] as const) {
    await succeeds('state', 'rm', `aws_lightsail_domain_entry.${name}`);
    await succeeds('import', '-input=false', `aws_lightsail_domain_entry.${name}`, id);
  }
  const applied = await stateOf('aws_lightsail_domain');
  expect(applied).toMatchObject({ arn: expect.stringMatching(/^arn:aws:lightsail:global:\d{12}:Domain\//) });
  await nothingToDo();
});

test('destroys everything', async () => {
  expect(await destroy()).toContain('7 destroyed');
  expect((await api.getDomains({})).domains).toEqual([]);
});
