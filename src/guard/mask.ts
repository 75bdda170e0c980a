import { type ShapeName, type StructureShape, shapes } from '../api/generated/shapes.ts';

/** What stands in the place of a secret, as CloudTrail writes it. */
export const hidden = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** Members that the model does not call sensitive, and that people put secrets into. */
const alsoSecret: ReadonlySet<string> = new Set(['environment', 'userData']);

/** Longer texts are cut, so that nobody fills the log with one request. */
const longestText = 1024;
const longestList = 200;

type Mask = (value: unknown) => unknown;

const scalar: Mask = (value) => (typeof value === 'object' ? undefined : cut(value));

/** At any place, also of a wrong type: it may be the secret in other clothes. */
const hide: Mask = (value) => (value === null || value === '' ? value : hidden);

const cut = (value: unknown): unknown =>
  typeof value === 'string' && value.length > longestText ? `${value.slice(0, longestText)}...` : value;

const structureMask = (shape: StructureShape): Mask => {
  const members = Object.entries(shape.members).map(
    ([name, target]) => [name, alsoSecret.has(name) ? hide : maskOf(target)] as const,
  );
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const copy: Record<string, unknown> = {};
    for (const [name, mask] of members) {
      const item = (value as Readonly<Record<string, unknown>>)[name];
      if (item !== undefined && item !== null) copy[name] = mask(item);
    }
    return copy;
  };
};

const listMask =
  (element: Mask): Mask =>
  (value) =>
    Array.isArray(value) ? value.slice(0, longestList).map((item) => element(item)) : undefined;

const mapMask =
  (element: Mask): Mask =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .slice(0, longestList)
            .map(([key, item]) => [cut(key), element(item)]),
        )
      : undefined;

const masks = new Map<ShapeName, Mask>();

const maskOf = (name: ShapeName): Mask => {
  const known = masks.get(name);
  if (known !== undefined) return known;
  // Stands in while the shape is built: a subdomain holds subdomains.
  masks.set(name, (value) => mask(value));
  const shape = shapes[name];
  const mask =
    shape.kind === 'structure'
      ? structureMask(shape)
      : shape.kind === 'list'
        ? listMask(maskOf(shape.member))
        : shape.kind === 'map'
          ? mapMask(maskOf(shape.value))
          : shape.kind === 'string' && shape.sensitive
            ? hide
            : scalar;
  masks.set(name, mask);
  return mask;
};

/**
 * What may be told of a value: members that the shape has, with secrets hidden. Values of a wrong type are left out, so that this is safe for
 * what nobody has checked.
 */
export const maskByShape = (shape: ShapeName, value: unknown): unknown => maskOf(shape)(value);

const secretShapes = new Map<ShapeName, boolean>();

/** Whether values of the shape hold secrets anywhere. */
export const holdsSecrets = (name: ShapeName): boolean => {
  const known = secretShapes.get(name);
  if (known !== undefined) return known;
  secretShapes.set(name, false);
  const shape = shapes[name];
  const found =
    shape.kind === 'structure'
      ? Object.entries(shape.members).some(([member, target]) => alsoSecret.has(member) || holdsSecrets(target))
      : shape.kind === 'list'
        ? holdsSecrets(shape.member)
        : shape.kind === 'map'
          ? holdsSecrets(shape.value)
          : shape.kind === 'string' && shape.sensitive === true;
  secretShapes.set(name, found);
  return found;
};

const secretName = /secret|password|token|private|credential(?!s)|assertion|environment|userdata/i;

/** The same for what has no shape: a member is hidden when its name says that it is secret. */
export const maskByName = (value: unknown, depth = 8): unknown => {
  if (typeof value !== 'object' || value === null) return cut(value);
  if (depth === 0) return undefined;
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => maskByName(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, longestList)
      .map(([name, item]) => [name, secretName.test(name) ? hide(item) : maskByName(item, depth - 1)]),
  );
};
