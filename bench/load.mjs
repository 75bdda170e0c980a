import { once } from 'node:events';
import { connect } from 'node:net';
import { median } from './table.mjs';

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * One kept-alive connection of a client that does next to nothing: it writes a finished request and waits for the whole answer.
 * Answers must have a Content-Length, as those of both servers have.
 */
export const openConnection = async (port) => {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  let waiting;
  let [parts, size, wanted] = [[], 0, Number.POSITIVE_INFINITY];
  socket.on('data', (chunk) => {
    parts.push(chunk);
    size += chunk.length;
    if (wanted === Number.POSITIVE_INFINITY) {
      const all = parts.length === 1 ? chunk : Buffer.concat(parts);
      const head = all.indexOf(endOfHead);
      if (head < 0) return;
      const [, length] = /\r\nContent-Length: (\d+)/i.exec(all.latin1Slice(0, head));
      wanted = head + endOfHead.length + Number(length);
    }
    if (size < wanted) return;
    const answer = parts;
    [parts, size, wanted] = [[], 0, Number.POSITIVE_INFINITY];
    waiting.resolve(answer);
  });
  const broken = () => waiting?.reject(new Error('the server closed a connection'));
  socket.on('error', broken);
  socket.on('close', broken);
  return {
    /** Gives the chunks of the answer. Rejects when it is not 200. */
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }).then((chunks) => {
        if (chunks[0].latin1Slice(9, 12) === '200') return chunks;
        throw new Error(`a request of the benchmark was refused: ${Buffer.concat(chunks)}`);
      }),
    close: () => socket.off('close', broken).destroy(),
  };
};

const splitHead = (answer) => {
  const at = answer.indexOf(endOfHead);
  const lines = answer.latin1Slice(0, at).split('\r\n').slice(1);
  const headers = lines.map((line) => line.split(': ', 2));
  return { headers, body: answer.subarray(at + endOfHead.length) };
};

/** One call on a connection of its own: the headers and the bytes of the body. */
export const callOnce = async (port, request) => {
  const connection = await openConnection(port);
  try {
    return splitHead(Buffer.concat(await connection.send(request)));
  } finally {
    connection.close();
  }
};

/** The JSON of the answer to one call. */
export const call = async (port, request) => JSON.parse((await callOnce(port, request)).body.toString());

/**
 * Sends what `next` gives over that many connections, each waiting for its answer, until `next` gives nothing more. Answers with
 * how many answers came per second.
 */
export const drive = async (port, connections, next) => {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)));
  const began = performance.now();
  const counts = await Promise.all(
    open.map(async ({ send }) => {
      let count = 0;
      for (let request = next(); request !== undefined; request = next(), count += 1) await send(request);
      return count;
    }),
  );
  const ms = performance.now() - began;
  for (const { close } of open) close();
  const answers = counts.reduce((sum, count) => sum + count, 0);
  return { answers, perSecond: (answers / ms) * 1000 };
};

/** The same request again and again for `ms` milliseconds. */
export const repeatedly = (request, ms) => inTurns([request], ms);

/** Requests one after the other and again from the first, for `ms` milliseconds. */
export const inTurns = (requests, ms) => {
  const end = performance.now() + ms;
  let next = 0;
  return () => (performance.now() < end ? requests[next++ % requests.length] : undefined);
};

/** Each request once. */
export const eachOnce = (requests) => {
  let next = 0;
  return () => requests[next++];
};

/** Milliseconds that requests take right after a change, which is when they are read from the database: the median. */
export const timeAfter = async (port, change, requests) => {
  const times = [];
  const { send, close } = await openConnection(port);
  for (const request of requests) {
    await send(change);
    const began = performance.now();
    await send(request);
    times.push(performance.now() - began);
  }
  close();
  return median(times.sort((a, b) => a - b));
};
