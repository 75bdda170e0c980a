/** Random calls, and what comes of them, against a model. LATEEN_SEED repeats a run. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationName } from '../../src/api/generated/operations.ts';
import type { InstancePortInfo, Operation } from '../../src/api/generated/types.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { type Api, apiOf, type Reply } from '../call.ts';
import { type Server, startServer } from '../lateen.ts';
import { chosenSeed } from '../random.ts';
import { expectWhole, readState } from '../state.ts';
import { type Call, type Durations, type Operation as Expectation, type Expected, Model, type Port } from './model.ts';

const regions = ['us-east-1', 'eu-west-1'] as const;
const quota = 4;
const { publicKey: publicKeyBase64 } = await newRsaKeyPair(1024);

/** There from the beginning, so that most launches find it. */
const key = 'key';
const name = fc.constantFrom('aa', 'bb', 'cc');
const anyName = fc.oneof({ weight: 5, arbitrary: name }, { weight: 1, arbitrary: fc.constant(key) });
const region = fc.oneof(
  { weight: 3, arbitrary: fc.constant(regions[0]) },
  { weight: 1, arbitrary: fc.constant(regions[1]) },
);

const portInfo = fc.record(
  {
    protocol: fc.constantFrom('tcp', 'udp'),
    fromPort: fc.constant(80),
    toPort: fc.constantFrom(80, 81),
    cidrs: fc.constantFrom(['10.0.0.0/8'], ['192.0.2.1/32', '10.0.0.0/8']),
  },
  { requiredKeys: ['protocol', 'fromPort', 'toPort'], noNullPrototype: true },
);

const inputs: Readonly<Record<string, { readonly weight: number; readonly input: fc.Arbitrary<object> }>> = {
  CreateInstances: {
    weight: 5,
    input: fc.record({
      instanceNames: fc.array(name, { minLength: 1, maxLength: 2 }),
      keyPairName: fc.oneof({ weight: 9, arbitrary: fc.constant(key) }, { weight: 1, arbitrary: name }),
      blueprintId: fc.constant('ubuntu_24_04'),
      bundleId: fc.constant('nano_3_0'),
    }),
  },
  StartInstance: { weight: 4, input: fc.record({ instanceName: name }) },
  StopInstance: { weight: 5, input: fc.record({ instanceName: name, force: fc.boolean() }) },
  RebootInstance: { weight: 3, input: fc.record({ instanceName: name }) },
  DeleteInstance: { weight: 2, input: fc.record({ instanceName: anyName }) },
  UpdateInstanceMetadataOptions: {
    weight: 1,
    input: fc.record({ instanceName: name, httpTokens: fc.constantFrom('optional', 'required') }),
  },
  OpenInstancePublicPorts: { weight: 1, input: fc.record({ instanceName: name, portInfo }) },
  CloseInstancePublicPorts: { weight: 1, input: fc.record({ instanceName: name, portInfo }) },
  PutInstancePublicPorts: {
    weight: 1,
    input: fc.record({ instanceName: name, portInfos: fc.array(portInfo, { maxLength: 3 }) }),
  },
  TagResource: {
    weight: 1,
    input: fc.record({
      resourceName: anyName,
      tags: fc.record({ key: fc.constantFrom('k1', 'k2'), value: fc.constantFrom('', 'v') }).map((tag) => [tag]),
    }),
  },
  UntagResource: {
    weight: 1,
    input: fc.record({ resourceName: anyName, tagKeys: fc.subarray(['k1', 'k2'], { minLength: 1 }) }),
  },
  ImportKeyPair: {
    weight: 1,
    input: fc.record({ keyPairName: anyName, publicKeyBase64: fc.constant(publicKeyBase64) }),
  },
  DeleteKeyPair: { weight: 1, input: fc.record({ keyPairName: anyName }) },
};

const call: fc.Arbitrary<Call> = fc.oneof(
  ...Object.entries(inputs).map(([operation, { weight, input }]) => ({
    weight,
    arbitrary: fc.record({ operation: fc.constant(operation), region, input }),
  })),
);

/** Seconds that pass. */
const wind = fc.constantFrom(2, 12, 30, 300);

let server: Server;
let apis: Readonly<Record<string, Api>>;

const start = async (pace: string): Promise<void> => {
  server = await startServer({ args: ['--pace', pace, '--quota', `instancesPerAccount=${quota}`] });
  apis = Object.fromEntries(regions.map((region) => [region, apiOf(server, region)]));
};

/** The server and the model, in step. */
class Pair {
  readonly #model: Model;
  /** How near to a change the two are not compared: the server's clock goes on by itself too. */
  readonly #margin: number;
  #origin = 0;

  constructor(durations: Durations) {
    this.#model = new Model(regions, durations, quota);
    this.#margin = durations === none ? 0 : 5_000;
  }

  async begin(): Promise<void> {
    await apis[regions[0]]!.control('ResetState');
    this.#origin = await advance(0);
    for (const region of regions)
      await this.call({ operation: 'ImportKeyPair', region, input: { keyPairName: key, publicKeyBase64 } });
  }

