import { emptyStart, loadAll } from '../program.mjs';
import { createSeries, row } from '../table.mjs';

export const title = 'Modules';

const runs = 15;

/** What it would cost to load everything at once, which no start does. */
export const run = async () => {
  const { add, of } = createSeries();
  let files = 0;
  for (let i = 0; i < runs; i++) {
    add('node', await emptyStart());
    const loaded = await loadAll();
    files = loaded.files;
    add('load', loaded.ms);
    add('memory', loaded.mib);
  }
  return {
    rows: [
      row('all modules loaded', 'ms', of('load')),
      row('memory that they take', 'MiB', of('memory')),
      row('for comparison: `node --eval 0`, start to end', 'ms', of('node')),
    ],
    notes: [
      `All ${files} files of the build except its entry, which would run: commands, engines, PostgreSQL and X.509 included, by the clock of the process that loads them. A start loads about what it runs.`,
    ],
  };
};
