import type { Clock } from '../../clock.ts';
import type { Access } from '../../iam/access.ts';
import type { Ids } from '../../ids.ts';
import { createAccessLog } from './access-log.ts';
import { createFront, type FrontOptions } from './front.ts';
import { createJudge } from './policies.ts';
import type { Service } from './server.ts';

export interface ServiceOptions extends Omit<FrontOptions, 'judge'> {
  readonly access: Access;
  /** Of objects and access logs. */
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: (line: Record<string, unknown>) => void;
}

/** All that the listener of objects needs, loaded at its first request. */
export const createService = ({ clock, ids, log, access, ...options }: ServiceOptions): Service => ({
  front: createFront({ ...options, judge: createJudge(access, clock) }),
  accessLog: createAccessLog({
    ...{ store: options.store, desk: options.desk, clock, ids },
    warn: (message, error) => log({ level: 'error', message, error: String(error) }),
  }),
});
