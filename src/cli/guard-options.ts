import { type Command, InvalidArgumentError } from 'commander';
import { type Config, defaults } from '../config.ts';
import type { Rates } from '../guard/throttle.ts';
import type { TlsConfig } from '../guard/tls.ts';
import { Failure } from './failure.ts';
import { wholeNumber } from './options.ts';

/** What of a start is about guarding it. */
export const guardOptions = (command: Command): Command =>
  command
    .option('--tls', "answer over TLS, with a certificate of Lateen's own authority unless one is given")
    .option('--tls-cert <file>', 'the certificate to show, with its chain, in PEM')
    .option('--tls-key <file>', 'its private key')
    .option('--name <name>', 'another name or address that clients call it by; may be repeated', collect, [])
    .option(
      '--throttle <who=rate:burst>',
      'calls per second in the long run and at once, of each account or key, or of one by its id; objects for theirs; off; may be repeated',
      readThrottle,
      defaults.throttle,
    )
    .option(
      '--audit-days <number>',
      'how long the audit log reaches back; 0 keeps none',
      wholeNumber(0),
      defaults.auditDays,
    )
    .option('--audit-objects', 'keep changes of single objects in the audit log too', defaults.auditObjects);

const collect = (name: string, before: readonly string[]): readonly string[] => [...before, name];

/** What commander read of TLS, as the configuration has it. Throws a Failure when half of a certificate is given. */
export const readTls = ({
  tls = false,
  tlsCert,
  tlsKey,
  name,
}: GivenTls): Omit<TlsConfig, 'publicUrl' | 'objectsUrl'> => {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new Failure('A certificate and its key go together: give both --tls-cert and --tls-key, or --tls alone.');
  return { tls: tls || tlsCert !== undefined, tlsCert, tlsKey, names: name };
};

export interface GivenTls {
  readonly tls?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly name: readonly string[];
}

const readThrottle = (text: string, before: Config['throttle']): Config['throttle'] => {
  if (text === 'off') return 'off';
  const [, who, perSecond, burst = perSecond] =
    /^(account|key|objects|\d{12}|A[KS]IA\w+)=(\d+):?(\d+)?$/.exec(text) ?? [];
  if (who === undefined || Number(perSecond) < 1 || Number(burst) < 1) {
    throw new InvalidArgumentError(
      'Write it like account=100:500, key=20, objects=500:5000, 123456789012=5:10, or off.',
    );
  }
  const others: Rates = before === 'off' ? {} : before;
  return { ...others, [who]: { perSecond: Number(perSecond), burst: Number(burst) } };
};
