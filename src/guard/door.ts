import type { Call, Door } from '../api/front.ts';
import { ApiError, throttled } from '../errors.ts';
import type { Auditing } from './auditing.ts';
import type { AuditEvent } from './record.ts';
import type { Throttle } from './throttle.ts';
import type { Trail } from './trail.ts';

/** What stands between those who ask and all doors. */
export interface Guard {
  readonly throttle: Throttle;
  readonly trail: Trail;
  /** Resolves when everything committed is on the disk. */
  durable(): Promise<void>;
}

/**
 * A door behind its guard: who calls too often is refused, what happened is noted in the audit log, and nothing is answered before the one and
 * the other are on the disk. Refusals too: 'the name is in use' tells of a row that must not be lost after it was told of.
 */
export const guarded = (door: Door, { throttle, trail, durable }: Guard, auditing: Auditing): Door => ({
  ...door,
  async invoke(call) {
    const { allowed, first } = throttle.take(call.credential.account, call.credential.accessKeyId);
    if (!allowed) {
      // Of a row of refusals one line tells enough; all of them would be what the limit is to keep away.
      if (first && !auditing.readOnly(call.operation)) {
        trail.add(eventOf(auditing, call, undefined, throttled()));
        await trail.flush();
        await durable();
      }
      throw throttled();
    }
    let noted = false;
    const note = (body: string | undefined, error?: unknown): void => {
      trail.add(eventOf(auditing, call, body, error));
      noted = true;
    };
    try {
      const body = await door.invoke(call);
      if (auditing.isKept(call.operation)) note(body);
      return body;
    } catch (error) {
      if (isKeptFailure(auditing, call.operation, error)) note(undefined, error);
      throw error;
    } finally {
      if (noted) await trail.flush();
      await durable();
    }
  },
});

/** Notes what is no call of a door, as it ended; resolves when that is on the disk. */
export const notesOf =
  ({ trail, durable }: Guard, auditing: Auditing) =>
  async (call: Call, error?: unknown): Promise<void> => {
    trail.add(eventOf(auditing, call, error === undefined ? 'null' : undefined, error));
    await trail.flush();
    await durable();
  };

/** Whoever was denied something wanted it, were it only to look. */
const isKeptFailure = (auditing: Auditing, operation: string, error: unknown): boolean =>
  !auditing.readOnly(operation) || (error instanceof ApiError && error.code === 'AccessDeniedException');

/** The event of a call that gave `body`, or failed with `error`. */
export const eventOf = (auditing: Auditing, call: Call, body: string | undefined, error?: unknown): AuditEvent => ({
  source: auditing.source,
  operation: call.operation,
  readOnly: auditing.readOnly(call.operation),
  caller: call.credential,
  region: call.region,
  remoteAddress: call.remoteAddress,
  userAgent: call.userAgent ?? '',
  requestId: call.requestId,
  request: auditing.request(call.operation, call.payload),
  response: body === undefined ? undefined : auditing.response(call.operation, body),
  error: error === undefined ? undefined : told(error),
  resources: auditing.resources(call.operation, call.payload, body),
});

/** What the caller was told. The cause of a fault of ours is in the log, under the id of the request. */
const told = (error: unknown): { code: string; message: string } =>
  error instanceof ApiError
    ? { code: error.code, message: error.message }
    : { code: 'InternalFailure', message: 'Something went wrong inside Lateen.' };
