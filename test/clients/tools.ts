import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { test } from 'vitest';
import type { Ended, Server } from '../lateen.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** `test` when nothing is missing; otherwise one that skips, with the reason printed once. */
export const testUnless = (missing: string | undefined) => {
  if (missing !== undefined) console.info(`skipped: ${missing}`);
  return test.skipIf(missing !== undefined);
};

/** Whether a program starts and is content with its arguments. */
export const works = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { env: withoutSettings(), stdio: 'ignore' }).status === 0;

/** Runs a program until it ends, without the settings that the person who tests has for it, and past any proxy. */
export const run = async (
  command: string,
  args: readonly string[],
  { variables = {}, cwd }: { readonly variables?: Variables; readonly cwd?: string } = {},
): Promise<Ended> => {
  const child = spawn(command, args, {
    cwd,
    env: { ...withoutSettings(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
};

/** What points a client at a server: its root key by the credentials file that it wrote, the endpoint and the Region. */
export const settingsFor = (server: Server): Record<string, string> => ({
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: `${server.data}/credentials`,
  AWS_ENDPOINT_URL_LIGHTSAIL: server.url,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
});

/** Asks until the answer is as wanted. The time limit of the test is the patience. */
export const until = async <T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await setTimeout(50);
  }
};

const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|TF|BOTO)_|_proxy$/i.test(name)));
