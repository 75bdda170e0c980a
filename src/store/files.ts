import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes new names in a folder survive a power cut. */
export const syncFolder = (folder: string): void => {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
};
