import { invalidInput } from '../errors.ts';
import type { AuditRecord } from './record.ts';
import type { AuditQuery } from './trail.ts';

/** What of the audit log is asked for. Texts may hold `*` for any characters; case does not matter. */
export interface AuditFilter {
  readonly account?: string | undefined;
  /** A user's name, an ARN or an access key id. */
  readonly user?: string | undefined;
  readonly operation?: string | undefined;
  readonly resource?: string | undefined;
  readonly address?: string | undefined;
  /** `ok`, `failed`, or the name of an error. */
  readonly result?: string | undefined;
}

const pattern = (text: string): RegExp =>
  new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*')}$`, 'is');

/** A test of records. Every part of the filter must hold. */
export const filterOf = (filter: AuditFilter): ((record: AuditRecord) => boolean) => {
  const of = (text: string | undefined): ((...values: readonly (string | undefined)[]) => boolean) => {
    if (text === undefined) return () => true;
    const wanted = pattern(text);
    return (...values) => values.some((value) => value !== undefined && wanted.test(value));
  };
  const [account, user, operation] = [of(filter.account), of(filter.user), of(filter.operation)];
  const [resource, address, result] = [of(filter.resource), of(filter.address), of(filter.result)];
  return (record) => {
    const { userIdentity: who, resources = [], errorCode } = record;
    return (
      account(who.accountId) &&
      user(who.userName, who.arn, who.accessKeyId, who.arn.slice(who.arn.lastIndexOf(':') + 1)) &&
      operation(record.eventName) &&
      resource(...resources.flatMap(({ name, ARN }) => [name, ARN])) &&
      address(record.sourceIPAddress) &&
      result(...(errorCode === undefined ? ['ok'] : ['failed', errorCode, errorCode.replace(/Exception$/, '')]))
    );
  };
};

/** The query in the input of the control ReadAudit. Throws InvalidInputException. */
export const readAuditQuery = (input: Readonly<Record<string, unknown>>): AuditQuery => {
  const text = (member: keyof AuditFilter): string | undefined => {
    const value = input[member];
    if (value === undefined || (typeof value === 'string' && value.length <= 256)) return value;
    throw invalidInput(`${member} must be a text of at most 256 characters.`);
  };
  const number = (member: string): number | undefined => {
    const value = input[member];
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
    throw invalidInput(`${member} must be a whole number.`);
  };
  return {
    ...{ place: number('place'), since: number('since'), until: number('until') },
    backwards: input.backwards === true,
    matches: filterOf({
      ...{ account: text('account'), user: text('user'), operation: text('operation') },
      ...{ resource: text('resource'), address: text('address'), result: text('result') },
    }),
  };
};
