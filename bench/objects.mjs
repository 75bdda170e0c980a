import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
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

/** As `createSigner`, for requests of S3: whole HTTP requests, whose bodies are not part of the signature. */
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
    const head = `${headers.replace(/:(.*)\n/g, ': $1\r\n')}authorization: ${authorization}\r\ncontent-length: ${body.length}`;
    return Buffer.concat([Buffer.from(`${method} ${path}${search && `?${search}`} HTTP/1.1\r\n${head}\r\n\r\n`), body]);
  };
};
