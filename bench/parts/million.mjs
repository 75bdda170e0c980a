import { readFileSync } from 'node:fs';
import { besideFew, reserved } from '../large.mjs';

export const title = 'With 1,000,000 instances in the store';

const regions = JSON.parse(readFileSync(new URL('../../catalogue/regions.json', import.meta.url))).regions;

export const run = () => {
  const names = regions.map(({ name }) => name).filter((name) => !reserved.includes(name));
  return besideFew(Object.fromEntries(names.map((name) => [name, Math.ceil(1_000_000 / names.length)])));
};
