import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So much of buffers that were passed on may wait for their collection. */
const mostBytes = 8 * 2 ** 20;

/** Is told of every buffer that somebody else is done with soon. */
export type Discarded = (bytes: number) => void;

/**
 * Bytes that stream through leave a buffer for every 64 KiB, and V8 lets more than 30 MiB of those pile up before it looks. A look at the young ones takes
 * less than a millisecond, and keeps the memory of the process where it is, however large an object.
 */
export const createCollector = (): Discarded => {
  let collect: ((options: { type: 'minor' }) => void) | undefined;
  let waiting = 0;
  return (bytes) => {
    waiting += bytes;
    if (waiting < mostBytes) return;
    waiting = 0;
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as typeof collect;
      setFlagsFromString('--no-expose-gc');
    }
    collect?.({ type: 'minor' });
  };
};
