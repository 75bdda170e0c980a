import type { LogEvent, RelationalDatabaseEvent } from '../../api/generated/types.ts';
import { raw } from '../../api/serialize.ts';
import { seconds } from '../../clock.ts';
import type { Context, Handlers } from '../../context.ts';
import type { LogLine } from '../../engines/databases.ts';
import { invalidInput } from '../../errors.ts';
import { pageOfDatabaseEvents } from '../../store/records/database-events.ts';
import { readPage } from '../list.ts';
import { getResource } from '../resource.ts';
import { database } from './noun.ts';

const minuteMs = 60_000;
/** F476, in minutes. */
const duration = { default: 60, least: 1, most: 20_160 } as const;
/** How long logs are kept. */
const logMs = 7 * 86_400_000;
const mostPerMs = 1_000;

/** A line and its place in the stream, which is the same at every call: its time, and how many of the same time are before it. */
interface Placed {
  readonly line: LogLine;
  readonly place: number;
}

const placed = (lines: readonly LogLine[]): readonly Placed[] => {
  const all: Placed[] = [];
  for (const line of lines) {
    const first = line.at * mostPerMs;
    const last = all.at(-1)?.place ?? 0;
    all.push({ line, place: Math.max(first, last + 1) });
  }
  return all;
};

/** Which lines: those behind a place, those before one (negative), or those at an end. */
const cut = (all: readonly Placed[], position: number, fromHead: boolean, size: number): readonly Placed[] => {
  if (position > 0) return all.filter(({ place }) => place > position).slice(0, size);
  if (position < 0) return all.filter(({ place }) => place < -position).slice(-size);
  return fromHead ? all.slice(0, size) : all.slice(-size);
};

const eventOf = ({ line }: Placed): LogEvent => ({ createdAt: seconds(line.at), message: line.message });

const callOf = ({ operation, scope }: Context, ...filters: readonly unknown[]): string =>
  [operation, scope.account, scope.region, ...filters].join(' ');

export const databaseLogs = {
  /** F476, oldest first. */
  async GetRelationalDatabaseEvents(ctx, { relationalDatabaseName: name, durationInMinutes, pageToken }) {
    const minutes = durationInMinutes ?? duration.default;
    if (minutes < duration.least || minutes > duration.most) {
      throw invalidInput(
        `The duration of ${minutes} minutes is not valid.`,
        `It is ${duration.least} to ${duration.most} minutes, which are 14 days.`,
      );
    }
    const since = ctx.clock.now() - minutes * minuteMs;
    const { page, nextPageToken } = await readPage(ctx, pageToken, [name, `${minutes}`], async (tx, after) => {
      const { row } = await getResource(tx, ctx.scope, database, name);
      return pageOfDatabaseEvents(tx, row.id, since, after, ctx.paging.size);
    });
    return { relationalDatabaseEvents: raw<RelationalDatabaseEvent[]>(`[${page.text}]`), nextPageToken };
  },

  /** F478 */
  GetRelationalDatabaseLogStreams: (ctx, { relationalDatabaseName: name }) =>
    ctx.read(async (tx) => {
      const { body } = await getResource(tx, ctx.scope, database, name);
      return { logStreams: ctx.catalogue.databaseEngine(body.engine ?? '').logStreams };
    }),

  /** F52, F477: a page of the stream, and the tokens of the pages before and behind it, also when there is nothing yet. */
  async GetRelationalDatabaseLogEvents(ctx, input) {
    const { relationalDatabaseName: name, logStreamName: stream, startTime, endTime, startFromHead = false } = input;
    const { row, body } = await ctx.read((tx) => getResource(tx, ctx.scope, database, name));
    const { logStreams } = ctx.catalogue.databaseEngine(body.engine ?? '');
    if (!logStreams.includes(stream)) {
      throw invalidInput(
        `The RelationalDatabase ${name} has no log stream ${stream}.`,
        `It has ${logStreams.join(', ')}.`,
      );
    }
    if (startFromHead && body.engine === 'postgres')
      throw invalidInput('startFromHead can only be false for PostgreSQL.');
    const now = ctx.clock.now();
    const start = Math.max(startTime === undefined ? 0 : startTime * 1_000, now - logMs);
    const end = endTime === undefined ? now + 1 : endTime * 1_000;
    if (startTime !== undefined && endTime !== undefined && startTime >= endTime)
      throw invalidInput('The start time must be before the end time.');
    const call = callOf(ctx, name, stream, startTime, endTime, startFromHead);
    const position = ctx.paging.after(call, input.pageToken);
    const lines = start < end ? await ctx.databases.logs(row.id, stream, { start, end }) : [];
    const page = cut(placed(lines), position, startFromHead, ctx.paging.size);
    // An empty page is at an end of the log: its tokens lead on from the same place.
    const here = Math.abs(position) || now * mostPerMs;
    const [first, last] = [
      page[0]?.place ?? here + (position < 0 ? 0 : 1),
      page.at(-1)?.place ?? here - (position < 0 ? 1 : 0),
    ];
    return {
      resourceLogEvents: page.map(eventOf),
      nextBackwardToken: ctx.paging.token(call, -first),
      nextForwardToken: ctx.paging.token(call, last),
    };
  },
} satisfies Handlers<
  'GetRelationalDatabaseEvents' | 'GetRelationalDatabaseLogStreams' | 'GetRelationalDatabaseLogEvents'
>;
