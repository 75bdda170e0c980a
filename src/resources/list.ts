import type { ResourceType } from '../api/generated/types.ts';
import type { Context } from '../context.ts';
import { pageOfResources } from '../store/records/resources.ts';
import type { Tx } from '../store/store.ts';

/** What a query for a page tells beside the rows: the position of the last one, and whether there are more behind it. */
interface Cut {
  readonly last: number;
  readonly more: boolean;
}

export interface Listing {
  /** Bodies joined by commas, for `raw` between brackets. */
  readonly text: string;
  readonly nextPageToken: string | undefined;
}

/**
 * The page that `token` asks for, and the token of the next one (F47). A token is good for the same operation, scope and
 * `filters` only. Throws InvalidInputException for any other.
 */
export const readPage = async <P extends Cut>(
  ctx: Context,
  token: string | undefined,
  filters: readonly string[],
  find: (tx: Tx, after: number) => Promise<P>,
): Promise<{ readonly page: P; readonly nextPageToken: string | undefined }> => {
  const call = [ctx.operation, ctx.scope.account, ctx.scope.region, ...filters].join(' ');
  const after = ctx.paging.after(call, token);
  const page = await ctx.read((tx) => find(tx, after));
  return { page, nextPageToken: page.more ? ctx.paging.token(call, page.last) : undefined };
};

/** A page of the scope's resources of one kind, oldest first. `find` is for an operation with filters, which it must name. */
export const listResources = async (
  ctx: Context,
  kind: ResourceType,
  token: string | undefined,
  filters: readonly string[] = [],
  find: typeof pageOfResources = pageOfResources,
): Promise<Listing> => {
  const { page, nextPageToken } = await readPage(ctx, token, filters, (tx, after) =>
    find(tx, ctx.scope, kind, after, ctx.paging.size),
  );
  return { text: page.text, nextPageToken };
};
