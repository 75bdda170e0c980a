import type { WindableClock } from '../clock.ts';
import { ApiError, type ErrorCode, invalidInput } from '../errors.ts';
import type { Effect, Fault, Faults } from '../faults.ts';
import type { Keyring } from '../iam/keyring.ts';
import type { Holder, Tokens } from '../iam/tokens.ts';
import type { Drift } from '../resources/drift/drift.ts';
import { type ConsoleWorld, readConsoleLog } from '../resources/instances/console.ts';
import type { Call, Door } from './front.ts';

/** What the admin actions work on. */
export interface Administration {
  readonly rootAccount: string;
  readonly keyring: Keyring;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly clock: WindableClock;
  /** Winds the clock and lets everything that falls due on the way happen. */
  windTo(moment: number): Promise<void>;
  checkState(): Promise<object>;
  saveState(file: string): Promise<number>;
  loadState(file: string): Promise<number>;
  resetState(scope: { account?: string; region?: string }): Promise<number>;
  readonly consoles: ConsoleWorld;
  /** What the engine has otherwise than the rows say; with `now`, after another look. */
  drift(now: boolean): Promise<Drift>;
  durable(): Promise<void>;
}

type Action = (house: Administration, input: Record<string, unknown>, call: Call) => Promise<object>;

const text = (input: Record<string, unknown>, member: string): string => {
  const value = input[member];
  if (typeof value !== 'string' || value === '') throw invalidInput(`${member} must be a text.`);
  return value;
};

const optionalText = (input: Record<string, unknown>, member: string): string | undefined =>
  input[member] === undefined ? undefined : text(input, member);

const whole = (input: Record<string, unknown>, member: string, fallback?: number): number => {
  const value = input[member] ?? fallback;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidInput(`${member} must be a whole number that is not negative.`);
  }
  return value;
};

/** Exceptions that a fault may throw: those that a real service would, on any call. */
const faultErrors: readonly ErrorCode[] = [
  'AccessDeniedException',
  'AccountSetupInProgressException',
  'InvalidInputException',
  'NotFoundException',
  'OperationFailureException',
  'RegionSetupInProgressException',
  'ServiceException',
  'ThrottlingException',
  'UnauthenticatedException',
];

const readFault = (input: Record<string, unknown>): Fault => {
  const operation = optionalText(input, 'operation');
  const step = optionalText(input, 'step');
  if ((operation === undefined) === (step === undefined))
    throw invalidInput('A fault strikes an operation or a step: name one of them.');
  const error = optionalText(input, 'error') as ErrorCode | undefined;
  if (error !== undefined && !faultErrors.includes(error)) {
    throw invalidInput(`${error} is not an error that can be ordered.`, `Use one of ${faultErrors.join(', ')}.`);
  }
  const effect = optionalText(input, 'effect') as Effect | undefined;
  if (effect !== undefined && (step === undefined || !['fail', 'repeat', 'crash'].includes(effect))) {
    throw invalidInput('effect is fail, repeat or crash, and of a step.');
  }
  return {
    operation,
    step,
    error,
    effect,
    message: optionalText(input, 'message'),
    permanent: input.permanent === true,
    times: whole(input, 'times', 1),
  };
};

const holderOf = (input: Record<string, unknown>, rootAccount: string): Holder => ({
  account: optionalText(input, 'account') ?? rootAccount,
  user: optionalText(input, 'user'),
});

const actions: Readonly<Record<string, Action>> = {
  GetClock: async ({ clock }) => ({ now: clock.now(), offset: clock.offset }),
  AdvanceClock: async ({ clock, windTo }, input) => {
    await windTo(clock.now() + whole(input, 'ms'));
    return { now: clock.now(), offset: clock.offset };
  },

  OrderFault: async ({ faults }, input) => {
    await faults.order(readFault(input));
    return { faults: faults.list() };
  },
  ListFaults: async ({ faults }) => ({ faults: faults.list() }),
  ClearFaults: async ({ faults }) => {
    await faults.clear();
    return { faults: [] };
  },

  CheckState: ({ checkState }) => checkState(),
  SaveState: async ({ saveState }, input) => ({ rows: await saveState(text(input, 'file')) }),
  LoadState: async ({ loadState }, input) => ({ rows: await loadState(text(input, 'file')) }),
  ResetState: async ({ resetState }, input) => {
    const [account, region] = [optionalText(input, 'account'), optionalText(input, 'region')];
    const scope = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
    return { deleted: await resetState(scope) };
  },

  GetConsoleLog: async ({ consoles, rootAccount }, input, call) => {
    const scope = {
      account: optionalText(input, 'account') ?? rootAccount,
      region: optionalText(input, 'region') ?? call.region,
    };
    return { log: await readConsoleLog(consoles, scope, text(input, 'instanceName')) };
  },
  GetDrift: ({ drift }, input) => drift(input.now === true),

  ListKeys: async ({ keyring }) => ({ accounts: await keyring.accounts(), keys: await keyring.list() }),
  CreateKey: async ({ keyring, rootAccount }, input) => {
    const account = optionalText(input, 'account') ?? rootAccount;
    const name = optionalText(input, 'newAccount');
    if (name !== undefined) await keyring.ensureAccount(account, name);
    const minutes = input.minutes === undefined ? undefined : whole(input, 'minutes');
    return keyring.create(account, minutes === undefined ? undefined : minutes * 60_000);
  },
  SetKeyStatus: async ({ keyring }, input) => {
    const status = text(input, 'status');
    if (status !== 'Active' && status !== 'Inactive') throw invalidInput('status must be Active or Inactive.');
    await keyring.setStatus(text(input, 'accessKeyId'), status);
    return {};
  },
  CreateToken: ({ tokens, rootAccount }, input) =>
    tokens.issue(holderOf(input, rootAccount), whole(input, 'minutes', 60) * 60_000),
  RevokeTokens: async ({ tokens }) => {
    await tokens.revokeAll();
    return {};
  },
  ListApiKeys: async ({ tokens }) => ({ keys: await tokens.keys() }),
  CreateApiKey: ({ tokens, rootAccount }, input) => tokens.createKey(holderOf(input, rootAccount)),
  DeleteApiKey: async ({ tokens }, input) => {
    await tokens.deleteKey(text(input, 'id'));
    return {};
  },
  DeleteKey: async ({ keyring }, input) => {
    await keyring.delete(text(input, 'accessKeyId'));
    return {};
  },
};

/** The controls of Lateen itself, on the same front: for keys of the root account, from this machine only. */
export const createAdminDoor = (house: Administration): Door => ({
  service: 'lateen',
  targetPrefix: 'Lateen',
  loopbackOnly: true,
  has: (operation) => Object.hasOwn(actions, operation),
  async invoke(call: Call) {
    if (call.credential.account !== house.rootAccount) {
      throw new ApiError(
        'AccessDeniedException',
        `User: ${call.credential.arn} is not authorized to perform: lateen:${call.operation}`,
      );
    }
    const answer = await actions[call.operation]!(house, call.payload, call);
    await house.durable();
    return JSON.stringify(answer);
  },
});
