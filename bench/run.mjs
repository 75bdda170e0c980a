import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../scripts/ensure.mjs';
import { cleanUp } from './program.mjs';
import { tableOf } from './table.mjs';

const names = ['start', 'memory', 'reads', 'creates', 'many'];
const usage = `npm run bench -- [part ...] [--write]

Measures the built program and prints tables. Parts: ${names.join(', ')}; all, if none is named.
--write puts the tables into bench/README.md, which needs all parts.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, help: { type: 'boolean' } },
});
const wanted = positionals.length === 0 ? names : names.filter((name) => positionals.includes(name));
const known = positionals.every((name) => names.includes(name));
if (values.help || !known || (values.write && wanted.length < names.length)) {
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

const sections = [];
const show = (text) => {
  sections.push(text);
  process.stdout.write(`${text}\n\n`);
};

ensureBuilt();
process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const began = performance.now();
show(`Measured ${machine()}`);
for (const name of wanted) {
  const { title, run } = await import(`./parts/${name}.mjs`);
  const { rows, notes } = await run();
  show(`### ${title}`);
  show(tableOf(rows));
  for (const note of notes) show(note);
}
process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s in all\n`);

if (values.write) {
  const [before, rest] = readFileSync(readme, 'utf8').split(open);
  const after = rest.split(close)[1];
  writeFileSync(readme, `${before}${open}\n\n${sections.join('\n\n')}\n\n${close}${after}`);
}
