import type { SetupHistory } from '../../api/generated/types.ts';
import { raw, serialize } from '../../api/serialize.ts';
import type { Handlers } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { badToken } from '../../paging.ts';
import { insertSetup, setupsOf } from '../../store/records/https-setups.ts';
import { instance } from '../instances/noun.ts';
import { recordForInstance } from '../instances/record.ts';
import { getResource } from '../resource.ts';
import { forgetOldSetups } from './rows.ts';
import { certificateNames, obstacleOf } from './rules.ts';
import { setUpHttps } from './tasks.ts';
import { newHistory } from './view.ts';

/** A token of this operation has 24 to 40 characters, fewer than a sealed one: it is the id of the last set-up that was shown. */
const tokenOf = (id: string): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64');

export const httpsSetups = {
  /** Lateen's own authority takes the place of the provider, whichever is asked for. */
  SetupInstanceHttps: (ctx, input) => {
    certificateNames(input.domainNames);
    return ctx.write(async (tx) => {
      const { row, body } = await getResource(tx, ctx.scope, instance, input.instanceName);
      const obstacle = obstacleOf(ctx.catalogue, body);
      if (obstacle !== undefined) throw invalidInput(obstacle.message, obstacle.tip);
      const operation = await recordForInstance(tx, ctx, body, ctx.operation, 'Started');
      const setup = operation.id ?? '';
      const { version, shown } = ctx.catalogue.httpsSetup;
      const history = newHistory(setup, body, input, { now: ctx.clock.now(), version });
      await insertSetup(tx, ctx.scope, {
        id: setup,
        instance: row.id,
        status: 'inProgress',
        body: serialize('SetupHistory', history),
      });
      await forgetOldSetups(tx, ctx, row.id, shown);
      const order = { scope: ctx.scope, resource: row.id, input: { setup }, operations: [setup] };
      await ctx.enqueue(tx, setUpHttps, order);
      return { operations: [operation] };
    });
  },

  /** The latest set-ups of an instance, newest first. */
  GetSetupHistory: (ctx, { resourceName, pageToken }) =>
    ctx.read(async (tx) => {
      const { row } = await getResource(tx, ctx.scope, instance, resourceName);
      const all = (await setupsOf(tx, row.id)).slice(0, ctx.catalogue.httpsSetup.shown);
      const before = pageToken === undefined ? -1 : all.findIndex(({ id }) => tokenOf(id) === pageToken);
      if (pageToken !== undefined && before < 0) throw badToken();
      const rows = all.slice(before + 1, before + 1 + ctx.paging.size);
      const last = rows.at(-1);
      return {
        setupHistory: raw<SetupHistory[]>(`[${rows.map(({ body }) => body).join(',')}]`),
        nextPageToken: last === undefined || last === all.at(-1) ? undefined : tokenOf(last.id),
      };
    }),
} satisfies Handlers<'SetupInstanceHttps' | 'GetSetupHistory'>;
