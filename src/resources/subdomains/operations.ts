import type { LightsailDistribution, Operation, Subdomain } from '../../api/generated/types.ts';
import { seconds } from '../../clock.ts';
import type { Context, Handlers } from '../../context.ts';
import { invalidInput, notFound, quotaReached } from '../../errors.ts';
import { recordOperation } from '../../operations/record.ts';
import { findById } from '../../store/records/resources.ts';
import { countReservations, findLabel, takeLabel } from '../../store/records/subdomain-labels.ts';
import type { Tx } from '../../store/store.ts';
import type { DistributionInner, DistributionResource } from '../distributions/noun.ts';
import { checkHomeRegion } from '../home-region.ts';
import { readPage } from '../list.ts';
import { arnOf, readResource } from '../resource.ts';
import { checkTags } from '../tags/rules.ts';
import {
  beginAttaching,
  distributionOf,
  findSubdomain,
  idIn,
  saveOnDistribution,
  saveSubdomain,
  subdomainsOf,
} from './links.ts';
import type { SubdomainResource } from './noun.ts';
import { addSubdomain, removeSubdomain } from './rows.ts';
import { checkState, checkSubdomainName, isReserved, labelOf, reservationTime, transferPause } from './rules.ts';
import { updateSubdomain } from './tasks.ts';
import { implicitSubdomain, withoutTags } from './view.ts';

const record = (tx: Tx, ctx: Context, name: string, status: 'Started' | 'Succeeded'): Promise<Operation> =>
  recordOperation(tx, ctx, { type: ctx.operation, subject: { name, kind: 'Subdomain', zone: 'all' }, status });

const getSubdomain = async (tx: Tx, ctx: Context, name: string): Promise<SubdomainResource> => {
  const found = await findSubdomain(tx, ctx.scope, name);
  if (found === undefined) throw notFound('Subdomain');
  return found;
};

const nameOf = ({ body }: SubdomainResource): string => body.subdomainName ?? '';

/** Top-level subdomains with what lies below them, in the order in which the first of each was made. */
const groups = (ctx: Context, all: Awaited<ReturnType<typeof subdomainsOf>>) => {
  const labels = new Set(all.map((found) => labelOf(nameOf(found))));
  return [...labels].map((label) => {
    const members = all.filter((found) => labelOf(nameOf(found)) === label);
    const own = members.find((found) => nameOf(found) === label);
    const children = members.filter((found) => found !== own).map(({ body }) => withoutTags(body));
    const top = own ? withoutTags(own.body) : implicitSubdomain(ctx.scope, label, members[0]!.body);
    return { seq: members[0]!.seq, label, top, shown: { ...top, children } satisfies Subdomain };
  });
};

/** The distribution of the account that an ARN names. Throws InvalidInputException, and NotFoundException when there is none. */
const getTarget = async (tx: Tx, ctx: Context, arn: string | undefined): Promise<DistributionResource> => {
  if (arn === undefined) throw invalidInput('The targetResourceArn is needed to associate or transfer a subdomain.');
  const row = await findById(tx, idIn(arn));
  if (row === undefined || row.account !== ctx.scope.account || arn !== arnOf(row, row.kind, row.id))
    throw notFound('resource');
  if (row.kind !== 'Distribution')
    throw invalidInput(`A subdomain cannot be associated with a resource of the type ${row.kind}.`);
  const target = readResource<LightsailDistribution, DistributionInner>(row);
  const { subdomain } = target.body;
  if (subdomain !== undefined && subdomain.state !== 'Error') {
    throw invalidInput(
      `The Distribution ${row.name} already has the subdomain ${subdomain.name}.`,
      'Disassociate that one first.',
    );
  }
  return target;
};

interface Move {
  readonly body: Subdomain;
  /** Id of the distribution whose engine is to be told. */
  readonly distribution: string;
}

const associate = async (tx: Tx, ctx: Context, found: SubdomainResource, arn: string | undefined): Promise<Move> => {
  checkState(found.body, 'associated');
  const onto = await getTarget(tx, ctx, arn);
  const { body } = await beginAttaching(tx, found, onto, 'ATTACHING');
  return { body, distribution: onto.row.id };
};

const disassociate = async (tx: Tx, _ctx: Context, found: SubdomainResource): Promise<Move> => {
  checkState(found.body, 'disassociated');
  const { attachedResource } = found.body;
  const from = await distributionOf(tx, attachedResource);
  if (from !== undefined) await saveOnDistribution(tx, from, undefined);
  const { body } = await saveSubdomain(tx, found, { ...found.body, state: 'DETACHING' });
  return { body, distribution: idIn(attachedResource?.arn) };
};

/** The old distribution has it until the new one does. */
const transfer = async (tx: Tx, ctx: Context, found: SubdomainResource, arn: string | undefined): Promise<Move> => {
  checkState(found.body, 'transferred');
  const { transferredAt } = found.inner;
  if (transferredAt !== undefined && ctx.clock.now() < transferredAt + transferPause)
    throw invalidInput(`The subdomain ${nameOf(found)} was already transferred within the last 24 hours.`);
  const onto = await getTarget(tx, ctx, arn);
  const { body } = await beginAttaching(tx, found, onto, 'TRANSFERRING');
  return { body, distribution: onto.row.id };
};

