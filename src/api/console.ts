import type { WebSocket } from 'ws';
import type { Scope } from '../context.ts';
import { ApiError, type ErrorCode, invalidInput } from '../errors.ts';
import { type ConsoleWorld, openTerminal } from '../resources/instances/console.ts';
import { type Call, type Incoming, isLoopback, userAgentOf } from './front.ts';
import type { Credential, Verify } from './sigv4.ts';
import { parseQuery, splitTarget } from './sigv4-canonical.ts';
import { endings, joinTerminal, type TerminalLimits, terminalSize } from './terminal.ts';
import type { SocketDoor } from './upgrade.ts';

export interface ConsoleLimits extends TerminalLimits {
  /** How many terminals may be open at a time. */
  readonly terminals: number;
}

export interface ConsoleOptions {
  readonly rootAccount: string;
  readonly world: ConsoleWorld;
  readonly verify: Verify;
  /** Keeps who has opened a terminal, or was refused one with that error; resolves when it is on the disk. */
  readonly note: (call: Call, error?: unknown) => Promise<void>;
  readonly limits?: Partial<ConsoleLimits>;
}

const defaults: ConsoleLimits = {
  terminals: 32,
  idleMs: 30 * 60_000,
  aliveMs: 30_000,
  bufferBytes: 256 * 1024,
};

const path = '/console';
const service = 'lateen';

/**
 * Terminals as websockets at `/console?instanceName=web-1&region=us-east-1&columns=80&rows=24`, also with `account`. They are for whom the
 * controls are: keys of the root account, on this machine. The request is signed as others are, in its header or its query.
 */
export const createConsole = ({ rootAccount, world, verify, note, limits: given }: ConsoleOptions): SocketDoor => {
  const limits = { ...defaults, ...given };
  const open = new Set<WebSocket>();
  let opening = 0;
  let closed = false;

  const join = async (
    scope: Scope,
    query: ReadonlyMap<string, string>,
    noted: () => Promise<void>,
    accept: () => WebSocket | undefined,
  ) => {
    const instanceName = query.get('instanceName') ?? '';
    if (instanceName === '') throw invalidInput('instanceName must be given.');
    const size = terminalSize(Number(query.get('columns') ?? 80), Number(query.get('rows') ?? 24));
    if (size === undefined) throw invalidInput('columns and rows must be whole numbers from 1 to 1000.');
    const terminal = await openTerminal(world, scope, instanceName, size);
    // What it breaks with until somebody listens is told by its being gone.
    terminal.stream.on('error', () => {});
    await noted().catch((error: unknown) => {
      terminal.stream.destroy();
      throw error;
    });
    const socket = closed ? undefined : accept();
    // It has left meanwhile, or Lateen has.
    if (socket === undefined) return terminal.stream.destroy();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    joinTerminal(socket, terminal, limits);
  };

  return {
    has: ({ target, remoteAddress }) => splitTarget(target).path === path && isLoopback(remoteAddress),
    async open(request: Incoming, accept) {
      const seen: { -readonly [K in 'account' | 'region']?: string } = {};
      let call: Call | undefined;
      try {
        const { credential, region } = await verify(request, service);
        seen.account = credential.account;
        seen.region = region;
        const query = new Map(parseQuery(splitTarget(request.target).query));
        call = callOf(request, query, credential, region);
        checkRoot(credential, rootAccount);
        const scope = { account: query.get('account') ?? rootAccount, region: query.get('region') ?? region };
        if (open.size + opening >= limits.terminals) throw tooMany(limits.terminals);
        opening++;
        const noted = note.bind(undefined, call);
        await join(scope, query, noted, accept).finally(() => opening--);
        return seen;
      } catch (error) {
        if (call !== undefined) await note(call, error);
        throw error instanceof ApiError ? forHandshakes(error) : error;
      }
    },
    close() {
      closed = true;
      for (const socket of open) socket.close(endings.server, 'Lateen is stopping.');
    },
    cut() {
      for (const socket of open) socket.terminate();
    },
  };
};

/** What may be told of a request: in a signed query there is more. */
const toldParameters = ['account', 'columns', 'instanceName', 'region', 'rows'];

const callOf = (
  request: Incoming,
  query: ReadonlyMap<string, string>,
  credential: Credential,
  region: string,
): Call => ({
  operation: 'OpenTerminal',
  payload: Object.fromEntries([...query].filter(([name]) => toldParameters.includes(name))),
  ...{ region, credential, requestId: request.requestId, remoteAddress: request.remoteAddress },
  userAgent: userAgentOf(request),
});

const checkRoot = ({ account, arn, principal }: Credential, rootAccount: string): void => {
  if (account === rootAccount && principal.kind === 'root') return;
  throw new ApiError('AccessDeniedException', `User: ${arn} is not authorized to perform: lateen:OpenTerminal`);
};

const tooMany = (count: number): ApiError =>
  new ApiError('ThrottlingException', `${count} terminals are open, and that is the limit. Close one first.`);

/** Browsers show nothing of a refusal but its status, so it tells more than that of an API call. */
const statuses: Partial<Record<ErrorCode, number>> = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  NotFoundException: 404,
  ThrottlingException: 429,
  UnrecognizedClientException: 403,
};

const forHandshakes = ({ code, message, docs, tip, status }: ApiError): ApiError =>
  new ApiError(code, message, {
    status: statuses[code] ?? status,
    ...(docs === undefined ? {} : { docs }),
    ...(tip === undefined ? {} : { tip }),
  });
