import type { OperationName } from '../../src/api/generated/operations.ts';
import type { Operation, Tag } from '../../src/api/generated/types.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { type Api, allPages } from '../call.ts';
import type { Random } from '../random.ts';

/** What bears a name, as far as its owner may count on it. Key pairs have no state and no ports. */
export interface Thing {
  readonly kind: 'Instance' | 'KeyPair';
  readonly tags: Readonly<Record<string, string>>;
  /** When everything has settled. */
  readonly state?: 'running' | 'stopped';
  readonly ports?: readonly number[];
}

/** By name. */
export type World = Readonly<Record<string, Thing>>;

/** A call, and the world when it has worked. */
interface Act {
  readonly operation: OperationName;
  readonly input: object;
  readonly after: World;
}

const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);

/** Instances are made with it: a default key pair would take most of the time that there is. */
const commonKeyPair = 'common';

/** Once in each Region, before anybody writes. */
export const bringKeyPair = async (api: Api): Promise<void> => {
  await api.ask('ImportKeyPair', { keyPairName: commonKeyPair, publicKeyBase64 });
};

const fresh: Thing = { kind: 'Instance', tags: {}, state: 'running', ports: [22, 80] };

/** A random call about the names of one writer. */
const nextAct = (world: World, names: readonly string[], region: string, random: Random): Act => {
  const having = (kind: Thing['kind']): string[] => names.filter((name) => world[name]?.kind === kind);
  const free = names.filter((name) => world[name] === undefined);
  const changed = (name: string, change: Partial<Thing>): World => ({
    ...world,
    [name]: { ...world[name]!, ...change },
  });
  const without = (name: string): World => Object.fromEntries(Object.entries(world).filter(([key]) => key !== name));

  const launch = (): Act => {
    const instanceNames = free.slice(0, 1 + random.below(3));
    return {
      operation: 'CreateInstances',
      input: {
        instanceNames,
        availabilityZone: `${region}a`,
        blueprintId: 'ubuntu_24_04',
        bundleId: 'nano_3_0',
        keyPairName: commonKeyPair,
      },
      after: { ...world, ...Object.fromEntries(instanceNames.map((name) => [name, fresh])) },
    };
  };
  const bring = (): Act => {
    const keyPairName = random.pick(free);
    const after: World = { ...world, [keyPairName]: { kind: 'KeyPair', tags: {} } };
    return { operation: 'ImportKeyPair', input: { keyPairName, publicKeyBase64 }, after };
  };
  const change = (name: string): Act => {
    const instanceName = name;
    const { tags, kind } = world[name]!;
    const key = `k${random.below(3)}`;
    const value = String(random.below(1000));
    const either: Act[] = [
      {
        operation: 'TagResource',
        input: { resourceName: name, tags: [{ key, value }] },
        after: changed(name, { tags: { ...tags, [key]: value } }),
      },
      {
        operation: 'UntagResource',
        input: { resourceName: name, tagKeys: [key] },
        after: changed(name, { tags: Object.fromEntries(Object.entries(tags).filter(([known]) => known !== key)) }),
      },
    ];
    if (kind === 'KeyPair')
      return random.pick([
        ...either,
        { operation: 'DeleteKeyPair', input: { keyPairName: name }, after: without(name) },
      ]);
    const ports = [22, 80, 443, 8080].filter(() => random.below(2) === 0);
    const portInfos = ports.map((port) => ({ protocol: 'tcp', fromPort: port, toPort: port }));
    return random.pick<Act>([
      ...either,
      { operation: 'DeleteInstance', input: { instanceName }, after: without(name) },
      { operation: 'StartInstance', input: { instanceName }, after: changed(name, { state: 'running' }) },
      { operation: 'StopInstance', input: { instanceName }, after: changed(name, { state: 'stopped' }) },
      { operation: 'RebootInstance', input: { instanceName }, after: world },
      { operation: 'PutInstancePublicPorts', input: { instanceName, portInfos }, after: changed(name, { ports }) },
    ]);
  };

  const known = [...having('Instance'), ...having('KeyPair')];
  if (free.length > 0 && (known.length === 0 || random.below(3) === 0)) return random.below(3) ? launch() : bring();
  return change(random.pick(known));
};

