import type { Instance } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import type { Clock } from '../../clock.ts';
import { type FollowLink, isSameToken, type LinkPage } from '../../links.ts';
import { findById } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Seal } from '../../store/seal.ts';
import type { Store } from '../../store/store.ts';
import { type InstanceInner, instance } from '../instances/noun.ts';
import { readResource } from '../resource.ts';
import { isOpen, sessionsOf } from './view.ts';

const folder = '/_lateen/desktops/';

/** Name of the secret that the links of an instance's open sessions end with. */
export const tokenSecret = 'desktop';

/** Where a session is entered; `key` as in `sessionsOf`. */
export const sessionPath = (id: string, key: string, token: string): string => `${folder}${id}/${key}/${token}`;

const over: LinkPage = {
  status: 404,
  text: 'This session is not open, or not any more. Start one with StartGUISession, and ask for its link with CreateGUISessionAccessDetails.\n',
};

/** What whoever enters a session sees: no engine shows desktops in a browser, and the page says so. */
export const createDesktopPage =
  (store: Store, seal: Seal, clock: Clock, catalogue: Catalogue): FollowLink =>
  async (path) => {
    if (!path.startsWith(folder)) return undefined;
    const [id = '', key = '', token = ''] = path.slice(folder.length).split('/');
    const [row, expected] = await store.read(async (tx) => [
      await findById(tx, id),
      await getSecret(tx, seal, id, tokenSecret),
    ]);
    if (row?.kind !== instance.kind || expected === undefined || !isSameToken(token, expected)) return over;
    const { body, inner } = readResource<Instance, InstanceInner>(row);
    const session = sessionsOf(catalogue.blueprint(body.blueprintId ?? '') ?? { name: '', type: 'os' }).find(
      (each) => each.key === key,
    );
    if (session === undefined || !isOpen(body, inner, clock.now())) return over;
    return {
      status: 200,
      text: [
        `${session.name} on ${row.name}`,
        `This is Lateen, and here the desktop of ${row.name} would be: it is open, but this Lateen has no pictures of it to show.`,
        `The session is open until ${new Date(inner.desktop?.until ?? 0).toISOString()}.`,
        '',
      ].join('\n'),
    };
  };
