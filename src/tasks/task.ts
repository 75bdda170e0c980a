import type { Catalogue } from '../catalogue.ts';
import type { Authority } from '../certificates/authority.ts';
import type { DomainPointing } from '../certificates/pointing.ts';
import type { DomainProof } from '../certificates/proof.ts';
import type { Clock } from '../clock.ts';
import type { Buckets } from '../engines/buckets.ts';
import type { Databases } from '../engines/databases.ts';
import type { Machines } from '../engines/machine.ts';
import type { Ids } from '../ids.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Network } from '../network.ts';
import type { Seal } from '../store/seal.ts';
import type { Tx } from '../store/store.ts';
import type { Templates } from '../templates.ts';
import type { SmsGateway } from '../webhooks/sms-gateway.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { Enqueue } from './queue.ts';

/** What a step has at hand. */
export interface TaskContext<I> {
  readonly account: string;
  readonly region: string;
  /** Id of the resource that the task is about. */
  readonly resource: string;
  readonly input: I;
  /** The same at every repetition of this task, and of this task only. */
  readonly key: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly seal: Seal;
  readonly catalogue: Catalogue;
  readonly network: Network;
  readonly machines: Machines;
  readonly buckets: Buckets;
  readonly databases: Databases;
  /** Issues certificates. */
  readonly authority: Authority;
  /** Tells whether the owner of a domain has asked for its certificate. */
  readonly domains: DomainProof;
  /** Tells whether a domain leads to a machine. */
  readonly pointing: DomainPointing;
  readonly mailer: Mailer;
  readonly sms: SmsGateway;
  readonly webhook: Webhook;
  /** Where people reach this Lateen with a browser, without a slash at its end. */
  baseUrl(): string;
  readonly templates: Templates;
  /** Puts more work behind a transaction of this task. */
  readonly enqueue: Enqueue;
  read<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  write<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
}

/** The step is not done yet: run it again at `until` (ms of Lateen's clock). */
export interface Wait {
  readonly until: number;
}

/** Runs outside of any transaction, and may run twice: after a crash nobody knows whether it did. */
export interface Step<I> {
  readonly name: string;
  run(task: TaskContext<I>): Promise<Wait | undefined>;
  /** Takes back what `run` did, or half did. Absent where there is nothing to take back. */
  undo?(task: TaskContext<I>): Promise<void>;
}

/**
 * Work in several steps. `finish` and `fail` belong to the transaction that also ends the task's operations. A step that fails is
 * tried again a few times; then the steps are undone, last first, and `fail` leaves the rows in a state that the API knows.
 */
export interface TaskKind<I> {
  readonly name: string;
  /** For what was answered as done: nobody could be told that it failed, so it is tried until it works. */
  readonly unfailing?: true;
  readonly steps: readonly Step<I>[];
  finish?(tx: Tx, task: TaskContext<I>): Promise<void>;
  fail?(tx: Tx, task: TaskContext<I>, error: string): Promise<void>;
}
