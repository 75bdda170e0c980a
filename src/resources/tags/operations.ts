import type { Operation, Tag } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import { findNamed, type ResourceRow } from '../../store/records/resources.ts';
import { type AnyBody, nounOf } from '../nouns.ts';
import { arnOf, readResource, saveResource } from '../resource.ts';
import { fqdnOf } from '../subdomains/rules.ts';
import { checkTaggable, checkTags, withoutTags } from './rules.ts';

/** What a request names: the name always, the ARN beside it at will (F526, F527). */
interface Target {
  readonly resourceName: string;
  readonly resourceArn?: string | undefined;
}

export const tags = {
  TagResource: (ctx, input) => retag(ctx, input, (existing) => checkTags(input.tags, existing)),

  UntagResource: (ctx, input) => retag(ctx, input, (existing) => withoutTags(existing, input.tagKeys)),
} satisfies Handlers<'TagResource' | 'UntagResource'>;

const retag = (
  ctx: Context,
  target: Target,
  to: (existing: readonly Tag[] | undefined) => Tag[],
): Promise<{ operations: Operation[] }> =>
  ctx.write(async (tx) => {
    const { resourceName } = target;
    const row =
      (await findNamed(tx, ctx.scope, resourceName)) ?? (await findNamed(tx, ctx.scope, fqdnOf(resourceName)));
    if (row === undefined) throw notFound('resource');
    checkArn(ctx, row, target.resourceArn);
    checkTaggable(row.kind);
    const found = readResource<AnyBody, object>(row);
    await saveResource(tx, nounOf(row.kind), found, { ...found.body, tags: to(found.body.tags) }, found.inner);
    const zone = found.body.location?.availabilityZone ?? 'all';
    const subject = { name: resourceName, kind: row.kind, zone };
    return { operations: [await recordOperation(tx, ctx, { type: ctx.operation, subject, status: 'Succeeded' })] };
  });

/** Throws InvalidInputException when the ARN is of another resource than the named one. */
const checkArn = (ctx: Context, { id, kind, name }: ResourceRow, arn: string | undefined): void => {
  if (arn === undefined || arn === arnOf(ctx.scope, kind, id)) return;
  throw invalidInput(
    `The resource ARN ${arn} is not that of the ${kind} ${name}.`,
    'Send the ARN of the resource that resourceName names, or leave resourceArn out.',
  );
};
