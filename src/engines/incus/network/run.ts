import { spawn } from 'node:child_process';

/**
 * Runs a program of the host and answers with its output. Rejects with `CommandFailure` when it ends otherwise than well, or when
 * `signal` ends it.
 */
export type Run = (command: string, args: readonly string[], input?: string, signal?: AbortSignal) => Promise<string>;

/** What a program said when it failed. `code` is undefined when it could not even be started, or was killed. */
export class CommandFailure extends Error {
  readonly code: number | undefined;
  constructor(text: string, code?: number) {
    super(text);
    this.code = code;
  }
}

/** For what may be gone already: passes over a program that ran and said no. */
export const unlessRefused = (error: unknown): void => {
  if (!(error instanceof CommandFailure && error.code !== undefined)) throw error;
};

/** Administrators' programs are not on everybody's path. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** Never by a shell: what comes from users is an argument or an input, and stays one. */
export const run: Run = (command, args, input = '', signal) =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: path, LC_ALL: 'C' };
    const child = spawn(command, args, { env, signal, killSignal: 'SIGKILL' });
    const [out, err]: Buffer[][] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out?.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err?.push(chunk));
    // A program that ends before it has read everything says why itself.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new CommandFailure(error.code === 'ENOENT' ? `${command} is not installed` : error.message)),
    );
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(out ?? []).toString());
      const said = Buffer.concat(err ?? [])
        .toString()
        .trim();
      reject(new CommandFailure(`${command}: ${said.slice(0, 2_000) || `ended with ${code}`}`, code ?? undefined));
    });
    child.stdin.end(input);
  });
