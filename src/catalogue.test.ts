import { expect, test } from 'vitest';
import { shapes } from './api/generated/shapes.ts';
import { type Blueprint, type Bundle, checkLaunch, createCatalogue, ipAddressTypes } from './catalogue.ts';

const catalogue = createCatalogue();
const bundle = (id: string): Bundle => catalogue.bundle(id) ?? expect.fail(`no bundle ${id}`);
const blueprint = (id: string): Blueprint => catalogue.blueprint(id) ?? expect.fail(`no blueprint ${id}`);
const ports = (id: string): string[] =>
  catalogue.defaultPorts(blueprint(id)).map(({ protocol, fromPort, toPort }) => {
    expect(toPort).toBe(fromPort);
    return `${protocol}:${fromPort}`;
  });

test('F87 every Region name of the model is a Region with at least two zones', () => {
  const shape = shapes.RegionName;
  const names = shape.kind === 'string' ? shape.values : undefined;
  expect(catalogue.regions.map(({ name }) => name).sort()).toEqual(
    [...(names ?? expect.fail('the model names no Regions'))].sort(),
  );
  for (const { name } of catalogue.regions) expect(catalogue.zones(name).length).toBeGreaterThanOrEqual(2);
});

test('F86 a zone name is the Region and a letter', () => {
  expect(catalogue.zones('us-east-2')).toEqual(['us-east-2a', 'us-east-2b', 'us-east-2c']);
  expect(catalogue.zones('ap-northeast-1')).toEqual(['ap-northeast-1a', 'ap-northeast-1c', 'ap-northeast-1d']);
  expect(catalogue.zones('mars-north-1')).toEqual([]);
});

test('ids are unique, and every entry is found by its own', () => {
  for (const entry of catalogue.bundles) expect(catalogue.bundle(entry.bundleId)).toBe(entry);
  for (const entry of catalogue.blueprints) expect(catalogue.blueprint(entry.blueprintId)).toBe(entry);
  for (const entry of catalogue.regions) expect(catalogue.region(entry.name)).toBe(entry);
  expect(catalogue.bundle('nano')).toBeUndefined();
});

test('ids that existing clients send are there, and launch together', () => {
  for (const id of ['nano_1_0', 'nano_2_0', 'micro_1_0'])
    for (const os of ['amazon_linux_2', 'wordpress_5_1_1_2']) checkLaunch(bundle(id), blueprint(os));
  const databases = catalogue.databaseBundles.map(({ bundleId }) => bundleId);
  expect(databases).toEqual(expect.arrayContaining(['micro_1_0', 'micro_ha_1_0']));
  expect(catalogue.databaseBlueprints.map(({ blueprintId }) => blueprintId)).toContain('mysql_8_0');
  const sizes = ['small_1_0', 'medium_1_0', 'large_1_0'];
  expect(catalogue.bucketBundles.map(({ bundleId }) => bundleId)).toEqual(sizes);
  expect(catalogue.distributionBundles.map(({ bundleId }) => bundleId)).toEqual(sizes);
});

test('F90 a blueprint of minPower 0 runs on every bundle of its platform', () => {
  const debian = blueprint('debian_12');
  expect(debian.minPower).toBe(0);
  const linux = catalogue.bundles.filter(({ supportedPlatforms }) => supportedPlatforms.includes('LINUX_UNIX'));
  const plain = linux.filter(({ supportedAppCategories }) => supportedAppCategories === undefined);
  for (const entry of plain) checkLaunch(entry, debian);
});

test('blueprints for research launch on bundles for research, and nothing else does', () => {
  checkLaunch(bundle('app_standard_xl_1_0'), blueprint('lfr_rstudio'));
  for (const [size, system] of [
    ['app_standard_xl_1_0', 'debian_12'],
    ['xlarge_3_0', 'lfr_rstudio'],
  ] as const)
    expect(() => checkLaunch(bundle(size), blueprint(system))).toThrow(`does not support the blueprint ${system}`);
});

test('F95 a bundle with less power than the blueprint needs is refused', () => {
  const express = blueprint('windows_server_2022_sql_2022_express');
  expect(() => checkLaunch(bundle('nano_win_3_0'), express)).toThrow(
    expect.objectContaining({ code: 'InvalidInputException', message: expect.stringContaining('needs at least 500') }),
  );
  checkLaunch(bundle('micro_win_3_0'), express);
});

