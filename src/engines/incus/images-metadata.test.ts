import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { recipeOf } from './blueprints/recipes.ts';
import { metadataOf } from './images-metadata.ts';
import { tarOf } from './images-tar.ts';

/** What tar(1) finds in an archive. */
const tar = (archive: Buffer, ...args: readonly string[]): string => {
  const { stdout, status } = spawnSync('tar', [...args], { input: archive, encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
};

test('tar reads what is written, with the modes', () => {
  const archive = tarOf(
    [
      { path: 'etc/a', text: 'é\n' },
      { path: 'bin/b', text: 'x'.repeat(512), mode: 0o755 },
      { path: 'empty', text: '' },
    ],
    1_700_000_000,
  );
  expect(tar(archive, '-xO', 'etc/a')).toBe('é\n');
  expect(tar(archive, '-xO', 'bin/b')).toBe('x'.repeat(512));
  const listed = tar(archive, '-tv');
  expect(listed.match(/^\S+/gm)).toEqual(['-rw-r--r--', '-rwxr-xr-x', '-rw-r--r--']);
  expect(archive.length % 512).toBe(0);
  expect(() => tarOf([{ path: 'a'.repeat(101), text: '' }], 0)).toThrow('too long');
});

interface Metadata {
  readonly properties: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, { readonly when: readonly string[]; readonly template: string }>>;
}

test('the description has the labels and a file for each template', () => {
  const archive = gunzipSync(metadataOf(recipeOf('nginx')!, 'abc', 1_700_000_000));
  const metadata = JSON.parse(tar(archive, '-xO', 'metadata.yaml')) as Metadata;
  expect(metadata.properties).toMatchObject({ 'user.lateen.blueprint': 'nginx', 'user.lateen.recipe': 'abc' });
  const text = (path: string): string => tar(archive, '-xO', `templates/${metadata.templates[path]!.template}`);
  expect(text('/etc/machine-id')).toBe('');
  expect(text('/etc/ssh/principals/bitnami')).toContain('user.ssh-principals');
  expect(metadata.templates['/etc/ssh/user_ca.pub']?.when).toContain('start');
  for (const path of Object.keys(metadata.templates)) expect(metadata.templates[path]?.when).toContain('copy');
  expect(text('/var/lib/cloud/seed/nocloud-net/meta-data')).toMatch(/^instance-id: \{\{ container.name \}\}\n/);
});
