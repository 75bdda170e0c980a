/** Config keys that everything of Lateen in Incus carries: what has none of them, or another owner, is not ours to touch. */
export const label = {
  /** The Lateen that made it: a UUID that it keeps in its data directory. */
  owner: 'user.lateen.owner',
  /** Id of the resource. */
  id: 'user.lateen.id',
  kind: 'user.lateen.kind',
  /** JSON of what the engine must know again after a restart. */
  spec: 'user.lateen.spec',
  /** What the templates of images write into the machine as its name. */
  hostname: 'user.lateen.hostname',
} as const;

export type Kind = 'machine' | 'snapshot' | 'volume';

const prefixes: Readonly<Record<Kind, string>> = { machine: 'i', snapshot: 's', volume: 'v' };

/** What Incus calls it. Names are made from ids, so that a repeated call finds what the first has made. */
export const nameOf = (kind: Kind, id: string): string => `${prefixes[kind]}-${id}`;

/** The labels of a new one. */
export const labelsOf = (owner: string, kind: Kind, id: string): Record<string, string> => ({
  [label.owner]: owner,
  [label.id]: id,
  [label.kind]: kind,
});
