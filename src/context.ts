import type { OperationName, Operations } from './api/generated/operations.ts';
import type { Catalogue } from './catalogue.ts';
import type { Clock } from './clock.ts';
import type { Buckets } from './engines/buckets.ts';
import type { Containers } from './engines/containers.ts';
import type { Databases } from './engines/databases.ts';
import type { Distributions } from './engines/distributions.ts';
import type { Machines } from './engines/machine.ts';
import type { Registry } from './engines/registry.ts';
import type { Ids } from './ids.ts';
import type { Network } from './network.ts';
import type { Paging } from './paging.ts';
import type { Seal } from './store/seal.ts';
import type { Tx } from './store/store.ts';
import type { Enqueue } from './tasks/queue.ts';

/** Where names are unique: an account in a Region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** Who is asking. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly accessKeyId: string;
}

/** What every handler has at hand for one request. */
export interface Context {
  readonly operation: OperationName;
  readonly scope: Scope;
  readonly caller: Caller;
  readonly requestId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly catalogue: Catalogue;
  readonly network: Network;
  readonly paging: Paging;
  readonly seal: Seal;
  /** What a handler may ask of real machines, outside of a transaction. */
  readonly machines: Machines;
  readonly buckets: Buckets;
  readonly databases: Databases;
  readonly distributions: Distributions;
  readonly containers: Containers;
  readonly registry: Registry;
  /** Where people reach this Lateen with a browser, without a slash at its end. */
  baseUrl(): string;
  /** Where objects are served, without a slash at its end. */
  objectsUrl(): string;
  /** Sees one consistent state of what is committed. */
  read<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  /** The request's one transaction; it commits when `body` returns and leaves nothing when `body` throws. A second one is a programming error. */
  write<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  /** Puts work behind the transaction: it is durable with it, and begins after it. */
  readonly enqueue: Enqueue;
}

export type Handler<O extends OperationName> = (
  ctx: Context,
  input: Operations[O]['input'],
) => Promise<Operations[O]['output']>;

/** A handler whose operation is known at run time only. */
export type AnyHandler = (ctx: Context, input: never) => Promise<unknown>;

export type Handlers<N extends OperationName> = { readonly [O in N]: Handler<O> };
