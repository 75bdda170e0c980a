import type { WindableClock } from '../clock.ts';
import type { Scope } from '../context.ts';
import { ApiError, type ErrorCode, invalidInput } from '../errors.ts';
import type { Effect, Fault, Faults } from '../faults.ts';
import { readAuditQuery } from '../guard/filter.ts';
import type { AuditPage, AuditQuery } from '../guard/trail.ts';
import type { Iam } from '../iam/iam.ts';
import type { Tokens } from '../iam/tokens.ts';
import type { Drift } from '../resources/drift/drift.ts';
import { type ConsoleWorld, readConsoleLog } from '../resources/instances/console.ts';
import { haltMachine, type MachineControls, tellAgain } from '../resources/instances/controls.ts';
import { type InstanceKeyWorld, issueInstanceKey } from '../resources/instances/keys.ts';
import { iamActions } from './admin-iam.ts';
import { optionalText, text, whole } from './admin-input.ts';
import { tokenActions } from './admin-tokens.ts';
import type { Call, Door } from './front.ts';

/** What the admin actions work on. */
export interface Administration {
  readonly rootAccount: string;
  readonly iam: Iam;
  readonly tokens: () => Promise<Tokens>;
  readonly faults: Faults;
  readonly clock: WindableClock;
  /** Winds the clock and lets everything that falls due on the way happen. */
  windTo(moment: number): Promise<void>;
  checkState(): Promise<object>;
  /** Compares the index of objects with their files, and with `verify` what the files hold. */
  checkObjects(verify: boolean): Promise<object>;
  saveState(file: string): Promise<number>;
  loadState(file: string): Promise<number>;
  resetState(scope: { account?: string; region?: string }): Promise<number>;
  readonly consoles: ConsoleWorld;
  readonly instanceKeyWorld: InstanceKeyWorld;
  readonly machineControls: MachineControls;
  /** What the engine has otherwise than the rows say; with `now`, after another look. */
  drift(now: boolean): Promise<Drift>;
  readAudit(query: AuditQuery): Promise<AuditPage>;
}

/** That which the input names, or where the call came to. */
const scopeOf = ({ rootAccount }: Administration, input: Record<string, unknown>, call: Call): Scope => ({
  account: optionalText(input, 'account') ?? rootAccount,
  region: optionalText(input, 'region') ?? call.region,
});

type Action = (house: Administration, input: Record<string, unknown>, call: Call) => Promise<object>;

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

  CheckObjects: ({ checkObjects }, input) => checkObjects(input.verify === true),
  CheckState: ({ checkState }) => checkState(),
  SaveState: async ({ saveState }, input) => ({ rows: await saveState(text(input, 'file')) }),
  LoadState: async ({ loadState }, input) => ({ rows: await loadState(text(input, 'file')) }),
  ResetState: async ({ resetState }, input) => {
    const [account, region] = [optionalText(input, 'account'), optionalText(input, 'region')];
    const scope = { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) };
    return { deleted: await resetState(scope) };
  },

  GetConsoleLog: async (house, input, call) => ({
    log: await readConsoleLog(house.consoles, scopeOf(house, input, call), text(input, 'instanceName')),
  }),
  CreateInstanceKey: (house, input, call) =>
    issueInstanceKey(house.instanceKeyWorld, scopeOf(house, input, call), text(input, 'instanceName')),
  HaltMachine: async (house, input, call) => {
    await haltMachine(house.machineControls, scopeOf(house, input, call), text(input, 'instanceName'));
    return {};
  },
  TellMachine: async (house, input, call) => {
    await tellAgain(house.machineControls, scopeOf(house, input, call), text(input, 'instanceName'));
    return {};
  },
  ReadAudit: ({ readAudit }, input) => readAudit(readAuditQuery(input)),
  GetDrift: ({ drift }, input) => drift(input.now === true),

  ...iamActions,
  ...tokenActions,
};

/** Controls that only look: the others go into the audit log. */
export const isReadingControl = (action: string): boolean => /^(Get|List|Read|Check)/.test(action);

/** The controls of Lateen itself, on the same front: for keys of the root account, from this machine only. */
export const createAdminDoor = (house: Administration): Door => ({
  service: 'lateen',
  targetPrefix: 'Lateen',
  loopbackOnly: true,
  has: (operation) => Object.hasOwn(actions, operation),
  async invoke(call: Call) {
    const { account, principal } = call.credential;
    if (account !== house.rootAccount || principal.kind !== 'root') {
      throw new ApiError(
        'AccessDeniedException',
        `User: ${call.credential.arn} is not authorized to perform: lateen:${call.operation}`,
      );
    }
    const answer = await actions[call.operation]!(house, call.payload, call);
    return JSON.stringify(answer);
  },
});
