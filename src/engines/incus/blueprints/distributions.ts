import type { Distribution } from './recipe.ts';

const debian = (version: string, suite: string): Distribution => ({
  id: 'debian',
  name: `Debian ${version}`,
  suite,
  securitySuite: `${suite}-security`,
  components: 'main',
  keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
});

/** Those that mmdebstrap makes, by the ids of the catalogue. */
export const distributions: Readonly<Record<string, Distribution>> = {
  debian_11: debian('11', 'bullseye'),
  debian_12: debian('12', 'bookworm'),
};
