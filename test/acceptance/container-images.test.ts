import { expect, test } from 'vitest';
import { apiOf, call } from '../call.ts';
import { deploy, deploymentsOf, serve, webOf } from '../containers.ts';
import { lightsail, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';

const server = await startServer({ args: ['--quota', 'storedImagesPerContainerService=4'] });
const api = lightsail(server);
const admin = apiOf(server);
const invalid = (message?: string | RegExp) => refusal('InvalidInputException', message);
const digestOf = (digit: number) => `sha256:${`${digit}`.repeat(64)}`;
const register = async (label: string, digit = 1, serviceName = 'shop') =>
  (await api.registerContainerImage({ serviceName, label, digest: digestOf(digit) })).containerImage;
const imagesOf = async (serviceName = 'shop') => (await api.getContainerImages({ serviceName })).containerImages ?? [];
await serve(api, 'shop');
await serve(api, 'other');

test('F74 F435 F436 F437 images are numbered by label, and listed', async () => {
  expect(await register('site')).toEqual({
    image: ':shop.site.1',
    digest: digestOf(1),
    createdAt: expect.any(Date),
  });
  expect(await register('site', 2)).toMatchObject({ image: ':shop.site.2', digest: digestOf(2) });
  expect(await register('api', 3)).toMatchObject({ image: ':shop.api.1' });
  expect(await register('site', 1, 'other')).toMatchObject({ image: ':other.site.1' });
  await deploy(api, 'shop');
  expect((await imagesOf()).map(({ image }) => image)).toEqual([':shop.site.1', ':shop.site.2', ':shop.api.1']);
  for (const label of ['', '-site', 'l'.repeat(54)])
    await expect(register(label)).rejects.toMatchObject(refusal('ValidationException'));
  expect(await register('l'.repeat(53), 1, 'other')).toMatchObject({ image: `:other.${'l'.repeat(53)}.1` });
});

test('F435 only what was pushed is registered', async () => {
  await expect(register('site', 0)).rejects.toMatchObject(invalid(/No image with the digest .* was pushed/));
  for (const digest of ['latest', 'sha256:12', `md5:${'1'.repeat(64)}`])
    await expect(api.registerContainerImage({ serviceName: 'shop', label: 'site', digest })).rejects.toMatchObject(
      invalid(/digest .* is not valid/),
    );
});

test('F438 an image is deleted by its name, and its number is not given again', async () => {
  const { status, body } = await call(server, 'DeleteContainerImage', { serviceName: 'shop', image: ':shop.site.2' });
  expect({ status, body }).toEqual({ status: 200, body: {} });
  expect((await imagesOf()).map(({ image }) => image)).toEqual([':shop.site.1', ':shop.api.1']);
  for (const image of [':shop.site.2', 'shop.site.1', ':other.site.1', ':shop.site.latest', 'nginx'])
    await expect(api.deleteContainerImage({ serviceName: 'shop', image })).rejects.toMatchObject(
      refusal('NotFoundException', 'The ContainerImage does not exist'),
    );
  expect(await register('site', 4)).toMatchObject({ image: ':shop.site.3' });
});

test('F430 a deployment takes images of its own service, and latest is the highest', async () => {
  const { currentDeployment } = await deploy(api, 'shop', webOf({ image: ':shop.site.latest' }));
  expect(currentDeployment?.containers?.web?.image).toBe(':shop.site.latest');
  for (const image of [':shop.site.2', ':shop.nothing.latest', ':other.site.1', ':shop'])
    await expect(
      api.createContainerServiceDeployment({ serviceName: 'shop', ...webOf({ image }) }),
    ).rejects.toMatchObject(invalid(/does not exist/));
  expect(await deploymentsOf(api, 'shop')).toHaveLength(2);
  await expect(api.deleteContainerImage({ serviceName: 'shop', image: ':shop.site.3' })).rejects.toMatchObject(
    invalid(/cannot be deleted while the deployment 2 of shop uses it/),
  );
  await api.deleteContainerImage({ serviceName: 'shop', image: ':shop.site.1' });
  await deploy(api, 'shop');
  await api.deleteContainerImage({ serviceName: 'shop', image: ':shop.site.3' });
  expect((await imagesOf()).map(({ image }) => image)).toEqual([':shop.api.1']);
});

test('a service has room for so many images', async () => {
  for (let digit = 1; digit <= 3; digit += 1) await register('more', digit);
  await expect(register('more', 4)).rejects.toMatchObject(invalid(/maximum limit of Lightsail Container Images : 4/));
});

test('F75 F439 a login of the registry is good for twelve hours', async () => {
  const now = async () => Number((await admin.control('GetClock')).now);
  const before = await now();
  const { registryLogin } = await api.createContainerServiceRegistryLogin({});
  const expiresAt = Number(registryLogin?.expiresAt);
  expect(expiresAt).toBeGreaterThanOrEqual(before + 12 * 3_600_000);
  expect(expiresAt).toBeLessThanOrEqual((await now()) + 12 * 3_600_000);
  expect(registryLogin).toEqual({
    username: 'AWS',
    password: expect.stringMatching(/^\S{64}$/),
    expiresAt: expect.any(Date),
    registry: new URL(server.url).host,
  });
  expect((await api.createContainerServiceRegistryLogin({})).registryLogin?.password).not.toBe(registryLogin?.password);
});

test('F444 those who push are told the version of their tool', async () => {
  const { metadata } = await api.getContainerAPIMetadata({});
  expect(metadata).toEqual([{ name: 'lightsailctlVersion', value: expect.stringMatching(/^\d+\.\d+\.\d+$/) }]);
});
