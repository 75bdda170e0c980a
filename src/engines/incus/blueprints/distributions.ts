import type { Distribution } from './recipe.ts';

const debian = (version: string, suite: string): Distribution => ({
  id: 'debian',
  name: `Debian ${version}`,
  suite,
  securitySuite: `${suite}-security`,
  components: 'main',
  keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
});

const ubuntu = (version: string, suite: string): Distribution => ({
  id: 'ubuntu',
  name: `Ubuntu ${version}`,
  suite,
  securitySuite: `${suite}-security`,
  components: 'main universe',
  keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
});

/** Those that mmdebstrap makes, by the ids of the catalogue. */
export const distributions: Readonly<Record<string, Distribution>> = {
  debian_11: debian('11', 'bullseye'),
  debian_12: debian('12', 'bookworm'),
  debian_13: debian('13', 'trixie'),
  ubuntu_22_04: ubuntu('22.04', 'jammy'),
  ubuntu_24_04: ubuntu('24.04', 'noble'),
};
