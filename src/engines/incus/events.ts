import type { WebSocket } from 'ws';

/**
 * Something that happened in the project. `opened` comes first, and again whenever the line was lost in between: what
 * happened meanwhile is not told again.
 */
export type IncusEvent =
  | { readonly type: 'opened' }
  | {
      readonly type: 'lifecycle';
      /** Such as `instance-started` or `instance-shutdown`. */
      readonly action: string;
      /** What it happened to, such as `/1.0/instances/x`. */
      readonly source: string;
    };

export interface Events {
  /** The answer ends it. */
  listen(listener: (event: IncusEvent) => void): () => void;
  close(): void;
}

const againMs = 500;

interface Message {
  readonly type: string;
  readonly metadata?: { readonly action: string; readonly source: string };
}

/** One line for all listeners, while there are some. `connect` gives an open websocket of events. */
export const createEvents = (connect: () => Promise<WebSocket>): Events => {
  const listeners = new Set<(event: IncusEvent) => void>();
  let socket: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let connecting = false;

  const tell = (event: IncusEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const later = (): void => {
    socket = undefined;
    if (listeners.size > 0) timer = setTimeout(open, againMs).unref();
  };
  const open = (): void => {
    if (connecting || socket !== undefined) return;
    connecting = true;
    connect()
      .then((opened) => {
        if (listeners.size === 0) return opened.terminate();
        socket = opened;
        opened.on('message', (data) => {
          const { type, metadata } = JSON.parse(String(data)) as Message;
          if (type !== 'lifecycle' || metadata === undefined) return;
          const [source = ''] = metadata.source.split('?');
          tell({ type, action: metadata.action, source });
        });
        // A lost line closes, too, and that is where it is opened again.
        opened.on('error', () => {});
        opened.on('close', later);
        tell({ type: 'opened' });
      }, later)
      .finally(() => {
        connecting = false;
      });
  };
  const close = (): void => {
    listeners.clear();
    clearTimeout(timer);
    socket?.terminate();
  };

  return {
    listen(listener) {
      listeners.add(listener);
      if (socket !== undefined) listener({ type: 'opened' });
      open();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) close();
      };
    },
    close,
  };
};
