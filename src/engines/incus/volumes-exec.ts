import { setTimeout as sleep } from 'node:timers/promises';
import { type Incus, IncusError } from './client.ts';

/** What Incus says now and then of a container that has just begun to boot; the command has not run. */
const tooEarly = /Failed to retrieve PID of executing child process/;
const tries = 20;
const pauseMs = 250;

/** `Incus.exec`, also of a machine in its first moments. */
export const execute = async (
  incus: Pick<Incus, 'exec'>,
  instance: string,
  command: readonly string[],
): ReturnType<Incus['exec']> => {
  for (let left = tries; ; left -= 1) {
    try {
      return await incus.exec(instance, command);
    } catch (error) {
      if (left === 0 || !(error instanceof IncusError && tooEarly.test(error.message))) throw error;
      await sleep(pauseMs);
    }
  }
};
