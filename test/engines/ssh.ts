import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How somebody logs in. */
export interface Login {
  /** `user@address` */
  readonly host: string;
  /** The file of the private key; a certificate lies beside it. */
  readonly identity: string;
  /** The file of the only host keys that are believed; any host key is when it is absent. */
  readonly known?: string | undefined;
}

/** The arguments of the OpenSSH client, which asks nobody anything. */
export const sshArguments = ({ host, identity, known }: Login): string[] =>
  [
    'BatchMode=yes',
    'ConnectTimeout=2',
    'IdentitiesOnly=yes',
    'LogLevel=ERROR',
    ...(known === undefined
      ? ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
      : ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${known}`]),
  ]
    .flatMap((option) => ['-o', option])
    .concat('-F', '/dev/null', '-i', identity, host);

/** What the command says, once the machine lets us in. Rejects when the command fails, or nobody is let in for long. */
export const ssh = async (login: Login, command: string): Promise<string> => {
  for (let tries = 100; ; tries--) {
    try {
      return (await run('ssh', [...sshArguments(login), command])).stdout.trim();
    } catch (error) {
      // The client's own code for a login that has come to nothing.
      if (tries === 0 || (error as { code?: unknown }).code !== 255) throw error;
      await sleep(200);
    }
  }
};

/** What the machine says to somebody whom it does not let in; undefined when it does. */
export const refusedLogin = (login: Login): Promise<string | undefined> =>
  run('ssh', [...sshArguments(login), 'true']).then(
    () => undefined,
    ({ stderr }: { stderr: string }) => stderr.trim(),
  );

/** Files that ssh is content with, in `folder`, by their names. */
export const secretFiles = (folder: string, contents: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text, { mode: 0o600 });
};
