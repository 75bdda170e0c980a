import { type Command, InvalidArgumentError } from 'commander';
import { connect } from '../admin-client.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { type CommonOptions, commonOptions, examples, print } from '../options.ts';

/** Milliseconds: since the epoch, and ahead of this machine. */
interface Clock {
  readonly now: number;
  readonly offset: number;
}

export const define = (command: Command): void => {
  commonOptions(command.command('show', { isDefault: true }).description('what time it is in Lateen')).action(
    async ({ data, json }: CommonOptions) => {
      show(await (await connect(data))<Clock>('GetClock'), json);
    },
  );
  commonOptions(command.command('advance').description('let this time pass, with all that falls due in it'))
    .argument('<duration>', 'such as 90s, 15m, 24h, 7d or 1h30m', duration)
    .action(async (ms: number, { data, json }: CommonOptions) => {
      show(await (await connect(data))<Clock>('AdvanceClock', { ms }), json);
    });
  examples(command, 'lateen clock', 'lateen clock advance 24h');
};

const show = ({ now, offset }: Clock, json: boolean | undefined): void => {
  const time = new Date(now).toISOString();
  const ahead =
    offset < 1_000
      ? 'as on this machine'
      : `${formatDuration(Math.round(offset / 1_000) * 1_000)} ahead of this machine`;
  print(json, { now: time, offsetMs: offset }, () => `${time}, ${ahead}`);
};

const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a duration like 90s, 15m, 24h, 7d or 1h30m.');
  return ms;
};
