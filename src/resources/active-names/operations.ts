import type { Handlers } from '../../context.ts';
import { pageOfNames } from '../../store/records/resources.ts';
import { readPage } from '../list.ts';

export const activeNames = {
  /** Names of resources of all kinds (F41). */
  async GetActiveNames(ctx, { pageToken }) {
    const { page, nextPageToken } = await readPage(ctx, pageToken, [], (tx, after) =>
      pageOfNames(tx, ctx.scope, after, ctx.paging.size),
    );
    return { activeNames: page.names, nextPageToken };
  },
} satisfies Handlers<'GetActiveNames'>;
