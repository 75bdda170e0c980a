import type { Operation } from '../../api/generated/types.ts';
import type { Context, Handlers } from '../../context.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { instance } from '../instances/noun.ts';
import { beginForInstance } from '../instances/record.ts';
import { checkState } from '../instances/rules.ts';
import { getResource, saveResource } from '../resource.ts';
import { sessionPath, tokenSecret } from './page.ts';
import { checkDesktop, researchBlueprint } from './rules.ts';
import { startDesktop, stopDesktop } from './tasks.ts';
import { isOpen, sessionsOf, standingOf } from './view.ts';

const change = (
  ctx: Context,
  name: string,
  verb: 'started' | 'stopped',
  status: 'starting' | 'stopping',
  task: TaskKind<object>,
): Promise<{ operations: Operation[] }> =>
  ctx.write(async (tx) => {
    const found = await getResource(tx, ctx.scope, instance, name);
    researchBlueprint(ctx.catalogue, found.body);
    checkState(found.body, 'opened or closed as a desktop');
    checkDesktop(found.body, found.inner, verb);
    const inner = { ...found.inner, desktop: { status, since: ctx.clock.now() } };
    await saveResource(tx, instance, found, found.body, inner);
    return { operations: [await beginForInstance(tx, ctx, found, ctx.operation, task, {})] };
  });

export const desktops = {
  /** One that is open already is open for an hour again. */
  StartGUISession: (ctx, { resourceName }) => change(ctx, resourceName, 'started', 'starting', startDesktop),

  StopGUISession: (ctx, { resourceName }) => change(ctx, resourceName, 'stopped', 'stopping', stopDesktop),

  /** The links hold for as long as the session is open. */
  CreateGUISessionAccessDetails: (ctx, { resourceName }) =>
    ctx.read(async (tx) => {
      const { row, body, inner } = await getResource(tx, ctx.scope, instance, resourceName);
      const blueprint = researchBlueprint(ctx.catalogue, body);
      const now = ctx.clock.now();
      const token = isOpen(body, inner, now) ? await getSecret(tx, ctx.seal, row.id, tokenSecret) : undefined;
      const sessions = token === undefined ? [] : sessionsOf(blueprint);
      return {
        resourceName,
        ...standingOf(ctx.catalogue, body, inner, now),
        sessions: sessions.map(({ key, name, isPrimary }) => ({
          name,
          url: `${ctx.baseUrl()}${sessionPath(row.id, key, token ?? '')}`,
          isPrimary,
        })),
      };
    }),
} satisfies Handlers<'StartGUISession' | 'StopGUISession' | 'CreateGUISessionAccessDetails'>;
