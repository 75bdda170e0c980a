import type { Clock } from '../../clock.ts';
import type { Context } from '../../context.ts';
import { type FollowLink, isSameToken, type LinkPage } from '../../links.ts';
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

/** The same for programs: the webhook is the operator's, as the mail server is. Whether it takes it is no matter of the operation. */
export const postVerification: TaskKind<{ readonly contactMethod: string }> = {
  name: 'PostContactMethodVerification',
  steps: [
    {
      name: 'send',
      async run({ account, region, resource, key, seal, webhook, baseUrl, input, clock, ...task }) {
        const id = input.contactMethod;
        const [found, token] = await task.read(async (tx) => [
          read(await findById(tx, id)),
          await getSecret(tx, seal, id, secret),
        ]);
        if (found === undefined || token === undefined) return undefined;
        const { contactEndpoint, protocol } = found.body;
        await webhook.send({
          id: `${resource}.${key}`,
          type: 'ContactMethodVerification',
          ...{ account, region, time: new Date(clock.now()).toISOString() },
          detail: { protocol, contactEndpoint, link: `${baseUrl()}${folder}${id}/${token}` },
        });
        return undefined;
      },
    },
  ],
};

const holds: LinkPage = { status: 200, text: 'Your e-mail address is verified.\n' };
const isOver: LinkPage = {
  status: 404,
  text: 'This link does not hold, or not any more. Ask for another one with SendContactMethodVerification.\n',
};

/** F510, F511: a link holds when the address is Valid, by this or by an earlier time that it was followed. */
export const createVerification =
  (store: Store, seal: Seal, clock: Clock): FollowLink =>
  async (path) => {
    if (!path.startsWith(folder)) return undefined;
    const [id = '', token = ''] = path.slice(folder.length).split('/');
    const known = await store.read((tx) => findById(tx, id));
    if (known === undefined) return isOver;
    const valid = await store.write(known.account, async (tx) => {
      const found = read(await findById(tx, id));
      const expected = await getSecret(tx, seal, id, secret);
      if (found === undefined || expected === undefined || !isSameToken(token, expected)) return false;
      const { status } = shown(found, clock.now());
      if (status === 'PendingVerification')
        await saveResource(tx, contactMethod, found, { ...found.body, status: 'Valid' }, {});
      return status !== 'Invalid';
    });
    await store.durable();
    return valid ? holds : isOver;
  };
