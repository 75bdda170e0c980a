import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../scripts/ensure.mjs';
import { cleanUp } from './program.mjs';
import { tableOf } from './table.mjs';

/** `machines` takes root and an Incus, so it is measured only when it is named. */
const usual = ['start', 'graph', 'memory', 'reads', 'creates', 'guard', 'objects', 'pages', 'many', 'million'];
const names = [...usual, 'machines'];
const usage = `npm run bench -- [part ...] [--write]

Measures the built program and prints tables. Parts: ${names.join(', ')}; all but machines, if none is named.
machines takes root, and an Incus (that of LATEEN_INCUS, or where its package puts it) that has the image debian_12.
--write puts the tables into bench/README.md, in the place of those of the same parts.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, help: { type: 'boolean' } },
});
const wanted = positionals.length === 0 ? usual : names.filter((name) => positionals.includes(name));
const known = positionals.every((name) => names.includes(name));
if (values.help || !known) {
  process.stdout.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

const readme = new URL('README.md', import.meta.url);
const [open, close] = ['<!-- tables -->', '<!-- end of tables -->'];

const machine = () => {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${process.versions.node}, ${availableParallelism()} cores (${model}), ${type()} ${release()}, load average ${loadavg()[0].toFixed(1)} at the start.`;
};

ensureBuilt();
process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** What a part has to show: its heading, when and where it was measured, its table and its notes. */
const measure = async (name) => {
  const where = machine();
  const { title, run } = await import(`./parts/${name}.mjs`);
  const { rows, notes } = await run();
  return [`### ${title}`, `Measured ${where}`, tableOf(rows), ...notes].join('\n\n');
};

/** The tables of the README by their headings, in the order of the parts. */
const merged = async (old, sections) => {
  const byTitle = new Map([...old.split(/^(?=### )/m), ...sections].map((text) => [headingOf(text), text.trim()]));
  const titles = await Promise.all(names.map(async (name) => (await import(`./parts/${name}.mjs`)).title));
  return titles.flatMap((title) => byTitle.get(`### ${title}`) ?? []).join('\n\n');
};
const headingOf = (text) => text.trim().split('\n')[0];

const began = performance.now();
const sections = [];
for (const name of wanted) {
  sections.push(await measure(name));
  process.stdout.write(`${sections.at(-1)}\n\n`);
}
process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s in all\n`);

if (values.write) {
  const [before, rest] = readFileSync(readme, 'utf8').split(open);
  const [old, after] = rest.split(close);
  writeFileSync(readme, `${before}${open}\n\n${await merged(old, sections)}\n\n${close}${after}`);
}
