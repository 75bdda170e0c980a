import { beforeEach, expect, test } from 'vitest';
import type { Incus } from './client.ts';
import { imageFor, listImages, removeImage } from './images.ts';
import { offerOf } from './images-offer.ts';
import { takeImage } from './images-use.ts';

interface Stored {
  readonly type: 'container';
  readonly properties: Readonly<Record<string, string>>;
}

/** As much of the daemon as images need. */
const images = new Map<string, Stored>();
const aliases = new Map<string, string>();
const posted: unknown[] = [];

const aliasIn = (path: string): string | undefined => {
  const [, name] = /^\/1\.0\/images\/aliases\/(.+)$/.exec(path) ?? [];
  return name && decodeURIComponent(name);
};
const imageOf = (fingerprint: string) => ({
  fingerprint,
  size: 1,
  uploaded_at: '2026-01-01T00:00:00Z',
  ...images.get(fingerprint)!,
  aliases: [...aliases].filter(([, target]) => target === fingerprint).map(([name]) => ({ name })),
});
const incus = {
  get: async () => [...images.keys()].map(imageOf),
  async find(path: string) {
    const alias = aliasIn(path);
    if (alias !== undefined) return aliases.has(alias) ? { target: aliases.get(alias), type: 'container' } : undefined;
    const fingerprint = path.split('/').pop()!;
    return images.has(fingerprint) ? imageOf(fingerprint) : undefined;
  },
  async post(path: string, body: { name: string; target: string; properties: Record<string, string> }) {
    if (path === '/1.0/images/aliases') return void aliases.set(body.name, body.target);
    posted.push(body);
    images.set('fetched', { type: 'container', properties: body.properties });
    return { fingerprint: 'fetched' };
  },
  put: async (path: string, { target }: { target: string }) => void aliases.set(aliasIn(path)!, target),
  async delete(path: string) {
    const alias = aliasIn(path);
    if (alias !== undefined) aliases.delete(alias);
    else images.delete(path.split('/').pop()!);
  },
} as Partial<Incus> as Incus;

beforeEach(() => {
  for (const of of [images, aliases]) of.clear();
  posted.length = 0;
  images.set('own', { type: 'container', properties: {} });
  aliases.set('golden', 'own');
});

const remote = () => ({ url: 'https://images.test', protocol: 'simplestreams' });
const wish = (image: string) => ({ blueprintId: 'ubuntu_24_04', image, type: 'container' as const });

test("an operator's own image is used by its name or fingerprint, and stays when it is taken away", async () => {
  expect(await takeImage(incus, wish('golden'))).toBe('own');
  expect(await imageFor(incus, 'ubuntu_24_04')).toEqual({
    alias: 'lateen/ubuntu_24_04',
    fingerprint: 'own',
    type: 'container',
  });
  expect(await takeImage(incus, wish('own'))).toBe('own');
  expect(await removeImage(incus, 'ubuntu_24_04')).toBe(true);
  expect(await removeImage(incus, 'ubuntu_24_04')).toBe(false);
  expect([...images.keys()]).toEqual(['own']);
  expect([...aliases.keys()]).toEqual(['golden']);
});

test('an image of a server is fetched, and goes with its blueprint', async () => {
  expect(await takeImage(incus, wish('images:ubuntu/24.04/cloud'), remote)).toBe('fetched');
  expect(posted).toEqual([
    {
      source: {
        type: 'image',
        mode: 'pull',
        server: 'https://images.test',
        protocol: 'simplestreams',
        alias: 'ubuntu/24.04/cloud',
        image_type: 'container',
      },
      auto_update: true,
      properties: { 'user.lateen.blueprint': 'ubuntu_24_04', 'user.lateen.remote': 'images:ubuntu/24.04/cloud' },
    },
  ]);
  await takeImage(incus, wish('golden'));
  expect([...images.keys()]).toEqual(['own']);
});

test('a name that nobody has is refused with the command that brings the image', async () => {
  await expect(takeImage(incus, wish('nothing'))).rejects.toThrow('incus image copy local:nothing');
  expect(await imageFor(incus, 'ubuntu_24_04')).toBeUndefined();
});

test('on offer is what has an image, and the rest says which command gives it one', async () => {
  await takeImage(incus, wish('golden'));
  const offer = await offerOf(incus);
  expect([offer.has('ubuntu_24_04'), offer.has('nginx')]).toEqual([true, false]);
  expect(offer.remedy('nginx')).toContain('lateen images build nginx');
  expect(offer.remedy('gitlab')).toContain('lateen images use gitlab');
  expect((await listImages(incus)).map(({ blueprintId }) => blueprintId)).toEqual(['ubuntu_24_04']);
});
