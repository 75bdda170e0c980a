import type { Operation } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { findOperation, pageOfOperations, pageOfOperationsFor } from '../../store/records/operations.ts';
import { readPage } from '../list.ts';

/** F50 */
const perPage = 200;

export const operations = {
  GetOperation: (ctx, { operationId }) =>
    ctx.read(async (tx) => {
      const body = await findOperation(tx, operationId, ctx.scope);
      if (body === undefined) throw notFound('Operation');
      return { operation: raw<Operation>(body) };
    }),

  async GetOperations(ctx, { pageToken }) {
    const { page, nextPageToken } = await readPage(ctx, pageToken, [], (tx, after) =>
      pageOfOperations(tx, ctx.scope, after, perPage),
    );
    return { operations: raw<Operation[]>(`[${page.text}]`), nextPageToken };
  },

  /** By name alone, of whatever kind, and after the resource is gone too (F67). Never a nextPageCount (F51). */
  async GetOperationsForResource(ctx, { resourceName, pageToken }) {
    const { page, nextPageToken } = await readPage(ctx, pageToken, [resourceName], (tx, after) =>
      pageOfOperationsFor(tx, ctx.scope, resourceName, after, perPage),
    );
    return { operations: raw<Operation[]>(`[${page.text}]`), nextPageToken };
  },
} satisfies Handlers<'GetOperation' | 'GetOperations' | 'GetOperationsForResource'>;
