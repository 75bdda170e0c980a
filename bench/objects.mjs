import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';

/** Node's own SQLite where it stands without a flag, else the package with the same interface. */
const openDatabase = (file) => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const require = createRequire(import.meta.url);
  const name = major > 22 || (major === 22 && minor >= 13) ? 'node:sqlite' : '@photostructure/sqlite';
  return new (require(name).DatabaseSync)(file);
};

/**
 * Gives a bucket `count` objects without bytes, `folders` to a common prefix (`p-000/`), straight in the index of a Lateen that does not run:
 * a million of them take seconds, and a million files would measure the disk.
 */
export const fillIndex = (data, bucketName, count, folders = 1000) => {
  const database = openDatabase(join(data, 'lateen.db'));
  const { id } = database.prepare("select id from resource where kind = 'Bucket' and name = ?").get(bucketName);
  const now = Date.now();
  const etag = 'd41d8cd98f00b204e9800998ecf8427e';
  const body = JSON.stringify({ headers: { 'content-type': 'text/plain' }, metadata: {}, tags: [], publicRead: false });
  database.exec('begin');
  database
    .prepare(
      `insert into object_version (bucket, name, age, version, shown, marker, size, etag, modified_at, body)
       with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?)
       select ?, printf('p-%03d/o-%07d', n * ? / ?, n), -n, 'null', 1, 0, 0, ?, ?, ? from numbers`,
    )
    .run(count, id, folders, count + 1, etag, now, body);
  database.prepare('delete from object_bucket where id = ?').run(id);
  database
    .prepare('insert into object_bucket (id, seq, objects, bytes, begun_at, changed_at) values (?, ?, ?, 0, ?, ?)')
    .run(id, count, count, now, now);
  database.exec('commit');
  database.close();
};

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * As `createSigner`, for requests of S3: whole HTTP requests, whose bodies are not part of the signature. With a number for the body it is
 * the head alone, of a body of so many bytes.
 */
export const createObjectSigner = ({ accessKeyId, secret }, region = 'us-east-1') => {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope.split('/').reduce(hmac, `AWS4${secret}`);
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const headers = `host:lateen\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:${date}\n`;
  return (method, path, query = {}, body = Buffer.alloc(0)) => {
    const search = Object.entries(query)
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&');
    const canonical = `${method}\n${path}\n${search}\n${headers}\n${names}\nUNSIGNED-PAYLOAD`;
    const digest = createHash('sha256').update(canonical).digest('hex');
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    const head = `${headers.replace(/:(.*)\n/g, ': $1\r\n')}authorization: ${authorization}\r\ncontent-length: ${body.length ?? body}`;
    const request = Buffer.from(`${method} ${path}${search && `?${search}`} HTTP/1.1\r\n${head}\r\n\r\n`);
    return typeof body === 'number' ? request : Buffer.concat([request, body]);
  };
};

const chunk = Buffer.alloc(65_536, 'x');

/** Sends a head and so many bytes over a connection of its own, and reads the answer without keeping it: seconds that it took. */
export const stream = async (port, head, size) => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const began = performance.now();
  let [received, wanted] = [0, Number.POSITIVE_INFINITY];
  const answered = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      if (received === 0) {
        const text = bytes.latin1Slice();
        if (!text.startsWith('HTTP/1.1 200')) reject(new Error(`a request of the benchmark was refused: ${text}`));
        wanted = text.indexOf('\r\n\r\n') + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text)[1]);
      }
      received += bytes.length;
      if (received >= wanted) resolve();
    });
  });
  socket.write(head);
  for (let sent = 0; sent < size; sent += chunk.length)
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), answered]);
  await answered;
  const seconds = (performance.now() - began) / 1000;
  socket.destroy();
  return seconds;
};
