/**
 * `npm run fuzz -- [--minutes 10] [--seed 1]`: sends broken, cut, spliced and odd requests to every door of a Lateen that it starts, many at a time, and ends
 * with 1 when one of them is answered by a 5xx or not at all, when the process leaks, or when its state dangles afterwards. The same seed
 * sends the same requests, in about the same order.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { ensure, root } from './ensure.mjs';

const program = join(root, 'bin/lateen.js');
const run = promisify(execFile);

const connections = 24;
/** An answer that has not come by then does not come: all limits of the server are shorter. */
const patienceMs = 45_000;
/** After that a request counts as cut short, and its connection is ended. */
const unfinishedMs = 700;
const mostMemory = 512;

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** Numbers from 0 to 1 that only the seed decides on (mulberry32). */
const createChance = (seed) => {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count) => Math.floor(next() * count);
  return { next, below, pick: (list) => list[below(list.length)], one: (many) => next() < 1 / many };
};

/** What breaks readers of HTTP, JSON, queries, XML and paths. */
const dictionary = [
  ...[
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\0',
    '%00',
    '%',
    '%zz',
    '..',
    '/../',
    '//',
    '?',
    '&',
    '=',
    ';',
    ',',
    '"',
    "'",
    '\\',
    '{',
    '}',
    '[',
    ']',
  ],
  ...[
    'Content-Length: 18446744073709551616\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Expect: 100-continue\r\n',
  ],
  ...[
    'Host: evil.example\r\n',
    'Origin: null\r\n',
    'Connection: Upgrade\r\nUpgrade: websocket\r\n',
    'X-Amz-Date: 99999999T999999Z\r\n',
  ],
  ...[
    'null',
    'true',
    '-0',
    '1e999',
    '9007199254740993',
    '[[[[[[[[',
    '{"a":{"a":{"a":',
    '\uFEFF',
    '\uD800',
    '\u202E',
    'é',
    '😀',
    '__proto__',
  ],
  ...[
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<a>&b;</a>',
    ']]>',
    'A'.repeat(5000),
    'Bearer ',
    'AWS4-HMAC-SHA256 ',
    'X-Amz-Signature=',
  ],
];

const createSigner =
  ({ accessKeyId, secret }) =>
  ({
    method = 'POST',
    path = '/',
    query = '',
    headers = {},
    body = '',
    service = 'lightsail',
    region = 'us-east-1',
  }) => {
    const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = `${stamp.slice(0, 8)}/${region}/${service}/aws4_request`;
    const all = { host: 'localhost', 'x-amz-date': stamp, 'x-amz-content-sha256': sha256(body), ...headers };
    const names = Object.keys(all).sort();
    const lines = names.map((name) => `${name}:${all[name]}\n`).join('');
    const canonical = [method, path, query.split('&').sort().join('&'), lines, names.join(';'), sha256(body)].join(
      '\n',
    );
    const key = scope.split('/').reduce(hmac, `AWS4${secret}`);
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
    return requestOf(method, query === '' ? path : `${path}?${query}`, { ...all, authorization }, body);
  };

const requestOf = (method, target, headers, body = '') => {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

/** A value for a shape of the model, mostly a right one. */
const sampleOf = (shapes, id, chance, depth = 0) => {
  if (chance.one(12)) return oddity(chance);
  const { type, member, members = {}, value } = shapes[id] ?? { type: id.slice(id.indexOf('#') + 1).toLowerCase() };
  const deeper = (target) => (depth > 4 ? null : sampleOf(shapes, target, chance, depth + 1));
  switch (type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(members)
          .filter(() => !chance.one(4))
          .map(([name, { target }]) => [name, deeper(target)]),
      );
    case 'list':
      return Array.from({ length: chance.below(4) }, () => deeper(member.target));
    case 'map':
      return { a: deeper(value.target) };
    case 'enum':
      return chance.pick(Object.values(members)).traits['smithy.api#enumValue'];
    case 'boolean':
      return chance.one(2);
    case 'string':
      return chance.pick([
        'web-1',
        'web-2',
        'us-east-1a',
        'debian_12',
        'nano_3_0',
        'small_1_0',
        'db',
        'example.com',
        '10.0.0.1',
        '',
      ]);
    default:
      return chance.pick([0, 1, 22, 80, -1, 64, 1.5, 1_795_000_000]);
  }
};

const oddity = (chance) =>
  chance.pick([
    null,
    true,
    -1,
    1e308,
    '',
    ' ',
    [],
    {},
    [[]],
    [null],
    { a: { b: [] } },
    chance.pick(dictionary),
    'x'.repeat(300),
  ]);

