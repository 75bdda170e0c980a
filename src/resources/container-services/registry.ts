import { createHash } from 'node:crypto';
import { type Clock, seconds } from '../../clock.ts';
import type { Handlers } from '../../context.ts';
import type { RegistryRights } from '../../engines/registry.ts';
import { digestsOf, findLogin, insertLogin } from '../../store/records/container-services.ts';
import type { Store } from '../../store/store.ts';

/** F439: twelve hours. */
const validMs = 12 * 3_600_000;

/** As clients of private registries know it; who it is, the password says. */
const username = 'AWS';

const digestOf = (password: string): string => createHash('sha256').update(password).digest('hex');

export const registryLogins = {
  async CreateContainerServiceRegistryLogin(ctx) {
    const password = ctx.ids.bytes(48).toString('base64url');
    const now = ctx.clock.now();
    const expiresAt = now + validMs;
    await ctx.write((tx) => insertLogin(tx, { password: digestOf(password), ...ctx.scope, expiresAt }, now));
    return { registryLogin: { username, password, expiresAt: seconds(expiresAt), registry: ctx.registry.address() } };
  },
} satisfies Handlers<'CreateContainerServiceRegistryLogin'>;

/** What the registry may know of logins and services. */
export const createRegistryRights = (store: Store, clock: Clock): RegistryRights => ({
  async mayPush(login) {
    if (login.username !== username) return undefined;
    const found = await store.read((tx) => findLogin(tx, digestOf(login.password)));
    if (found === undefined || found.expiresAt <= clock.now()) return undefined;
    return { account: found.account, region: found.region };
  },
  inUse: async (scope) => new Set(await store.read((tx) => digestsOf(tx, scope))),
});
