import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { getService } from '../containers.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { planFor, testWithTerraform as test } from './terraform.ts';

let server: Server;
let api: Lightsail;
const { wish, init, run, succeeds, apply, nothingToDo, stateOf, destroy } = planFor(() => server);

beforeAll(async () => {
  server = await startServer();
  api = client(server);
});

interface Wish {
  readonly power: string;
  readonly scale: number;
  readonly isDisabled?: boolean;
  readonly image?: string;
}

/** Everything that the provider knows of a container service. */
const resources = ({ power, scale, isDisabled = false, image = 'nginx:latest' }: Wish): string => `
resource "aws_lightsail_container_service" "shop" {
  name        = "shop"
  power       = "${power}"
  scale       = ${scale}
  is_disabled = ${isDisabled}
  tags        = { team = "blue" }

  private_registry_access {
    ecr_image_puller_role {
      is_active = true
    }
  }
}

resource "aws_lightsail_container_service_deployment_version" "shop" {
  service_name = aws_lightsail_container_service.shop.name

  container {
    container_name = "web"
    image          = "${image}"
    command        = []
    environment    = { STAGE = "test" }
    ports          = { 80 = "HTTP" }
  }

  public_endpoint {
    container_name = "web"
    container_port = 80

    health_check {
      healthy_threshold   = 3
      unhealthy_threshold = 3
      timeout_seconds     = 3
      interval_seconds    = 6
      path                = "/"
      success_codes       = "200"
    }
  }
}
`;

test('applies a service with a deployment, and has nothing more to do', async () => {
  wish(resources({ power: 'nano', scale: 1 }));
  await init();
  expect(await apply()).toContain('Resources: 2 added, 0 changed, 0 destroyed');
  expect(await getService(api, 'shop')).toMatchObject({
    state: 'RUNNING',
    power: 'nano',
    currentDeployment: { version: 1, containers: { web: { environment: { STAGE: 'test' } } } },
    privateRegistryAccess: { ecrImagePullerRole: { isActive: true } },
    tags: [{ key: 'team', value: 'blue' }],
  });
  await nothingToDo();
});

test('changes the capacity in place, and deploys another version', async () => {
  wish(resources({ power: 'micro', scale: 2, image: 'httpd' }));
  expect(await apply()).toContain('Resources: 1 added, 1 changed, 1 destroyed');
  expect(await getService(api, 'shop')).toMatchObject({
    power: 'micro',
    scale: 2,
    currentDeployment: { version: 2, state: 'ACTIVE' },
  });
  await nothingToDo();
});

test('imports the service and its deployment as they were applied', async () => {
  await succeeds('apply', '-refresh-only', '-auto-approve', '-input=false');
  for (const [type, id] of [
    ['aws_lightsail_container_service', 'shop'],
    ['aws_lightsail_container_service_deployment_version', 'shop/2'],
  ] as const) {
    const applied = await stateOf(type);
    await succeeds('state', 'rm', `${type}.shop`);
    await succeeds('import', '-input=false', `${type}.shop`, id);
    expect(await stateOf(type)).toEqual(applied);
  }
  await nothingToDo();
});

test('disables the service, which then takes no deployment', async () => {
  wish(resources({ power: 'micro', scale: 2, image: 'httpd', isDisabled: true }));
  expect(await apply()).toContain('Resources: 0 added, 1 changed, 0 destroyed');
  expect((await getService(api, 'shop')).state).toBe('DISABLED');
  wish(resources({ power: 'micro', scale: 2, image: 'nginx', isDisabled: true }));
  const { code, stderr } = await run('apply', '-auto-approve', '-input=false');
  expect(code).toBe(1);
  expect(stderr).toContain('disabled and cannot be deployed to');
});

test('destroys everything', async () => {
  await destroy();
  expect((await api.getContainerServices({})).containerServices).toEqual([]);
});
