/** A file of an image. Mode 644 unless it says otherwise; it belongs to root. */
export interface ImageFile {
  readonly text: string;
  readonly mode?: number;
}

/** Whose packages an image is made of. `securitySuite` and `components` are as in a line of apt's sources. */
export interface Distribution {
  /** The word that the addresses of its archives have in them. */
  readonly id: string;
  readonly name: string;
  readonly suite: string;
  readonly securitySuite: string;
  readonly components: string;
  /** With the archive's public keys, of the package that the distribution calls by this name. */
  readonly keyring: string;
}

/** What lies on the distribution's smallest system. Later layers may count on earlier ones. */
export interface Layer {
  readonly packages: readonly string[];
  /** By absolute path; directories that are missing are made. */
  readonly files?: Readonly<Record<string, ImageFile>>;
  /** Lines for debconf-set-selections, read before the packages come. */
  readonly answers?: string;
  /** A script for sh, run as root in the new system once packages and files are in it. */
  readonly setUp?: string;
}

/** All that an image of a blueprint is made of; the same recipe and the same archive make the same system. */
export interface Recipe extends Required<Layer> {
  readonly blueprintId: string;
  readonly distribution: Distribution;
  /** Who logs in. */
  readonly username: string;
}

/** Layers on top of each other. */
export const stack = (
  about: Pick<Recipe, 'blueprintId' | 'distribution' | 'username'>,
  layers: readonly Layer[],
): Recipe => ({
  ...about,
  packages: [...new Set(layers.flatMap(({ packages }) => packages))],
  files: Object.assign({}, ...layers.map(({ files = {} }) => files)),
  answers: layers.map(({ answers = '' }) => answers).join(''),
  setUp: layers.map(({ setUp = '' }) => setUp).join(''),
});
