import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
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
  readonly healthCheckPath: string;
  readonly redirect: boolean;
  readonly stickySeconds: number;
}

/** Everything that the provider knows of a load balancer. */
const resources = ({ healthCheckPath, redirect, stickySeconds }: Wish): string => `
resource "aws_lightsail_instance" "web" {
  name              = "web"
  availability_zone = "us-east-1a"
  blueprint_id      = "nginx"
  bundle_id         = "nano_3_0"
}

resource "aws_lightsail_lb" "front" {
  name              = "front"
  health_check_path = "${healthCheckPath}"
  instance_port     = 80
  tags              = { team = "blue" }
}

resource "aws_lightsail_lb_attachment" "front" {
  lb_name       = aws_lightsail_lb.front.name
  instance_name = aws_lightsail_instance.web.name
}

resource "aws_lightsail_lb_certificate" "front" {
  name                      = "front-certificate"
  lb_name                   = aws_lightsail_lb.front.id
  domain_name               = "example.com"
  subject_alternative_names = ["www.example.com"]
}

resource "aws_lightsail_lb_certificate_attachment" "front" {
  lb_name          = aws_lightsail_lb.front.name
  certificate_name = aws_lightsail_lb_certificate.front.name
}

resource "aws_lightsail_lb_https_redirection_policy" "front" {
  lb_name    = aws_lightsail_lb.front.name
  enabled    = ${redirect}
  depends_on = [aws_lightsail_lb_certificate_attachment.front]
}

resource "aws_lightsail_lb_stickiness_policy" "front" {
  lb_name         = aws_lightsail_lb.front.name
  cookie_duration = ${stickySeconds}
  enabled         = true
}
`;

const balancer = async () => (await api.getLoadBalancer({ loadBalancerName: 'front' })).loadBalancer;

test('applies a load balancer with a target, a certificate and its policies, and has nothing more to do', async () => {
  wish(resources({ healthCheckPath: '/', redirect: true, stickySeconds: 600 }));
  await init();
  expect(await apply()).toContain('Resources: 7 added, 0 changed, 0 destroyed');
  expect(await balancer()).toMatchObject({
    state: 'active',
    healthCheckPath: '/',
    httpsRedirectionEnabled: true,
    instanceHealthSummary: [{ instanceName: 'web' }],
    tlsCertificateSummaries: [{ name: 'front-certificate', isAttached: true }],
    configurationOptions: { SessionStickinessEnabled: 'true', SessionStickiness_LB_CookieDurationSeconds: '600' },
    tags: [{ key: 'team', value: 'blue' }],
  });
  await nothingToDo();
});

test('changes attributes and policies in place', async () => {
  wish(resources({ healthCheckPath: '/health', redirect: false, stickySeconds: 900 }));
  expect(await apply()).toContain('Resources: 0 added, 3 changed, 0 destroyed');
  expect(await balancer()).toMatchObject({
    healthCheckPath: '/health',
    httpsRedirectionEnabled: false,
    configurationOptions: { SessionStickiness_LB_CookieDurationSeconds: '900' },
  });
  await nothingToDo();
});

test('imports the load balancer and its certificate as they were applied', async () => {
  await succeeds('apply', '-refresh-only', '-auto-approve', '-input=false');
  for (const [type, id] of [
    ['aws_lightsail_lb', 'front'],
    ['aws_lightsail_lb_certificate', 'front,front-certificate'],
    ['aws_lightsail_lb_stickiness_policy', 'front'],
    ['aws_lightsail_lb_https_redirection_policy', 'front'],
  ] as const) {
    const applied = await stateOf(type);
    await succeeds('state', 'rm', `${type}.front`);
    await succeeds('import', '-input=false', `${type}.front`, id);
    expect(await stateOf(type)).toEqual(applied);
  }
  await nothingToDo();
});

test('destroys everything', async () => {
  expect(await destroy()).toContain('7 destroyed');
  expect((await api.getLoadBalancers({})).loadBalancers).toEqual([]);
  expect((await api.getInstances({})).instances).toEqual([]);
});