  async wind(ms: number): Promise<void> {
    const model = this.#model;
    const now = (await advance(ms)) - this.#origin;
    model.windTo(model.now + ms);
    const near = model.turns.some((turn) => turn < now + this.#margin) || model.lastTurn > model.now - this.#margin;
    if (near) await this.wind(2 * this.#margin);
  }

  async call(call: Call): Promise<void> {
    const { operation, region, input } = call;
    const zone = operation === 'CreateInstances' ? { availabilityZone: `${region}a` } : {};
    const reply = await apis[region]!.ask(operation as OperationName, { ...input, ...zone });
    expectAnswer(reply, this.#model.answer(call));
    await this.wind(0);
    expect((await apis[region]!.control('CheckState')).findings, 'what dangles').toEqual([]);
    expect(await instancesIn(region)).toEqual(instancesOf(this.#model, region));
  }

  /** Looks at all that can be read. */
  async end(): Promise<void> {
    await Promise.all(regions.map((region) => this.#compare(apis[region]!, region)));
    await advance(3_600_000);
    expectWhole(await readState(apis[regions[0]]!, server.data));
  }

  async #compare(api: Api, region: string): Promise<void> {
    const things = [...this.#model.things.get(region)!.values()];
    const operations = this.#model.operations.get(region)!;
    expect(await instancesIn(region)).toEqual(instancesOf(this.#model, region));
    expect((await api.call('GetActiveNames')).activeNames).toEqual(things.map(({ name }) => name));
    expect((await api.call('GetKeyPairs')).keyPairs?.map(({ name }) => name)).toEqual(
      things.filter(({ kind }) => kind === 'KeyPair').map(({ name }) => name),
    );
    expect((await api.call('GetOperations')).operations?.map(shown)).toEqual(operations.map(shown));
    const compareNamed = async (resourceName: string): Promise<void> => {
      expect((await api.call('GetOperationsForResource', { resourceName })).operations?.map(shown)).toEqual(
        operations.filter((operation) => operation.resourceName === resourceName).map(shown),
      );
      const thing = things.find(({ name }) => name === resourceName);
      const state = await api.ask('GetInstanceState', { instanceName: resourceName });
      if (thing?.kind === 'Instance') expect(state.body.state?.name).toBe(thing.state);
      else expect(state.error).toBe('NotFoundException');
      const keyPair = await api.ask('GetKeyPair', { keyPairName: resourceName });
      if (thing?.kind === 'KeyPair') expect(keyPair.body.keyPair?.name).toBe(thing.name);
      else expect(keyPair.error).toBe('NotFoundException');
    };
    await Promise.all(['aa', 'bb', 'cc', key].map(compareNamed));
  }
}

const advance = async (ms: number): Promise<number> =>
  Number((await apis[regions[0]]!.control('AdvanceClock', { ms })).now);

/** What an operation is compared by. */
const shown = ({ id, operationType, resourceName, resourceType, status }: Partial<Operation> | Expectation) => ({
  id,
  operationType,
  resourceName,
  resourceType,
  status,
});

const expectAnswer = (reply: Reply<unknown>, expected: Expected): void => {
  if ('refused' in expected) {
    expect(reply.status).toBe(400);
    expect(expected.refused).toContain(reply.error);
    return;
  }
  expect(reply.text, reply.message).toContain('operation');
  const { operation, operations = [operation!] } = reply.body as { operation?: Operation; operations?: Operation[] };
  // From now on the model knows them by their ids.
  for (const [i, { id }] of operations.entries()) Object.assign(expected.operations[i] ?? {}, { id });
  expect(operations.map(shown)).toEqual(expected.operations.map(shown));
  for (const { isTerminal, status } of operations) expect(isTerminal).toBe(status === 'Succeeded');
};

const instancesIn = async (region: string) =>
  ((await apis[region]!.call('GetInstances')).instances ?? []).map(({ name, state, tags, networking, ...more }) => ({
    name,
    state: state?.name,
    tags: (tags ?? []).map(({ key, value }) => `${key}=${value}`).sort(),
    ports: (networking?.ports ?? []).map(gateOf),
    httpTokens: more.metadataOptions?.httpTokens,
    metadata: more.metadataOptions?.state,
  }));

const instancesOf = (model: Model, region: string) =>
  [...model.things.get(region)!.values()]
    .filter(({ kind }) => kind === 'Instance')
    .map(({ name, state, tags, ports, httpTokens, metadata }) => ({
      name,
      state,
      tags: [...tags].map(([key, value]) => `${key}=${value}`).sort(),
      ports: ports.map(gateOf),
      httpTokens,
      metadata,
    }));

const gateOf = ({ protocol, fromPort, toPort, cidrs }: InstancePortInfo | Port): string =>
  `${protocol} ${fromPort}-${toPort} ${(cidrs ?? []).join()}`;

const none: Durations = { CreateInstance: 0, StartInstance: 0, StopInstance: 0, RebootInstance: 0 };

const agree = async (durations: Durations, step: fc.Arbitrary<Call | number>, numRuns: number): Promise<void> => {
  const seed = chosenSeed();
  console.log(`LATEEN_SEED=${seed}`);
  const steps = fc.array(step, { minLength: 1, maxLength: 25, size: 'max' });
  const property = fc.asyncProperty(steps, async (steps) => {
    const pair = new Pair(durations);
    await pair.begin();
    for (const step of steps) await (typeof step === 'number' ? pair.wind(step * 1_000) : pair.call(step));
    await pair.end();
  });
  // A slow machine tries fewer.
  await fc.assert(property, { numRuns, seed, interruptAfterTimeLimit: 12_000 });
};

describe('at once', () => {
  beforeAll(() => start('instant'));
  afterAll(() => server.stop());

  test('whatever is called, the server does what the model does', () => agree(none, call, 40));
});

describe('with states in between', () => {
  beforeAll(() => start('real'));
  afterAll(() => server.stop());

  test('whatever is called and whenever, the server does what the model does', () =>
    agree(
      { CreateInstance: 18_000, StartInstance: 20_000, StopInstance: 15_000, RebootInstance: 20_000 },
      fc.oneof({ weight: 3, arbitrary: call }, { weight: 1, arbitrary: wind }),
      20,
    ));
});
