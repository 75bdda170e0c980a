import { expect, test } from 'vitest';
import type { Disk, Instance } from '../../api/generated/types.ts';
import { createCatalogue } from '../../catalogue.ts';
import { checkAttachment, checkInstanceState, checkSize, checkState } from './rules.ts';
import { attachedTo, withDisk, withoutDisk } from './view.ts';

const catalogue = createCatalogue();
const location = { availabilityZone: 'us-east-1a', regionName: 'us-east-1' as const };
const disk = (name: string, sizeInGb = 8, more: Partial<Disk> = {}): Disk => ({
  name,
  sizeInGb,
  location,
  isSystemDisk: false,
  state: 'available',
  ...more,
});
const system = { isSystemDisk: true, path: '/dev/xvda', sizeInGb: 20 };
const empty: Instance = { name: 'web', location, state: { code: 16, name: 'running' }, hardware: { disks: [system] } };
const having = (...others: readonly Disk[]): Instance => others.reduce(withDisk, empty);
const at = (found: Disk, path: string): Disk => attachedTo(found, 'web', path);

const refused = (check: () => void, message: string | RegExp) =>
  expect(check).toThrow(
    expect.objectContaining({
      code: 'InvalidInputException',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  );

test.each([
  ['available', undefined, ['attached', 'deleted']],
  ['in-use', undefined, ['detached']],
  ['in-use', 'attaching', []],
  ['in-use', 'detaching', []],
  ['pending', undefined, []],
  ['error', undefined, []],
] as const)('F190 F193 of a disk that is %s and %s it may be: %j', (state, moving, may) => {
  const row = { body: disk('data', 8, { state }), inner: { moving } } as Parameters<typeof checkState>[0];
  for (const verb of ['attached', 'detached', 'deleted'] as const) {
    if ((may as readonly string[]).includes(verb)) checkState(row, verb);
    else refused(() => checkState(row, verb), `The Disk data cannot be ${verb} while its state is ${moving ?? state}.`);
  }
});

test.each([
  ['running', ['attached']],
  ['stopped', ['attached', 'detached']],
  ['pending', []],
  ['stopping', []],
] as const)('F186 F189 while an instance is %s, a disk may be: %j', (name, may) => {
  const instance = { ...empty, state: { name } };
  for (const verb of ['attached', 'detached'] as const) {
    const check = () => checkInstanceState(disk('data'), instance, verb);
    if ((may as readonly string[]).includes(verb)) check();
    else refused(check, `The Disk data cannot be ${verb} while the state of the Instance web is ${name}.`);
  }
});

test('F179 a disk has 8 to 16000 GB', () => {
  for (const size of [8, 9, 16_000]) checkSize(size, catalogue);
  for (const size of [-8, 0, 7, 16_001]) refused(() => checkSize(size, catalogue), /^The disk size .* is not valid\./);
});

test.each(['/dev/xvdf', '/dev/sdf', '/dev/sdb', '/dev/xvdz', '/dev/xvdba', '/dev/xvddz', 'xvdf'])(
  'F187 the path %s is one of a further disk',
  (path) => checkAttachment(disk('data'), empty, path, catalogue),
);

test.each([
  '',
  'data',
  '/dev/xvda',
  '/dev/sda1',
  '/dev/sdf1',
  '/dev/xvdea',
  '/dev/xvdaa',
  ' /dev/xvdf',
  '/dev/xvdf\n',
  '/DEV/XVDF',
])('F187 the path %j is not', (path) =>
  refused(
    () => checkAttachment(disk('data'), empty, path, catalogue),
    'The disk path is invalid. You must specify a valid disk path.',
  ),
);

test('F187 two names that end alike are one place', () => {
  const instance = having(at(disk('old'), '/dev/sdf'));
  for (const path of ['/dev/sdf', '/dev/xvdf', 'xvdf'])
    refused(
      () => checkAttachment(disk('new'), instance, path, catalogue),
      /is in use by the Disk old at \/dev\/sdf\.$/,
    );
  checkAttachment(disk('new'), instance, '/dev/sdg', catalogue);
});

test('F188 a disk of another zone does not fit', () => {
  const far = disk('far', 8, { location: { ...location, availabilityZone: 'us-east-1b' } });
  refused(
    () => checkAttachment(far, empty, '/dev/xvdf', catalogue),
    'The Disk far is in us-east-1b and the Instance web in us-east-1a.',
  );
});

test('an instance has 15 disks and 20000 GB beside its system disk', () => {
  const letters = [...'bcdefghijklmnop'];
  const full = having(...letters.map((letter) => at(disk(`disk-${letter}`), `/dev/xvd${letter}`)));
  refused(() => checkAttachment(disk('more'), full, '/dev/xvdq', catalogue), /has 15 attached disks/);
  const heavy = having(at(disk('heavy', 16_000), '/dev/xvdf'));
  checkAttachment(disk('rest', 4_000), heavy, '/dev/xvdg', catalogue);
  refused(() => checkAttachment(disk('rest', 4_001), heavy, '/dev/xvdg', catalogue), /20001 GB together/);
});

test('an instance with a disk and without it again is as it was, and shows none of what may change', () => {
  const tagged = at(disk('data', 8, { tags: [{ key: 'team' }], addOns: [{ name: 'AutoSnapshot' }] }), '/dev/xvdf');
  const instance = withDisk(empty, tagged);
  expect(instance.hardware?.disks).toEqual([system, at(disk('data'), '/dev/xvdf')]);
  expect(withoutDisk(instance, 'data')).toEqual(empty);
});