/** What is there, of the names. */
const look = async (api: Api, names: readonly string[]): Promise<World> => {
  const instances = await allPages(async (pageToken) => {
    const { instances, nextPageToken } = await api.call('GetInstances', { pageToken });
    return { items: instances, next: nextPageToken };
  });
  const keyPairs = await allPages(async (pageToken) => {
    const { keyPairs, nextPageToken } = await api.call('GetKeyPairs', { pageToken });
    return { items: keyPairs, next: nextPageToken };
  });
  const tagsOf = (tags: readonly Tag[] | undefined) =>
    Object.fromEntries((tags ?? []).map(({ key, value }) => [key, value]));
  const things = [
    ...instances.map(({ name, tags, state, networking }) => {
      const ports = (networking?.ports ?? []).map(({ fromPort = 0 }) => fromPort).sort((a, b) => a - b);
      return [name, { kind: 'Instance', tags: tagsOf(tags), state: state?.name, ports }];
    }),
    ...keyPairs.map(({ name, tags }) => [name, { kind: 'KeyPair', tags: tagsOf(tags) }]),
  ];
  return Object.fromEntries(things.filter(([name]) => names.includes(name as string))) as World;
};

const lost = Symbol('no answer');

/** What became of a writer's calls. */
export interface Tally {
  acknowledged: number;
  refused: number;
  /** Calls without an answer: those that had happened all the same, and those that had not. */
  happened: number;
  vanished: number;
}

/**
 * A client that makes one call after the other about names of its own, and keeps what was acknowledged. A `rival` shares its
 * names with others, so that nothing can be said about them but that the server stays whole.
 */
export class Writer {
  readonly region: string;
  readonly #names: readonly string[];
  readonly #rival: boolean;
  readonly #random: Random;
  readonly #tally: Tally;
  /** Ids of the operations that were acknowledged. */
  readonly operations: string[] = [];
  #sure: World = {};
  #maybe: World | undefined;

  constructor(region: string, names: readonly string[], rival: boolean, random: Random, tally: Tally) {
    this.region = region;
    this.#names = names;
    this.#rival = rival;
    this.#random = random;
    this.#tally = tally;
  }

  /** Calls until the server is gone. Rejects when it answers what it must not. */
  async write(api: Api): Promise<void> {
    for (;;) {
      if (this.#rival) this.#sure = await look(api, this.#names).catch(() => ({}));
      const act = nextAct(this.#sure, this.#names, this.region, this.#random);
      const reply = await api.ask(act.operation, act.input).catch(() => lost);
      if (reply === lost) {
        this.#maybe = act.after;
        return;
      }
      const { status, body, error, message } = reply as Awaited<ReturnType<Api['ask']>>;
      if (status === 200) {
        this.#tally.acknowledged += 1;
        this.#sure = act.after;
        const { operation, operations = [operation] } = body as { operation?: Operation; operations?: Operation[] };
        this.operations.push(...operations.map((done) => done?.id ?? ''));
      } else if (mayBeRefused(this.#rival, error, message)) this.#tally.refused += 1;
      else
        throw new Error(
          `${act.operation} ${JSON.stringify(act.input)} was answered with ${status} ${error}: ${message}`,
        );
    }
  }

  /** Looks at what the server has, which must be what was acknowledged, with or without the call that had no answer. */
  async check(api: Api): Promise<void> {
    if (this.#rival) return;
    const seen = await look(api, this.#names);
    const is = (world: World | undefined): boolean => world !== undefined && canonical(seen) === canonical(world);
    if (!is(this.#sure) && !is(this.#maybe)) {
      throw new Error(
        [
          `In ${this.region} there is`,
          canonical(seen),
          'and should be',
          canonical(this.#sure),
          ...(this.#maybe ? ['or', canonical(this.#maybe)] : []),
        ].join('\n'),
      );
    }
    if (this.#maybe !== undefined) this.#tally[is(this.#maybe) ? 'happened' : 'vanished'] += 1;
    this.#sure = seen;
    this.#maybe = undefined;
  }
}

const mayBeRefused = (rival: boolean, error = '', message = ''): boolean =>
  /while its state is/.test(message) || (rival && /^(InvalidInput|NotFound)Exception$/.test(error));

/** A text that is the same for equal worlds, whatever their order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
