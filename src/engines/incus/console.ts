import { createWebSocketStream, type WebSocket } from 'ws';
import type { MachineConsole, Terminal, TerminalSize } from '../machine.ts';
import type { Incus } from './client.ts';
import type { Instances, LabelledInstance } from './instances.ts';
import { refusing } from './refusals.ts';

/** Secrets by what the websocket of that secret is. */
interface Sockets {
  readonly fds: Readonly<Record<'0' | 'control', string>>;
}

/** What the shell is told that it draws on: every terminal of today knows it. */
const terminalType = 'xterm-256color';

/** Incus takes numbers where it makes a terminal, and texts where it changes one. */
const sizeOf = ({ columns, rows }: TerminalSize) => ({ width: columns, height: rows });
const textsOf = ({ columns, rows }: TerminalSize) => ({ width: String(columns), height: String(rows) });

/** Boot logs and terminals of instances: a shell in a container, the serial console of a virtual machine. */
export const createIncusConsole = (incus: Incus, instances: Instances): MachineConsole => {
  const order = ({ id, type, known }: LabelledInstance, size: TerminalSize) =>
    type === 'container'
      ? incus.begin<Sockets>(`${instances.path(id)}/exec`, {
          command: ['su', '-l', known.username],
          environment: { TERM: terminalType },
          interactive: true,
          'wait-for-websocket': true,
          ...sizeOf(size),
        })
      : incus.begin<Sockets>(`${instances.path(id)}/console`, { type: 'console', ...sizeOf(size) });
  const join = async ({ path, metadata }: { readonly path: string; readonly metadata: Sockets }) => {
    const socket = (secret: string): Promise<WebSocket> => incus.socket(`${path}/websocket?secret=${secret}`);
    const control = await socket(metadata.fds.control);
    try {
      return terminalOf(await socket(metadata.fds['0']), control);
    } catch (error) {
      control.terminate();
      throw error;
    }
  };

  return {
    async log(id) {
      await instances.expect(id);
      return refusing(incus.text(`${instances.path(id)}/console`));
    },
    async terminal(id, size) {
      const found = await instances.expect(id);
      const begun = await refusing(order(found, size));
      return join(begun).catch(async (error: unknown) => {
        await incus.delete(begun.path).catch(() => {});
        throw error;
      });
    },
  };
};

const terminalOf = (data: WebSocket, control: WebSocket): Terminal => {
  const stream = createWebSocketStream(data);
  // That of a command sends an empty text when its shell has ended, and then waits for us to go.
  data.on('message', (_message, isBinary) => {
    if (!isBinary) data.close();
  });
  stream.on('close', () => control.terminate());
  // What breaks the one line ends the other, and that is how it shows.
  control.on('error', () => {});
  control.on('close', () => data.close());
  return {
    stream,
    resize(size) {
      if (control.readyState !== control.OPEN) return;
      control.send(JSON.stringify({ command: 'window-resize', args: textsOf(size) }));
    },
  };
};