/** Well-formed requests to each door, by name: what they hold may be nonsense, and is signed. */
const doorsOf = (sign, model, chance) => {
  const prefix = 'com.amazonaws.lightsail#';
  const operations = Object.keys(model.shapes).filter((id) => model.shapes[id].type === 'operation');
  const json = 'application/x-amz-json-1.1';
  const form = 'application/x-www-form-urlencoded';
  const inputOf = (id) => sampleOf(model.shapes, model.shapes[id].input.target, chance);
  const pairs = (value, name) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, item]) =>
          pairs(item, Array.isArray(value) ? `${name}.member.${Number(key) + 1}` : name ? `${name}.${key}` : key),
        )
      : [`${name}=${encodeURIComponent(String(value).toWellFormed?.() ?? 'x')}`];
  const queryOf = (id) =>
    [`Action=${id.slice(prefix.length)}`, 'Version=2016-11-28', ...pairs(inputOf(id), '')].join('&');
  const uuid = '0b6b6a0e-6a4e-4d0c-9f5e-2f6c1a8f7b11';
  const bearer = () => ({
    host: 'localhost',
    authorization: `Bearer ${chance.pick(['', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(2000)])}`,
  });
  const apiKey = () => ({ host: 'localhost', 'x-api-key': chance.pick(['', 'k', 'x'.repeat(2000)]) });
  return {
    json() {
      const id = chance.pick(operations);
      const headers = { 'content-type': json, 'x-amz-target': `Lightsail_20161128.${id.slice(prefix.length)}` };
      return sign({ headers, body: JSON.stringify(inputOf(id)) });
    },
    control() {
      const action = chance.pick([
        'GetClock',
        'ListFaults',
        'ListKeys',
        'ReadAudit',
        'GetDrift',
        'OrderFault',
        'SetKeyStatus',
      ]);
      const body = JSON.stringify({
        place: oddity(chance),
        operation: oddity(chance),
        step: oddity(chance),
        times: 0,
        accessKeyId: oddity(chance),
      });
      return sign({ headers: { 'content-type': json, 'x-amz-target': `Lateen.${action}` }, body, service: 'lateen' });
    },
    query: () => sign({ method: 'GET', query: queryOf(chance.pick(operations)) }),
    form: () => sign({ headers: { 'content-type': form }, body: queryOf(chance.pick(operations)) }),
    sts() {
      const action = chance.pick([
        'GetCallerIdentity',
        'AssumeRole',
        'GetSessionToken',
        'AssumeRoleWithWebIdentity',
        'GetFederationToken',
      ]);
      const more = pairs(
        {
          DurationSeconds: oddity(chance),
          RoleArn: oddity(chance),
          RoleSessionName: oddity(chance),
          Policy: oddity(chance),
        },
        '',
      );
      return sign({
        headers: { 'content-type': form },
        body: [`Action=${action}`, 'Version=2011-06-15', ...more].join('&'),
        service: 'sts',
      });
    },
    bycloud() {
      const path = chance.pick([
        '/v1/instances',
        `/v1/instances/${uuid}`,
        `/v1/instances/${uuid}/reboot`,
        '/v1/openapi.json',
        '/v1/',
        '/v1/instances/%00',
      ]);
      const query = ['limit', 'marker', 'name', 'status', 'tags', 'flavor_id', 'image_id'].map(
        (name) => `${name}=${encodeURIComponent(String(oddity(chance)).toWellFormed?.() ?? 'x')}`,
      );
      const method = chance.pick(['GET', 'GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD']);
      return requestOf(
        method,
        `${path}?${query.join('&')}`,
        chance.one(2) ? bearer() : apiKey(),
        chance.one(2) ? JSON.stringify({ instance: oddity(chance) }) : '',
      );
    },
    console: () =>
      requestOf(
        'GET',
        `/console?instanceName=${chance.pick(['web-1', '', '%00'])}&columns=${chance.pick(['80', 'x', '99999'])}`,
        {
          ...{ host: 'localhost', connection: 'Upgrade', upgrade: 'websocket' },
          ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
        },
      ),
    page: () =>
      requestOf(
        'GET',
        chance.pick(['/_lateen/health', '/verify?token=x', '/desktop/x', '/', '/favicon.ico', '/%2e%2e/etc/passwd']),
        { host: 'localhost' },
      ),
    objects: () =>
      sign({
        method: chance.pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']),
        path: chance.pick(['/', '/bucket', '/bucket/key', '/bucket/a/b', '/none/x']),
        query: chance.pick([
          '',
          'list-type=2',
          'uploads=',
          'versioning=',
          'acl=',
          'delete=',
          'max-keys=-1',
          'partNumber=1&uploadId=x',
          'tagging=',
        ]),
        body: chance.pick([
          '',
          'data',
          '<Delete><Object><Key>a</Key></Object></Delete>',
          '<a',
          chance.pick(dictionary),
        ]),
        service: 's3',
      }),
  };
};

/** The bytes with a few of them changed, cut, doubled or put in. */
const mutate = (bytes, chance) => {
  let all = bytes;
  for (let times = chance.below(5); times >= 0; times--) {
    const at = chance.below(all.length + 1);
    const to = Math.min(all.length, at + chance.below(40));
    const [before, part, after] = [all.subarray(0, at), all.subarray(at, to), all.subarray(to)];
    const kind = chance.below(6);
    if (kind === 0) all = Buffer.concat([before, after]);
    else if (kind === 1) all = Buffer.concat([before, part, part, after]);
    else if (kind === 2) all = before;
    else if (kind === 3) all = Buffer.concat([before, Buffer.from([chance.below(256)]), all.subarray(at + 1)]);
    else all = Buffer.concat([before, Buffer.from(chance.pick(dictionary)), part, after]);
  }
  return all;
};

