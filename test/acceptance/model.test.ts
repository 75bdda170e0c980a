/** Random calls, and what comes of them, against a model. LATEEN_SEED repeats a run. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Instance, Operation } from '../../src/api/generated/types.ts';
import { newRsaKeyPair } from '../../src/ssh/rsa.ts';
import { type Api, apiOf } from '../call.ts';
import { type Server, startServer } from '../lateen.ts';
import { chosenSeed } from '../random.ts';
import { expectWhole, readState } from '../state.ts';
import { type Call, type Durations, type Expected, Model, type Thing } from './model.ts';

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
  ImportKeyPair: { weight: 1, input: fc.record({ keyPairName: anyName, publicKeyBase64: fc.constant(publicKeyBase64) }) },
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
  readonly model: Model;
  /** How near a change may be when the two are compared: time goes on while they are. */
  readonly #margin: number;
  #origin = 0;

  constructor(durations: Durations) {
    this.model = new Model(regions, durations, quota);
    this.#margin = Math.max(...Object.values(durations)) === 0 ? 0 : 5_000;
  }

  async begin(): Promise<void> {
    await apis[regions[0]]!.control('ResetState');
    this.#origin = await this.#advance(0);
    for (const region of regions)
      await this.call({ operation: 'ImportKeyPair', region, input: { keyPairName: key, publicKeyBase64 } });
  }

  async wind(ms: number): Promise<void> {
    const now = await this.#advance(ms);
    this.model.windTo(this.model.now + ms);
    // The server's clock has gone on by itself too. A change that lies in between is passed.
    const near = this.model.turns.some(
      (turn) => turn < now - this.#origin + this.#margin || turn < this.model.now + this.#margin,
    );
    if (near) await this.wind(2 * this.#margin);
  }

  async call(call: Call): Promise<void> {
    const { operation, region, input } = call;
    const zone = operation === 'CreateInstances' ? { availabilityZone: `${region}a` } : {};
    const reply = await apis[region]!.ask(operation as 'CreateInstances', { ...input, ...zone });
    const expected = this.model.answer(call);
    expectAnswer(reply, expected);
    await this.wind(0);
    expect(await instancesIn(region)).toEqual(expectedInstances(this.model.things.get(region)!));
  }

  async #advance(ms: number): Promise<number> {
    return Number((await apis[regions[0]]!.control('AdvanceClock', { ms })).now);
  }

  async end(): Promise<void> {
    for (const region of regions) await expectListings(apis[region]!, this.model, region);
  }
}
