import { readFileSync } from 'node:fs';
import { fill } from '../fill.mjs';
import { besideFew, reserved } from '../large.mjs';
import { signerOf } from '../program.mjs';

export const title = 'With 1,000,000 instances in the store';

const { regions } = JSON.parse(readFileSync(new URL('../../catalogue/regions.json', import.meta.url), 'utf8'));

export const run = async () => {
  const names = regions.map(({ name }) => name).filter((name) => !reserved.includes(name));
  const counts = Object.fromEntries(names.map((name) => [name, Math.ceil(1_000_000 / names.length)]));
  const { rows, notes } = await besideFew(counts, (server, data) => fill(server, data, signerOf(data), counts));
  const filling =
    'Filled by a state file: an instance of each Region is made by the API, and all its rows are copied with other names, ids and addresses, 7,000,000 rows in all.';
  return { rows, notes: [filling, ...notes] };
};