test('F95 power never falls while memory and processors grow', () => {
  for (const small of catalogue.bundles)
    for (const large of catalogue.bundles)
      if (small.isActive && large.isActive && small.ramSizeInGb <= large.ramSizeInGb && small.cpuCount < large.cpuCount)
        expect(small.power, `${small.bundleId} and ${large.bundleId}`).toBeLessThanOrEqual(large.power);
});

test.each([
  ['nano_win_3_0', 'ubuntu_24_04', 'LINUX_UNIX'],
  ['2xlarge_3_0', 'windows_server_2022', 'WINDOWS'],
])('F96 %s does not launch %s', (bundleId, blueprintId, platform) => {
  expect(() => checkLaunch(bundle(bundleId), blueprint(blueprintId))).toThrow(
    expect.objectContaining({ code: 'InvalidInputException', message: expect.stringContaining(platform) }),
  );
});

test('F89 F108 an inactive blueprint may be refused', () => {
  const old = blueprint('debian_8_7');
  expect(old.isActive).toBe(false);
  expect(() => checkLaunch(bundle('nano_3_0'), old)).toThrow(
    expect.objectContaining({ code: 'InvalidInputException', message: expect.stringContaining('debian_8_7') }),
  );
  for (const { isActive, launchable } of catalogue.blueprints) expect(launchable || !isActive).toBe(true);
});

test('a bundle without public IPv4 addresses is for ipv6 alone, and any other is not', () => {
  const debian = blueprint('debian_12');
  expect(ipAddressTypes(bundle('nano_ipv6_3_0'))).toEqual(['ipv6']);
  expect(ipAddressTypes(bundle('nano_3_0'))).toEqual(['dualstack', 'ipv4']);
  checkLaunch(bundle('nano_ipv6_3_0'), debian, 'ipv6');
  expect(() => checkLaunch(bundle('nano_ipv6_3_0'), debian, 'dualstack')).toThrow('IP address type dualstack');
  expect(() => checkLaunch(bundle('nano_3_0'), debian, 'ipv6')).toThrow('IP address type ipv6');
});

test('F163 F177 the ports of a new instance, in the order of the GetInstances example', () => {
  expect(ports('amazon_linux_2023')).toEqual(['tcp:80', 'tcp:22']);
  expect(ports('wordpress')).toEqual(['tcp:80', 'tcp:22', 'tcp:443']);
  expect(ports('windows_server_2022')).toEqual(['tcp:80', 'tcp:22', 'tcp:3389']);
  expect(ports('plesk_ubuntu')).toEqual(expect.arrayContaining(['udp:53', 'tcp:53', 'tcp:8443', 'tcp:8447']));
  expect(ports('cpanel_whm_almalinux')).toEqual(expect.arrayContaining(['udp:53', 'tcp:2083', 'tcp:2087', 'tcp:2089']));
});

test.each([
  ['amazon_linux_2023', 'ec2-user'],
  ['freebsd_14', 'ec2-user'],
  ['opensuse_15', 'ec2-user'],
  ['centos_stream_9', 'centos'],
  ['debian_12', 'admin'],
  ['ubuntu_24_04', 'ubuntu'],
  ['wordpress', 'bitnami'],
  ['windows_server_2022', 'Administrator'],
])('F135 the login user of %s is %s', (id, username) => {
  expect(catalogue.username(blueprint(id))).toBe(username);
});

test('quotas are the published ones unless replaced', () => {
  expect(catalogue.quota('staticIpsPerAccount')).toBe(5);
  const roomy = createCatalogue({ quotas: { staticIpsPerAccount: 50 } });
  expect(roomy.quota('staticIpsPerAccount')).toBe(50);
  expect(roomy.quota('instancesPerAccount')).toBe(20);
});

test('the pace decides how long a transition takes, brisk unless said', () => {
  expect(createCatalogue({ pace: 'instant' }).time('create')).toBe(0);
  expect(catalogue.time('create')).toBe(createCatalogue({ pace: 'brisk' }).time('create'));
  expect(createCatalogue({ pace: 'real' }).time('create')).toBe(18_000);
});
