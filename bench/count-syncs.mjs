/** Loaded before Lateen: counts the syncs of its log, and tells on request. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let syncs = 0;
const { fdatasync } = fs;
fs.fdatasync = (...args) => {
  syncs += 1;
  fdatasync(...args);
};
syncBuiltinESMExports();

process.on('message', () => process.send(syncs));
process.channel.unref();
