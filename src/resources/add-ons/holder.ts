import type { AddOn, ResourceLocation, ResourceType } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { findById, findNamed, type ResourceRow } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { disk } from '../disks/noun.ts';
import { instance } from '../instances/noun.ts';
import { type Noun, type Resource, readResource, saveResource } from '../resource.ts';
import type { Plan } from './plan.ts';

/** What Lateen knows of a resource with add-ons beside what it shows. */
export interface HolderInner {
  /** There since automatic snapshots were enabled for the first time. */
  readonly autoSnapshot?: Plan | undefined;
}

export interface HolderBody {
  readonly name?: string | undefined;
  readonly resourceType?: ResourceType | undefined;
  readonly location?: ResourceLocation | undefined;
  readonly addOns?: readonly AddOn[] | undefined;
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

/** What of a holder add-ons change. */
export interface Settings {
  readonly addOns: readonly AddOn[] | undefined;
  readonly plan: Plan | undefined;
}

export const settingsOf = ({ body, inner }: Holder): Settings => ({ addOns: body.addOns, plan: inner.autoSnapshot });

export const saveSettings = async (tx: Tx, found: Holder, { addOns, plan }: Settings): Promise<void> => {
  const body = { ...found.body, addOns };
  await saveResource(tx, nounOf(found.row), found, body, { ...found.inner, autoSnapshot: plan });
};

const nounOf = ({ kind }: ResourceRow): Noun<HolderBody, HolderInner> => {
  const noun = nouns[kind];
  if (noun === undefined) throw new Error(`a ${kind} has no add-ons`);
  return noun;
};
