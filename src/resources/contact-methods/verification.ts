import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Context } from '../../context.ts';
import type { Letter } from '../../mail/mailer.ts';
import { findById, type ResourceRow } from '../../store/records/resources.ts';
import { getSecret, putSecret } from '../../store/records/secrets.ts';
import type { Seal } from '../../store/seal.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { readResource, saveResource } from '../resource.ts';
import { type ContactMethodResource, contactMethod } from './noun.ts';
import { shown } from './view.ts';

const secret = 'verification';
const folder = '/_lateen/contact-methods/';

/** Makes the end of a new link; one that was sent before holds no more. */
export const renewLink = (tx: Tx, ctx: Context, id: string): Promise<void> =>
  putSecret(tx, ctx.seal, id, secret, ctx.ids.bytes(24).toString('base64url'));

const read = (row: ResourceRow | undefined): ContactMethodResource | undefined =>
  row?.kind === contactMethod.kind ? readResource(row) : undefined;

/** Sends the link that whoever reads the mails of an address follows (F508). A failure is told by the operation. */
export const sendVerification: TaskKind<object> = {
  name: 'SendContactMethodVerification',
  steps: [
    {
      name: 'send',
      async run({ account, region, resource, key, seal, mailer, baseUrl, ...task }) {
        const [found, token] = await task.read(async (tx) => [
          read(await findById(tx, resource)),
          await getSecret(tx, seal, resource, secret),
        ]);
        if (found === undefined || token === undefined) return undefined;
        const letter: Letter = {
          id: `${resource}.${key}`,
          to: found.body.contactEndpoint ?? '',
          subject: 'Verify your e-mail address for notifications of Lateen',
          text: [
            `The account ${account} wants to notify you at this address of alarms in the Region ${region}.`,
            `If that is right, open this link within a day:\n\n${baseUrl()}${folder}${resource}/${token}`,
            'If it is not, do nothing.',
          ].join('\n\n'),
        };
        await mailer.send(letter);
        return undefined;
      },
    },
  ],
};

/**
 * F510, F511: follows a link. Undefined when the path is of something else, false when the link does not hold (any more), and true
 * when the address is Valid, by this or by an earlier time that it was followed.
 */
export const createVerification =
  (store: Store, seal: Seal, clock: Clock) =>
  async (path: string): Promise<boolean | undefined> => {
    if (!path.startsWith(folder)) return undefined;
    const [id = '', token = ''] = path.slice(folder.length).split('/');
    const known = await store.read((tx) => findById(tx, id));
    if (known === undefined) return false;
    const valid = await store.write(known.account, async (tx) => {
      const found = read(await findById(tx, id));
      const expected = await getSecret(tx, seal, id, secret);
      if (found === undefined || expected === undefined || !same(token, expected)) return false;
      const { status } = shown(found, clock.now());
      if (status === 'PendingVerification')
        await saveResource(tx, contactMethod, found, { ...found.body, status: 'Valid' }, {});
      return status !== 'Invalid';
    });
    await store.durable();
    return valid;
  };

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};
