import type { GetContainerLogRequest } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Context } from '../../context.ts';
import type { ContainerLine } from '../../engines/containers.ts';
import { invalidInput, notFound } from '../../errors.ts';
import { deploymentsOf } from '../../store/records/container-services.ts';
import { getResource } from '../resource.ts';
import { filterOf } from './filter.ts';
import { containerService } from './noun.ts';

/** How many lines one call looks at. With a filter, a page may be empty and still have a next one. */
const mostLooked = 10_000;
/** A position is a moment (ms) and how many lines of that moment came before. */
const positions = 1_000;

/** F440, F441. Throws NotFoundException for a container that no version of the service has. */
export const readLog = async (ctx: Context, input: GetContainerLogRequest) => {
  const { serviceName, containerName, startTime, endTime, filterPattern, pageToken } = input;
  const end = endTime === undefined ? Number.MAX_SAFE_INTEGER : endTime * 1_000;
  const begin = (startTime ?? 0) * 1_000;
  if (begin >= end) throw invalidInput('The start time must be before the end time.');
  const passes = filterOf(filterPattern);
  const { account, region } = ctx.scope;
  const call = JSON.stringify([ctx.operation, account, region, serviceName, containerName, begin, end, filterPattern]);
  const after = ctx.paging.after(call, pageToken);
  const id = await ctx.read(async (tx) => {
    const { row } = await getResource(tx, ctx.scope, containerService, serviceName);
    const versions = await deploymentsOf(tx, row.id);
    if (
      versions.some(({ body }) => Object.hasOwn((JSON.parse(body) as { containers: object }).containers, containerName))
    )
      return row.id;
    throw notFound('Container');
  });
  const [moment, seen] = [Math.floor(after / positions), after % positions];
  const start = Math.max(begin, moment);
  const skipped = start === moment ? seen : 0;
  const limit = (filterPattern === undefined ? ctx.paging.size : mostLooked) + skipped + 1;
  const lines = await ctx.containers.logs(id, { container: containerName, start, end, limit });
  const more = lines.length === limit;
  const looked = lines.slice(skipped, more ? -1 : undefined);
  const shown: ContainerLine[] = [];
  let last = 0;
  for (const [i, line] of looked.entries()) {
    if (shown.length === ctx.paging.size) break;
    if (passes(line.message)) shown.push(line);
    last = i + 1;
  }
  const isEnd = !more && last === looked.length;
  const position = (): number => {
    const at = looked[last - 1]!.at;
    const same = lines.slice(0, skipped + last).filter((line) => line.at === at).length;
    return at * positions + same;
  };
  return {
    logEvents: shown.map(({ at, message }) => ({ createdAt: seconds(at), message })),
    nextPageToken: isEnd || last === 0 ? undefined : ctx.paging.token(call, position()),
  };
};
