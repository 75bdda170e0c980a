/** What node:http alone can do: reads the body and gives a finished answer, found by the operation's name. */
import { createServer } from 'node:http';

let answers = new Map();
process.on('message', (given) => {
  answers = new Map(
    given.map(({ operation, headers, body }) => [`Lightsail_20161128.${operation}`, { headers, body }]),
  );
  process.send('taken');
});

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    const { headers, body } = answers.get(request.headers['x-amz-target']);
    response.writeHead(200, headers);
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready http://127.0.0.1:${server.address().port}\n`));
