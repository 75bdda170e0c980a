import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { creation, untilRunning } from './instances.mjs';
import { call } from './load.mjs';

const program = fileURLToPath(new URL('../bin/lateen.js', import.meta.url));
const pattern = 'the-pattern-of-all';

/** The end of the network that the pool of a Region begins in, far from what a Lateen of little size gives. */
const networks = { private: [172, 26], public: [100, 64] };

const textOf = (number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const numberOf = ([a, b]) => a * 2 ** 24 + b * 2 ** 16;

/**
 * Fills a Lateen with instances, by Region, through a state file: one instance of each Region is made by the API, and all its rows are written
 * down so many times with other names, ids and addresses. For a size that would take the API half an hour.
 */
export const fill = async (server, data, sign, counts) => {
  const lateen = (...args) => execFileSync(process.execPath, [program, ...args, '--data', join(data, 'data')]);
  for (const region of Object.keys(counts)) {
    await call(server.port, creation(sign, region, [pattern]));
    await untilRunning(server, sign, region, pattern);
  }
  const [saved, filled] = ['saved.jsonl', 'filled.jsonl'].map((name) => join(data, name));
  lateen('state', 'save', saved);
  await pipeline(
    Readable.from(chunks(readFileSync(saved, 'utf8').trim().split('\n'), counts)),
    createWriteStream(filled),
  );
  lateen('state', 'load', filled);
};

/** The lines of a state file in pieces: those there are, with another count of instances, and behind them the copies. */
function* chunks([header, ...lines], counts) {
  const rows = lines.map((line) => JSON.parse(line));
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (const [table, row] of rows) if (table === 'usage' && row.kind === 'Instance') row.used += total;
  yield `${[header, ...rows.map((row) => JSON.stringify(row))].join('\n')}\n`;

  const taken = new Set(rows.filter(([table]) => table === 'address').map(([, row]) => row.address));
  const free = (from) => {
    let next = from;
    while (taken.has(next)) next += 1;
    return next;
  };
  let [seq, outer] = [1_000_000, numberOf(networks.public)];
  for (const [region, count] of Object.entries(counts)) {
    const copy = copier(rows, region);
    let own = numberOf(networks.private) + 1_000;
    for (let at = 1; at <= count; at += 1) {
      [seq, own, outer] = [seq + 1, free(own + 1), free(outer + 1)];
      yield copy({ seq, name: `i-${at}`, own, outer });
    }
  }
}

/** A function that writes the rows of the pattern's instance in a Region for another one. */
const copier = (rows, region) => {
  const { id, body } = rows.find(
    ([table, row]) => table === 'resource' && row.name === pattern && row.region === region,
  )[1];
  const { privateIpAddress, publicIpAddress } = JSON.parse(body);
  const of = rows.filter(
    ([table, row]) =>
      [row.id, row.owner, row.machine].includes(id) ||
      (table === 'operation' && row.resource_name === pattern && row.region === region),
  );
  const marked = of.map(([table, row]) => {
    const marks = { ...row, ...('seq' in row && { seq: '@seq@' }) };
    if (table === 'operation') marks.body = row.body.replaceAll(row.id, '@operation@');
    if (table === 'operation') marks.id = '@operation@';
    if (table === 'address') marks.address = row.pool === 'public' ? '@outer@' : '@own@';
    return JSON.stringify([table, marks])
      .replaceAll(/"@(seq|outer|own)@"/g, '@$1@')
      .replaceAll(id, '@id@')
      .replaceAll(pattern, '@name@')
      .replaceAll(`"${privateIpAddress}\\"`, '"@ownText@\\"')
      .replaceAll(`"${publicIpAddress}\\"`, '"@outerText@\\"');
  });
  const parts = `${marked.join('\n')}\n`.split(/@(\w+)@/);
  return (values) => {
    const all = {
      ...{ ...values, id: randomUUID(), operation: randomUUID() },
      ...{ ownText: textOf(values.own), outerText: textOf(values.outer) },
    };
    return parts.map((part, index) => (index % 2 === 0 ? part : all[part])).join('');
  };
};
