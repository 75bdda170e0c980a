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
