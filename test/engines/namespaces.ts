import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Run, run } from '../../src/engines/incus/network/run.ts';

/** Network namespaces of a test, named by its process so that two runs do not meet. They need root, and no engine. */
export interface Namespaces {
  /** Runs `ip` in the namespace, once for each line. */
  ip(name: string, ...lines: readonly string[]): Promise<void>;
  in(name: string): Run;
  /** A Node.js program that runs until the end of the test, once it has said something. */
  start(name: string, program: readonly string[]): Promise<ChildProcess>;
  /** The last line that a Node.js program says. */
  ask(name: string, source: string, ...args: readonly string[]): Promise<string>;
  end(): Promise<void>;
}

/** Whether this process may make them. */
export const canMakeNamespaces = (): boolean => {
  if (process.getuid?.() !== 0) return false;
  try {
    const name = `lateen-probe-${process.pid}`;
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

export const makeNamespaces = async (names: readonly string[]): Promise<Namespaces> => {
  const full = (name: string) => `lateen-${process.pid}-${name}`;
  const children: ChildProcess[] = [];
  const within =
    (name: string): Run =>
    (command, args, input) =>
      run('ip', ['netns', 'exec', full(name), command, ...args], input);
  for (const name of names) {
    await run('ip', ['netns', 'add', full(name)]);
    await run('ip', ['-n', full(name), 'link', 'set', 'lo', 'up']);
  }
  return {
    in: within,
    ip: async (name, ...lines) => {
      for (const line of lines) {
        await run('ip', [
          '-n',
          full(name),
          ...line.split(' ').map((word) => word.replace(/^@(.*)/, (_, other) => full(other))),
        ]);
      }
    },
    start: async (name, program) => {
      const child = spawn('ip', ['netns', 'exec', full(name), process.execPath, ...program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.push(child);
      await once(child.stdout, 'data');
      return child;
    },
    ask: async (name, source, ...args) => {
      const said = await within(name)(process.execPath, ['-e', source, ...args]);
      return said.trim().split('\n').at(-1) ?? '';
    },
    end: async () => {
      for (const child of children) child.kill('SIGKILL');
      for (const name of names) await run('ip', ['netns', 'del', full(name)]);
    },
  };
};
