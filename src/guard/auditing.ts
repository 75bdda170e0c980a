import { type OperationName, operations } from '../api/generated/operations.ts';
import { type ShapeName, shapes } from '../api/generated/shapes.ts';
import { holdsSecrets, maskByName, maskByShape } from './mask.ts';
import type { AuditResource } from './record.ts';

/** What the audit log has to know of the operations of a door. All texts are JSON without secrets. */
export interface Auditing {
  readonly source: string;
  readOnly(operation: string): boolean;
  /** Whether a call that went well is kept. Of the others all that would have changed something are, and every denial. */
  isKept(operation: string): boolean;
  request(operation: string, payload: unknown): string;
  response(operation: string, body: string): string;
  resources(operation: string, payload: unknown, body: string | undefined): readonly AuditResource[];
}

/** A longer answer is not looked through: the input has the names, too. */
const longestRead = 64 * 1024;
const mostResources = 200;

/** They only read, but whoever calls them has a way in afterwards. */
const givesSecrets: ReadonlySet<OperationName> = new Set([
  'GetInstanceAccessDetails',
  'GetRelationalDatabaseMasterUserPassword',
]);

/** The operations of the model: what changes something, and what gives a secret away. */
export const lightsailAuditing: Auditing = {
  source: 'lightsail.amazonaws.com',
  readOnly: (operation) => operations[operation as OperationName].readOnly,
  isKept: (operation) =>
    !operations[operation as OperationName].readOnly || givesSecrets.has(operation as OperationName),
  request: (operation, payload) =>
    JSON.stringify(maskByShape(operations[operation as OperationName].input, payload) ?? {}),
  response(operation, body) {
    const { output } = operations[operation as OperationName];
    return holdsSecrets(output) ? JSON.stringify(maskByShape(output, JSON.parse(body))) : body;
  },
  resources(operation, payload, body) {
    const changed = body === undefined || body.length > longestRead ? [] : changedIn(body);
    return changed.length > 0 ? changed : namedIn(operations[operation as OperationName].input, payload);
  },
};

/** Any other API: what only lists, gets or describes is not kept. */
export const auditingByName = (source: string, isReading: (operation: string) => boolean): Auditing => ({
  source,
  readOnly: isReading,
  isKept: (operation) => !isReading(operation),
  request: (_operation, payload) => JSON.stringify(maskByName(payload) ?? {}),
  response: (_operation, body) => (body.startsWith('{') ? JSON.stringify(maskByName(JSON.parse(body))) : 'null'),
  resources: () => [],
});

/** Terminals are no operation of the model, and give a way in. */
export const terminalAuditing: Auditing = {
  ...auditingByName('lateen', () => false),
  resources: (_operation, payload) => {
    const { instanceName: name } = payload as { readonly instanceName?: string };
    return name === undefined ? [] : [{ name, type: 'Instance' }];
  },
};

interface Changes {
  readonly operations?: readonly Change[];
  readonly operation?: Change;
}

interface Change {
  readonly resourceName?: string;
  readonly resourceType?: string;
}

/** Names and kinds of what an answer has operations of. */
const changedIn = (body: string): AuditResource[] => {
  const { operations: list = [], operation } = JSON.parse(body) as Changes;
  const found = new Map<string, AuditResource>();
  for (const { resourceName: name, resourceType: type } of operation === undefined ? list : [...list, operation]) {
    if (name !== undefined) found.set(`${type} ${name}`, { name, type });
  }
  return [...found.values()].slice(0, mostResources);
};

/** Members of inputs that name resources, and lists of names. */
const nameMember = /^(?!attribute|domainNames|metric|parameter|.*(Alternative|DomainNames)).*(Name|Names|Arn)$/;

const namedIn = (input: ShapeName, payload: unknown): AuditResource[] => {
  const shape = shapes[input];
  if (shape.kind !== 'structure' || typeof payload !== 'object' || payload === null) return [];
  const names = Object.keys(shape.members)
    .filter((member) => nameMember.test(member))
    .flatMap((member) => (payload as Readonly<Record<string, unknown>>)[member] as unknown)
    .filter((name): name is string => typeof name === 'string' && name.length <= 1024);
  return [...new Set(names)]
    .slice(0, mostResources)
    .map((name) => (name.startsWith('arn:') ? { name, arn: name } : { name }));
};
