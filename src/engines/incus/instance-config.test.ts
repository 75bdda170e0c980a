import { expect, test } from 'vitest';
import type { MachineSpec } from '../machine.ts';
import { addressOf, type IncusOptions, incusDefaults } from './config.ts';
import { configOf, devicesOf } from './instance-config.ts';

const spec: MachineSpec = {
  id: '0b34c322-f3c5-496e-95b0-a5f3d27d029f',
  name: 'web',
  zone: 'us-east-1a',
  network: '111111111111 us-east-1',
  blueprintId: 'debian_12',
  username: 'admin',
  size: { cpuCount: 2, ramSizeInGb: 0.5, diskSizeInGb: 20 },
  addresses: { privateIp: '172.26.1.2', publicIp: '198.51.100.2', ipv6: ['2001:DB8:26::11'] },
  firewall: [],
  metadata: {
    httpTokens: 'optional',
    httpEndpoint: 'enabled',
    httpPutResponseHopLimit: 1,
    httpProtocolIpv6: 'disabled',
  },
  authorizedKeys: ['ssh-rsa AAAA "quoted"'],
  userAuthority: 'ssh-ed25519 AAAA',
};
const options: IncusOptions = { incus: '/socket', ...incusDefaults };

test('a container has its limits, its labels and what lets its users in', () => {
  expect(configOf(spec, 'container', 'me')).toMatchObject({
    'limits.cpu': '2',
    'limits.memory': '512MiB',
    'security.idmap.isolated': 'true',
    'user.lateen.owner': 'me',
    'user.lateen.id': spec.id,
    'user.lateen.kind': 'machine',
    'user.lateen.hostname': 'ip-172-26-1-2',
    'user.meta-data': 'public-keys: ["ssh-rsa AAAA \\"quoted\\""]',
    'user.user-data': '',
    'user.ssh-ca': 'ssh-ed25519 AAAA',
    'user.ssh-principals': 'admin',
  });
});

test('what containers alone know is not asked of a virtual machine', () => {
  const keys = Object.keys(configOf(spec, 'virtual-machine', 'me'));
  expect(keys.filter((key) => /^(raw|security|limits\.processes)/.test(key))).toEqual([]);
});

test.each([
  ['apt-get update', '#!/bin/sh\napt-get update'],
  ['#!/usr/bin/env python3\n', '#!/usr/bin/env python3\n'],
  ['#cloud-config\n{}', '#cloud-config\n{}'],
  ['Content-Type: multipart/mixed', 'Content-Type: multipart/mixed'],
])('the launch script %j is for cloud-init %j', (userData, expected) => {
  expect(configOf({ ...spec, userData }, 'container', 'me')['user.user-data']).toBe(expected);
});

test('the NIC sends with the addresses of the machine alone', () => {
  expect(devicesOf(spec, options)).toEqual({
    root: { type: 'disk', path: '/', pool: 'lateen', size: '20GiB' },
    eth0: {
      type: 'nic',
      name: 'eth0',
      network: 'lateen0',
      'ipv4.address': '172.26.1.2',
      hwaddr: '06:0b:34:c3:22:f3',
      'security.mac_filtering': 'true',
      'security.ipv4_filtering': 'true',
      'ipv6.address': '2001:db8:26::11',
      'security.ipv6_filtering': 'true',
    },
  });
  const without = { ...spec, addresses: { ...spec.addresses, ipv6: [] } };
  expect(Object.keys(devicesOf(without, options).eth0 ?? {}).filter((key) => key.includes('ipv6'))).toEqual([]);
});

test('an https address asks for a certificate', () => {
  const https = { ...options, incus: 'https://incus.example.com:8443' };
  expect(addressOf(options)).toEqual({ socket: '/socket' });
  expect(() => addressOf(https)).toThrow('--incus-cert');
  expect(addressOf({ ...https, incusCert: 'c.pem', incusKey: 'k.pem' })).toEqual({
    url: https.incus,
    certificateFile: 'c.pem',
    keyFile: 'k.pem',
    serverCertificateFile: undefined,
  });
});
