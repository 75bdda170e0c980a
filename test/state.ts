import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Instance } from '../src/api/generated/types.ts';
import type { Api } from './call.ts';

type Row = Readonly<Record<string, string | number | null>>;

/** All rows by table, as `lateen state save` writes them. */
export type State = (table: string) => readonly Row[];

export const readState = async (api: Api, data: string): Promise<State> => {
  const file = join(data, 'state-of-a-test.jsonl');
  await api.control('SaveState', { file });
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(file);
  const rows = lines.map((line) => JSON.parse(line) as [string, Row]);
  return (table) => rows.filter(([name]) => name === table).map(([, row]) => row);
};

/**
 * What holds whenever nothing is under way: no work is left, every instance has its machine in the state that it shows, nothing
 * belongs to somebody who is gone, no name and no address is there twice, and the quotas count what there is.
 */
export const expectWhole = (state: State): void => {
  expect(state('task'), 'work that is left').toEqual([]);

  const resources = state('resource');
  const instances = resources.filter(({ kind }) => kind === 'Instance');
  const machines = new Map(state('machine').map(({ id, body }) => [id, JSON.parse(String(body)) as Machine]));
  expect([...machines.keys()].sort(), 'machines').toEqual(instances.map(({ id }) => id).sort());
  for (const { id, state, body } of instances)
    expectMachine(machines.get(id)!, String(state), JSON.parse(String(body)));

  const names = resources.map(({ account, region, name }) => `${account} ${region} ${name}`);
  expect(names, 'names').toEqual([...new Set(names)]);

  const ids = new Set(resources.map(({ id }) => id));
  for (const table of ['secret', 'address'])
    expect(
      state(table).filter(({ owner }) => !ids.has(owner as string)),
      `${table} without an owner`,
    ).toEqual([]);
  expect(addressesHeld(state), 'addresses').toEqual(addressesShown(instances));

  for (const { account, kind, used } of state('usage')) {
    const counted = resources.filter((row) => row.account === account && row.kind === kind);
    expect(used, `usage of ${kind}`).toBe(counted.length);
  }
};

interface Machine {
  readonly power: 'on' | 'off';
  readonly size: Readonly<Record<string, number>>;
}

const expectMachine = ({ power, size }: Machine, state: string, { name, hardware }: Instance): void => {
  expect({ name, power, state }).toEqual({ name, power, state: power === 'on' ? 'running' : 'stopped' });
  // One that is off may get another size when it starts.
  if (power === 'off') return;
  const { cpuCount, ramSizeInGb, disks = [] } = hardware ?? {};
  const diskSizeInGb = disks.find((disk) => disk.isSystemDisk)?.sizeInGb;
  expect({ name, ...size }).toEqual({ name, cpuCount, ramSizeInGb, diskSizeInGb });
};

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

const addressesHeld = (state: State): string[] =>
  state('address')
    .map(({ owner, address }) => `${owner} ${dotted(Number(address))}`)
    .sort();

const addressesShown = (instances: readonly Row[]): string[] =>
  instances
    .flatMap(({ id, body }) => {
      const { privateIpAddress, publicIpAddress } = JSON.parse(String(body)) as Record<string, string>;
      return [privateIpAddress, publicIpAddress].filter((address) => address !== undefined).map((ip) => `${id} ${ip}`);
    })
    .sort();
