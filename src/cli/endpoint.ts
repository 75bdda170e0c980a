import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { requestTo } from './transport.ts';

/** Where the Lateen of a data directory answers, as `start` writes it down. */
export interface Endpoint {
  readonly url: string;
  readonly pid: number;
}

const fileOf = (data: string): string => join(data, 'endpoint');

export const writeEndpoint = (data: string, endpoint: Endpoint): void =>
  writeFileSync(fileOf(data), `${JSON.stringify(endpoint)}\n`, { mode: 0o600 });

export const removeEndpoint = (data: string): void => rmSync(fileOf(data), { force: true });

/** Undefined when nothing was written down; after a kill, what was may be out of date. */
export const readEndpoint = (data: string): Endpoint | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(data), 'utf8')) as Endpoint;
  } catch {
    return undefined;
  }
};

/** The running Lateen of the data directory. Throws when none answers. */
export const findServer = async (data: string): Promise<Endpoint> => {
  const endpoint = readEndpoint(data);
  if (endpoint !== undefined && (await answers(data, endpoint.url))) return endpoint;
  throw new Failure(`Nothing is running on ${data}. Start it with: npx lateen start --data ${data}`);
};

const patienceMs = 5_000;

const answers = (data: string, url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = requestTo(data, new URL('/_lateen/health', url), { timeout: patienceMs }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('error', () => resolve(false));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