/** Sends bytes, in one or several pieces, and gives what came back until the other side closed; undefined when it never did. */
const exchange = (port, bytes, chance) =>
  new Promise((resolve) => {
    const cuts = chance.one(5)
      ? [chance.below(bytes.length + 1), chance.below(bytes.length + 1)].sort((a, b) => a - b)
      : [];
    const hangUp = chance.one(25);
    const chunks = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const timer = setTimeout(() => {
      resolve(undefined);
      socket.destroy();
    }, patienceMs);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      socket.end();
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.on('connect', async () => {
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        socket.write(bytes.subarray(from, to));
        from = to;
        if (cuts.length > 0) await sleep(2);
      }
      if (hangUp) socket.destroy();
      // Node takes the end of a request for that of its client: so only where no answer comes without it.
      else setTimeout(() => socket.end(), unfinishedMs);
    });
  });

const memoryOf = (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const socketsOf = (pid) => readdirSync(`/proc/${pid}/fd`).length;

const start = async (folder) => {
  const data = join(folder, 'data');
  const options = ['--data', data, '--port', '0', '--pace', 'instant', '--log', 'off', '--throttle', 'off'];
  const child = spawn(process.execPath, [program, 'start', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'close');
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on(
      'line',
      (line) => line.startsWith('ready ') && resolve(line.slice('ready '.length)),
    );
  });
  const url = await Promise.race([ready, ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`Lateen did not start: ${errors}`);
  const text = readFileSync(join(data, 'credentials'), 'utf8');
  const value = (name) => new RegExp(`^${name} = (.+)$`, 'm').exec(text)[1];
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const key = { accessKeyId: value('aws_access_key_id'), secret: value('aws_secret_access_key') };
  return { pid: child.pid, port: Number(new URL(url).port), data, key, errors: () => errors, stop };
};

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** Fuzzes for so long. The answer tells how many requests were sent to each door, what answers came, and every fault that was found. */
export const fuzz = async ({ minutes, seed }) => {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-fuzz-'));
  const server = await start(folder);
  const chance = createChance(seed);
  const model = JSON.parse(readFileSync(join(root, 'model/lightsail-2016-11-28.json'), 'utf8'));
  const doors = doorsOf(createSigner(server.key), model, chance);
  const names = Object.keys(doors);
  const objectsPort = (await listens(server.port + 1)) ? server.port + 1 : server.port;
  const [sent, statuses, faults] = [{}, {}, []];
  const blame = (fault, bytes) =>
    faults.length < 20 && faults.push(`${fault}: ${bytes.toString('latin1').slice(0, 3000)}`);
  const end = performance.now() + minutes * 60_000;
  const before = socketsOf(server.pid);
  let [memory, alive] = [0, true];

  const attack = async () => {
    while (alive && performance.now() < end) {
      const name = chance.pick(names);
      const whole = doors[name]();
      const bytes = chance.one(2) ? mutate(whole, chance) : whole;
      sent[name] = (sent[name] ?? 0) + 1;
      const answer = await exchange(name === 'objects' ? objectsPort : server.port, bytes, chance);
      if (answer === undefined) blame(`${name} hangs`, bytes);
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer ?? '')?.[1] ?? 'none';
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (/(^|\r\n\r\n.*)HTTP\/1\.1 5\d\d /.test(answer ?? '')) blame(`${name} is answered by ${status}`, bytes);
    }
  };
  const watch = async () => {
    while (performance.now() < end) {
      await sleep(Math.min(1000, Math.max(0, end - performance.now())));
      try {
        memory = Math.max(memory, memoryOf(server.pid));
      } catch {
        alive = false;
        faults.push('the process is gone');
        return;
      }
    }
  };
  try {
    await Promise.all([watch(), ...Array.from({ length: connections }, attack)]);
    await sleep(2000);
    if (alive) {
      const left = socketsOf(server.pid) - before;
      if (left > 4) faults.push(`${left} more files or sockets are open than before`);
      if (memory > mostMemory) faults.push(`the process took ${Math.round(memory)} MiB`);
      await run(process.execPath, [program, 'doctor', '--state', '--port', '0', '--data', server.data]).catch((error) =>
        faults.push(`the doctor finds: ${error.stdout}${error.stderr}`),
      );
    }
    const told = server
      .errors()
      .split('\n')
      .filter((line) => line.includes('"fault"'));
    for (const line of told.slice(0, 5)) faults.push(`the log has: ${line}`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { sent, statuses, memory: Math.round(memory), faults };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  };
  const { values } = parseArgs({ options });
  ensure();
  process.stdout.write(`seed ${values.seed}\n`);
  const { sent, statuses, memory, faults } = await fuzz({ minutes: Number(values.minutes), seed: Number(values.seed) });
  const total = Object.values(sent).reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `${total} requests: ${JSON.stringify(sent)}\nanswers: ${JSON.stringify(statuses)}\nat most ${memory} MiB\n`,
  );
  for (const fault of faults) process.stdout.write(`\n${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
