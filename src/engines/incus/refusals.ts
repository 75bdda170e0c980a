import { EngineRefusal } from '../machine.ts';
import { IncusError } from './client.ts';

/** What Incus says when the same call will not go through later either: wrong input, something missing, no room. */
const final: readonly RegExp[] = [
  /\binvalid\b/i,
  /no space left|disk quota exceeded|not enough (free )?space|out of disk space/i,
  /not found/i,
  /not supported|unsupported|isn't supported/i,
  /\bforbidden\b|not authorized|not allowed/i,
  /No such (file|device|image)/i,
];

/** Makes an EngineRefusal with Incus's own words of an error that trying again cannot help; any other stays as it is. */
export const refusing = async <T>(doing: Promise<T>): Promise<T> => {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof IncusError && (error.status === 403 || final.some((words) => words.test(error.message))))
      throw new EngineRefusal(error.message);
    throw error;
  }
};

/** Two that start at the same time both find something missing, and make it. */
export const unlessThere = async (made: Promise<unknown>): Promise<void> => {
  await made.catch((error: unknown) => {
    if (!(error instanceof IncusError && /already exists/i.test(error.message))) throw error;
  });
};
