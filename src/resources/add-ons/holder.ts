import type { AddOn, AddOnType, ResourceLocation, ResourceType } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { findById, findNamed, type ResourceRow } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { disk } from '../disks/noun.ts';
import { instance } from '../instances/noun.ts';
import { type Noun, type Resource, readResource, saveResource } from '../resource.ts';
import type { Plan } from './plan.ts';
import { addOnOf, addOnTypes } from './rules.ts';

/** What Lateen knows of a resource with add-ons beside what it shows. */
export interface HolderInner {
  /** There since automatic snapshots were enabled for the first time. */
  readonly autoSnapshot?: Plan | undefined;
  /** The same of the stop on idle. Its plan has a schedule and nothing else. */
  readonly stopOnIdle?: Plan | undefined;
}

export interface HolderBody {
  readonly name?: string | undefined;
  readonly resourceType?: ResourceType | undefined;
  readonly location?: ResourceLocation | undefined;
  readonly addOns?: readonly AddOn[] | undefined;
  /** Of an instance. */
  readonly blueprintId?: string | undefined;
}

/** An instance or a disk. */
export type Holder = Resource<HolderBody, HolderInner>;

const nouns = { Disk: disk, Instance: instance } as unknown as Readonly<
  Partial<Record<ResourceType, Noun<HolderBody, HolderInner>>>
>;

/** The instance or the disk of that name (F237). Throws NotFoundException. */
export const getHolder = async (tx: Tx, scope: Scope, name: string): Promise<Holder> => {
  const row = await findNamed(tx, scope, name);
  if (row === undefined || !(row.kind in nouns)) throw notFound('Instance or Disk');
  return readResource(row);
};

/** Undefined once it was deleted. */
export const findHolder = async (tx: Tx, id: string): Promise<Holder | undefined> => {
  const row = await findById(tx, id);
  return row && readResource<HolderBody, HolderInner>(row);
};

const plans = { AutoSnapshot: 'autoSnapshot', StopInstanceOnIdle: 'stopOnIdle' } as const satisfies Record<
  AddOnType,
  keyof HolderInner
>;

/** What of a holder one add-on changes. */
export interface Settings {
  readonly addOn: AddOn | undefined;
  readonly plan: Plan | undefined;
}

export const settingsOf = ({ body, inner }: Pick<Holder, 'body' | 'inner'>, type: AddOnType): Settings => ({
  addOn: addOnOf(body, type),
  plan: inner[plans[type]],
});

export const saveSettings = async (tx: Tx, found: Holder, type: AddOnType, after: Settings): Promise<void> => {
  const addOns = addOnTypes.flatMap((each) => (each === type ? after.addOn : addOnOf(found.body, each)) ?? []);
  const body = { ...found.body, addOns: addOns.length === 0 ? undefined : addOns };
  await saveResource(tx, nounOf(found.row), found, body, { ...found.inner, [plans[type]]: after.plan });
};

const nounOf = ({ kind }: ResourceRow): Noun<HolderBody, HolderInner> => {
  const noun = nouns[kind];
  if (noun === undefined) throw new Error(`a ${kind} has no add-ons`);
  return noun;
};
