// Loads all that the build made but the entry, which would run, and tells what that cost.
import { readFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);

/** The files that a file of the build comes to load, itself included. */
const reached = (file, found = new Set()) => {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, next] of readFileSync(new URL(file, dist), 'utf8').matchAll(/"\.\/([\w.-]+\.js)"/g))
    reached(next, found);
  return found;
};

const files = [...reached('main.js')].filter((file) => file !== 'main.js');
// The library for certificates wants these, and the program gives them to it only for as long as it loads.
Object.assign(Reflect, { getMetadata: () => undefined, getOwnMetadata: () => undefined, defineMetadata: () => {} });
const before = process.memoryUsage.rss();
const began = performance.now();
await Promise.all(files.map((file) => import(new URL(file, dist))));
const ms = performance.now() - began;
console.log(JSON.stringify({ ms, files: files.length, mib: (process.memoryUsage.rss() - before) / 2 ** 20 }));
