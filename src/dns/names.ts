/** As names are kept and compared: in lower case, without a dot at the end. */
export const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

const longest = 253;
const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
/** Names of records need not be those of hosts: services and proofs begin with an underscore. */
const wideLabel = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';

const host = new RegExp(`^(${label}\\.)+${label}$`);
const wide = new RegExp(`^(${wideLabel}\\.)+${wideLabel}$`);
const owner = new RegExp(`^(\\*\\.)?(${wideLabel}\\.)+${wideLabel}$`);

/** An address is no name, though it looks like one. */
const numbered = /\.\d+$/;

const matcher = (pattern: RegExp) => (name: string) =>
  name.length <= longest && pattern.test(name) && !numbered.test(name);

/** Whether a plain name is one of a host, written in full. */
export const isHostName = matcher(host);

/** The same, with underscores. */
export const isWideName = matcher(wide);

/** Whether a record may have the plain name; its first label may be the wildcard. */
export const isOwnerName = matcher(owner);

/** A plain name and all names above it but the root, the longest first. */
export const lineOf = (name: string): string[] => {
  const labels = name.split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
};

/** The name above; undefined above a name of one label. */
export const parentOf = (name: string): string | undefined => {
  const dot = name.indexOf('.');
  return dot < 0 ? undefined : name.slice(dot + 1);
};

export const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`);
