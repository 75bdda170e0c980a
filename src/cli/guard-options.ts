import { type Command, InvalidArgumentError } from 'commander';
import { type Config, defaults } from '../config.ts';
import type { Rates } from '../guard/throttle.ts';
import { wholeNumber } from './options.ts';

/** What of a start is about guarding it. */
export const guardOptions = (command: Command): Command =>
  command
    .option(
      '--throttle <who=rate:burst>',
      'calls per second in the long run and at once, of each account or key, or of one by its id; off; may be repeated',
      readThrottle,
      defaults.throttle,
    )
    .option(
      '--audit-days <number>',
      'how long the audit log reaches back; 0 keeps none',
      wholeNumber(0),
      defaults.auditDays,
    );

const readThrottle = (text: string, before: Config['throttle']): Config['throttle'] => {
  if (text === 'off') return 'off';
  const [, who, perSecond, burst = perSecond] = /^(account|key|\d{12}|A[KS]IA\w+)=(\d+):?(\d+)?$/.exec(text) ?? [];
  if (who === undefined || Number(perSecond) < 1 || Number(burst) < 1) {
    throw new InvalidArgumentError('Write it like account=100:500, key=20, 123456789012=5:10, or off.');
  }
  const others: Rates = before === 'off' ? {} : before;
  return { ...others, [who]: { perSecond: Number(perSecond), burst: Number(burst) } };
};
