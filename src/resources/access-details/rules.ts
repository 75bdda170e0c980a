import type { HostKeyAttributes, Instance, InstanceAccessProtocol } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import { invalidInput } from '../../errors.ts';
import type { InstanceInner } from '../instances/noun.ts';

/** How long a certificate is good (seconds). It begins earlier, for a machine whose clock is behind. */
const valid = { before: 60, after: 15 * 60 } as const;

/** Epoch seconds, whole, as certificates count them (F144). */
export const validity = (now: number): { readonly validAfter: number; readonly validBefore: number } => {
  const second = Math.floor(seconds(now));
  return { validAfter: second - valid.before, validBefore: second + valid.after };
};

/** Remote desktops are of Windows; secure shells of both. Throws InvalidInputException. */
export const checkProtocol = (protocol: InstanceAccessProtocol, name: string, { platform }: InstanceInner): void => {
  if (protocol === 'ssh' || platform === 'WINDOWS') return;
  throw invalidInput(
    `The Instance ${name} cannot be accessed with ${protocol}: its platform is ${platform}.`,
    'Use ssh for Linux and Unix instances; rdp is for Windows ones.',
  );
};

/** F145, F148: there is no password to tell of while the machine is being made. */
export const isPasswordReady = (body: Instance): boolean => body.state?.name !== 'pending';

/** Keys are asked of a machine once, while it runs, and then kept until DeleteKnownHostKeys (F154, F155). */
export const mustAskForHostKeys = (body: Instance, known: readonly HostKeyAttributes[] | undefined): boolean =>
  body.state?.name === 'running' && (known ?? []).length === 0;