const moves = { ASSOCIATE: associate, DISASSOCIATE: disassociate, TRANSFER: transfer } as const;

/** Whether the account may create it, and until when it has reserved it (ms). */
const availability = async (tx: Tx, ctx: Context, name: string) => {
  const { account } = ctx.scope;
  const label = await findLabel(tx, labelOf(name), ctx.clock.now());
  const own = label?.account === account;
  const free = !isReserved(name) && (label === undefined || own);
  const available = free && (await findSubdomain(tx, ctx.scope, name)) === undefined;
  return { available, isHeld: own, until: own ? (label.expiresAt ?? undefined) : undefined };
};

export const subdomains = {
  /** A reservation is of the top level, and asking again does not make it longer. */
  async CheckSubdomainAvailability(ctx, { subdomainName, reserve }) {
    checkHomeRegion(ctx.scope, 'Subdomain');
    const name = checkSubdomainName(subdomainName);
    const answer = ({ available, until }: Awaited<ReturnType<typeof availability>>) => ({
      available,
      subdomainName: name,
      reservationExpiresAt: until === undefined ? undefined : seconds(until),
    });
    if (!reserve) return answer(await ctx.read((tx) => availability(tx, ctx, name)));
    return ctx.write(async (tx) => {
      const found = await availability(tx, ctx, name);
      if (!found.available || found.isHeld) return answer(found);
      const now = ctx.clock.now();
      const most = ctx.catalogue.quota('subdomainReservationsPerAccount');
      if ((await countReservations(tx, ctx.scope.account, now)) >= most)
        throw quotaReached('Subdomain Reservations', most);
      const until = now + reservationTime;
      const available = await takeLabel(tx, ctx.scope, labelOf(name), now, until);
      return answer({ available, isHeld: available, until: available ? until : undefined });
    });
  },

  async CreateSubdomain(ctx, { subdomainName, tags }) {
    checkHomeRegion(ctx.scope, 'Subdomain');
    const name = checkSubdomainName(subdomainName);
    const order = { id: ctx.ids.uuid(), name, tags: checkTags(tags) };
    return ctx.write(async (tx) => {
      const { body } = await addSubdomain(tx, ctx, order);
      return { subdomain: withoutTags(body), operation: await record(tx, ctx, name, 'Succeeded') };
    });
  },

  async GetSubdomains(ctx, { subdomainName: name, pageToken }) {
    checkHomeRegion(ctx.scope, 'Subdomain');
    if (name !== undefined) {
      if (pageToken !== undefined) throw invalidInput('A subdomainName and a pageToken cannot be sent together.');
      return ctx.read(async (tx) => {
        const found = await findSubdomain(tx, ctx.scope, name);
        if (found !== undefined) return { subdomains: [found.body] };
        const implicit = groups(ctx, await subdomainsOf(tx, ctx.scope)).find(({ label }) => label === name);
        if (implicit === undefined) throw notFound('Subdomain');
        return { subdomains: [implicit.top] };
      });
    }
    const { page, nextPageToken } = await readPage(ctx, pageToken, [], async (tx, after) => {
      const rest = groups(ctx, await subdomainsOf(tx, ctx.scope)).filter(({ seq }) => seq > after);
      const items = rest.slice(0, ctx.paging.size);
      return { items, last: items.at(-1)?.seq ?? after, more: rest.length > items.length };
    });
    return { subdomains: page.items.map(({ shown }) => shown), nextPageToken };
  },

  /** One that others lie below stays behind as their parent. */
  async DeleteSubdomain(ctx, { subdomainName: name }) {
    checkHomeRegion(ctx.scope, 'Subdomain');
    return ctx.write(async (tx) => {
      const found = await getSubdomain(tx, ctx, name);
      checkState(found.body, 'deleted');
      const [first] = await removeSubdomain(tx, found);
      const operation = await record(tx, ctx, name, 'Succeeded');
      return first !== undefined && labelOf(name) === name
        ? { subdomain: implicitSubdomain(ctx.scope, name, first.body), operation }
        : { operation };
    });
  },

  async UpdateSubdomainAssociation(ctx, { subdomainName: name, action, targetResourceArn }) {
    checkHomeRegion(ctx.scope, 'Subdomain');
    return ctx.write(async (tx) => {
      const found = await getSubdomain(tx, ctx, name);
      const { body, distribution } = await moves[action](tx, ctx, found, targetResourceArn);
      const operation = await record(tx, ctx, name, 'Started');
      await ctx.enqueue(tx, updateSubdomain, {
        scope: ctx.scope,
        resource: found.row.id,
        input: { distribution },
        operations: [operation.id ?? ''],
      });
      return { subdomain: withoutTags(body), operation };
    });
  },
} satisfies Handlers<
  'CheckSubdomainAvailability' | 'CreateSubdomain' | 'GetSubdomains' | 'DeleteSubdomain' | 'UpdateSubdomainAssociation'
>;
