import type { AnyHandler } from '../context.ts';
import { notYet } from '../errors.ts';
import type { Faults } from '../faults.ts';
import type { Call, Door } from './awsjson.ts';
import type { ContextMaker } from './context-maker.ts';
import { type OperationName, operations, targetPrefix } from './generated/operations.ts';
import { serialize } from './serialize.ts';
import { createValidator } from './validate.ts';

export interface LightsailOptions {
  readonly handlers: Readonly<Partial<Record<OperationName, AnyHandler>>>;
  readonly toCome: readonly OperationName[];
  readonly contexts: ContextMaker;
  readonly faults: Faults;
  /** Resolves when everything committed is on the disk. */
  readonly durable: () => Promise<void>;
}

/**
 * The Lightsail API on the AWS JSON front: validate, authorise, invoke, render. Throws at start when an operation of the model
 * has neither a handler nor a place on the list of those to come, or when it has both.
 */
export const createLightsailDoor = (options: LightsailOptions): Door => {
  const { handlers, contexts, faults, durable } = options;
  checkComplete(options);
  const validate = createValidator();
  return {
    service: 'lightsail',
    targetPrefix,
    has: (operation) => Object.hasOwn(operations, operation),
    async invoke(call: Call) {
      const name = call.operation as OperationName;
      const input = validate(name, call.payload);
      await faults.strikeOperation(name);
      const handler = handlers[name];
      if (handler === undefined) throw notYet(name);
      try {
        const output = await handler(contexts.open(name, call), input as never);
        return serialize(operations[name].output, output);
      } finally {
        // Refusals too: 'the name is in use' tells of a row that must not be lost after it was told of.
        await durable();
      }
    },
  };
};

const checkComplete = ({ handlers, toCome }: LightsailOptions): void => {
  const coming = new Set<string>(toCome);
  const missing = Object.keys(operations).filter((name) => !Object.hasOwn(handlers, name) && !coming.has(name));
  const orphans = Object.keys(handlers).filter((name) => !Object.hasOwn(operations, name) || coming.has(name));
  if (missing.length > 0) throw new Error(`operations without a handler: ${missing.join(', ')}`);
  if (orphans.length > 0) throw new Error(`handlers without an operation, or listed as to come: ${orphans.join(', ')}`);
};
