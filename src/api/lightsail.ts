import type { AnyHandler } from '../context.ts';
import type { Faults } from '../faults.ts';
import type { AuthorizeOperation } from '../iam/authorize.ts';
import type { ContextMaker } from './context-maker.ts';
import type { Call, Door } from './front.ts';
import { type OperationName, operations, targetPrefix } from './generated/operations.ts';
import { serialize } from './serialize.ts';
import { createValidator } from './validate.ts';

export interface LightsailOptions {
  readonly handlers: Readonly<Record<OperationName, AnyHandler>>;
  readonly contexts: ContextMaker;
  readonly authorize: AuthorizeOperation;
  readonly faults: Faults;
}

/**
 * The Lightsail API on the AWS JSON front: validate, authorise, invoke, render.
 */
export const createLightsailDoor = ({ handlers, contexts, authorize, faults }: LightsailOptions): Door => {
  const validate = createValidator();
  return {
    service: 'lightsail',
    targetPrefix,
    has: (operation) => Object.hasOwn(operations, operation),
    async invoke(call: Call) {
      const name = call.operation as OperationName;
      const input = validate(name, call.payload);
      await authorize(call, name, input);
      await faults.strikeOperation(name);
      const output = await handlers[name](contexts.open(name, call), input as never);
      return serialize(operations[name].output, output);
    },
  };
};
