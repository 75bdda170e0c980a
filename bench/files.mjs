/** A plain static file server: what Node does without looking at who asks, or at an index. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, , folder] = process.argv;

const server = createServer(async ({ url }, res) => {
  const file = join(folder, url);
  const { size } = await stat(file);
  res.writeHead(200, { 'Content-Length': size });
  createReadStream(file).pipe(res);
});
server.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${server.address().port}`));
