import type { Catalogue } from '../../catalogue.ts';
import type { AuthorizeOperation } from '../../iam/authorize.ts';
import { findListed, type ListedInstance } from '../../store/records/newest-instances.ts';
import { findResource } from '../../store/records/resources.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { Call, Door } from '../front.ts';
import type { OperationName } from '../generated/operations.ts';
import type { Instance } from '../generated/types.ts';
import { ByCloudError, invalid, type Telling } from './answers.ts';
import { type Body, changeOf, creationOf, text } from './input.ts';
import { listInstances, readListing } from './list.ts';
import { isUuid } from './uuid5.ts';
import { viewOf } from './view.ts';

/** What the routes work on. */
export interface ByCloudHouse {
  /** The Lightsail API: whatever changes something is one of its operations. */
  readonly door: Door;
  readonly authorize: AuthorizeOperation;
  readonly store: Store;
  readonly catalogue: Catalogue;
  /** The address of `/v1` as callers know it. */
  readonly base: () => string;
  /** What ByCloud calls a Region of Lightsail: in names (CRN), and in X-Region. */
  readonly codeOf: (region: string) => string;
}

/** An authenticated request. */
export interface Asked
  extends Pick<Call, 'credential' | 'region' | 'requestId' | 'remoteAddress' | 'secure' | 'userAgent'> {
  readonly id: string;
  readonly query: ReadonlyMap<string, string>;
  readonly body: Body;
}

export interface Answered {
  readonly status: number;
  readonly body: object;
}

export interface Route extends Telling {
  readonly method: string;
  /** Behind `/v1`; `:id` is a uuid. */
  readonly path: string;
  /** What of the Lightsail API it is, for the log and for policies. */
  readonly operation: OperationName;
  handle(house: ByCloudHouse, asked: Asked): Promise<Answered>;
}

const accepted: Answered = { status: 202, body: { message: 'Request accepted, processing asynchronously' } };

const scopeOf = ({ credential, region }: Asked) => ({ account: credential.account, region });

const find = async (tx: Tx, asked: Asked, id = asked.id): Promise<ListedInstance> => {
  const row = isUuid(id) ? await findListed(tx, scopeOf(asked), id.toLowerCase()) : undefined;
  if (row === undefined) throw new ByCloudError(404, `Instance ${id.slice(0, 64)} could not be found`);
  return row;
};

/** A call of Lightsail about the instance, which must still be the one of that id when it is changed. */
const invoke = async (
  { door }: ByCloudHouse,
  asked: Asked,
  operation: OperationName,
  payload: Record<string, unknown>,
): Promise<void> => {
  const { credential, region, requestId, remoteAddress, secure, userAgent } = asked;
  const first = asked.id === '' ? undefined : async (tx: Tx) => void (await find(tx, asked));
  await door.invoke({ operation, payload, credential, region, requestId, remoteAddress, secure, userAgent, first });
};

const shown = (house: ByCloudHouse, asked: Asked, row: ListedInstance) => ({
  instance: viewOf(row, house.codeOf(asked.region)),
});

/** `POST /instances/{id}/...`: an operation of Lightsail that has the instance's name alone. */
const action = (
  word: string,
  operation: OperationName,
  conflict: string,
  check: (body: Body) => void = () => {},
): Route => ({
  ...{ method: 'POST', path: `/instances/:id/${word}`, operation, conflict },
  async handle(house, asked) {
    check(asked.body);
    const { name } = await house.store.read((tx) => find(tx, asked));
    await invoke(house, asked, operation, { instanceName: name });
    return accepted;
  },
});

/** Every method and path that there is (bycloud.md 1 and 2). */
export const routes: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/instances', operation: 'GetInstances' },
    async handle(house, asked) {
      await house.authorize(asked, 'GetInstances', {});
      const listing = readListing(asked.query, house.catalogue);
      const url = `${house.base()}/instances`;
      const region = house.codeOf(asked.region);
      const body = await house.store.read((tx) => listInstances(tx, scopeOf(asked), listing, url, region));
      return { status: 200, body };
    },
  },
  {
    ...{ method: 'POST', path: '/instances', operation: 'CreateInstances', notFound: 400 },
    async handle(house, asked) {
      const { catalogue, store } = house;
      const [zone = ''] = catalogue.zones(asked.region);
      const input = creationOf(asked.body, catalogue, zone);
      await invoke(house, asked, 'CreateInstances', input);
      const row = await store.read(async (tx) => {
        const made = await findResource(tx, scopeOf(asked), 'Instance', input.instanceNames[0]!);
        return find(tx, asked, made?.id ?? '');
      });
      return { status: 202, body: shown(house, asked, row) };
    },
  },
  {
    ...{ method: 'GET', path: '/instances/:id', operation: 'GetInstance' },
    async handle(house, asked) {
      const row = await house.store.read((tx) => find(tx, asked));
      await house.authorize(asked, 'GetInstance', { instanceName: row.name });
      return { status: 200, body: shown(house, asked, row) };
    },
  },
  {
    ...{ method: 'PATCH', path: '/instances/:id', operation: 'TagResource' },
    async handle(house, asked) {
      const row = await house.store.read((tx) => find(tx, asked));
      const { put, drop } = changeOf(asked.body, JSON.parse(row.body) as Instance);
      const resourceName = row.name;
      if (put.length > 0) await invoke(house, asked, 'TagResource', { resourceName, tags: put });
      if (drop.length > 0) await invoke(house, asked, 'UntagResource', { resourceName, tagKeys: drop });
      await house.authorize(asked, 'GetInstance', { instanceName: resourceName });
      return { status: 200, body: shown(house, asked, await house.store.read((tx) => find(tx, asked))) };
    },
  },
  {
    ...{ method: 'DELETE', path: '/instances/:id', operation: 'DeleteInstance' },
    async handle(house, asked) {
      const { name } = await house.store.read((tx) => find(tx, asked));
      await invoke(house, asked, 'DeleteInstance', { instanceName: name });
      return accepted;
    },
  },
  action('reboot', 'RebootInstance', 'Instance is not in a rebootable state', (body) => {
    const type = text(body, 'type') ?? 'SOFT';
    if (type !== 'SOFT' && type !== 'HARD') throw invalid("Field 'type' must be SOFT or HARD");
  }),
  action('start', 'StartInstance', 'Instance is not in a startable state'),
  action('stop', 'StopInstance', 'Instance is not in a stoppable state'),
];
