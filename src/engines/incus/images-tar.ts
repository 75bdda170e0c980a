/** A regular file of an archive, by a path without leading slash of at most 100 bytes. It belongs to root. */
export interface TarEntry {
  readonly path: string;
  readonly text: string;
  readonly mode?: number;
}

const block = 512;
const mostPath = 100;

/** An archive in the form ustar. `time` is that of all files, in seconds of Unix time. */
export const tarOf = (entries: readonly TarEntry[], time: number): Buffer =>
  Buffer.concat([...entries.flatMap((entry) => fileOf(entry, time)), Buffer.alloc(2 * block)]);

const fileOf = ({ path, text, mode = 0o644 }: TarEntry, time: number): Buffer[] => {
  const content = Buffer.from(text);
  const name = Buffer.from(path);
  if (name.length > mostPath) throw new Error(`The path ${path} is too long for an archive.`);
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  name.copy(header);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(time, 136, 12);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  header.write('root', 265);
  header.write('root', 297);
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return [header, content, Buffer.alloc((block - (content.length % block)) % block)];
};

/** Of a header whose own field for it is blank. */
const checksum = (header: Buffer): number => header.reduce((sum, byte) => sum + byte, 0);
