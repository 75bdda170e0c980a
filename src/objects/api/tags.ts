import { parseQuery } from '../../api/sigv4-canonical.ts';
import type { Tag } from '../store.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { xmlDocument } from './xml.ts';
import { childrenOf, parseXml, textOf } from './xml-parse.ts';

const most = 10;
const maxKey = 128;
const maxValue = 256;
/** What S3 takes in tags: letters, digits and blanks of all scripts, and a few signs. */
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags of `x-amz-tagging`, `a=b&c=d`. Throws InvalidTag and InvalidArgument. */
export const tagsOfHeader = (text: string): readonly Tag[] => {
  const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
  const tags = parseQuery(text.replaceAll('+', '%20')).map(([key, value]) => ({ key: utf8(key), value: utf8(value) }));
  if (tags.some(({ key }) => key === '')) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      utf8(text),
    );
  }
  return checked(tags);
};

/** The tags of a body (Tagging). Throws MalformedXML and InvalidTag. */
export const tagsOfBody = (body: Buffer): readonly Tag[] => {
  const [set] = childrenOf(parseXml(body, 'Tagging'), 'TagSet');
  if (set === undefined) throw new S3Error('MalformedXML');
  const tags = childrenOf(set, 'Tag').map((tag) => {
    const [key, value] = [textOf(tag, 'Key'), textOf(tag, 'Value')];
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
    return { key, value };
  });
  return checked(tags);
};

export const tagsDocument = (tags: readonly Tag[]): string =>
  xmlDocument('Tagging', [
    [
      'TagSet',
      tags.map(
        ({ key, value }) =>
          [
            'Tag',
            [
              ['Key', key],
              ['Value', value],
            ],
          ] as const,
      ),
    ],
  ]);

const checked = (tags: readonly Tag[]): readonly Tag[] => {
  if (tags.length > most) throw new S3Error('BadRequest', { message: `Object tags cannot be greater than ${most}` });
  for (const { key, value } of tags) {
    if (key.length === 0 || key.length > maxKey || !allowed.test(key))
      throw invalidTag('The TagKey you have provided is invalid', key);
    if (value.length > maxValue || !allowed.test(value))
      throw invalidTag('The TagValue you have provided is invalid', key);
    if (key.startsWith('aws:')) throw invalidTag('System tags cannot be added/updated by requester', key);
  }
  if (new Set(tags.map(({ key }) => key)).size < tags.length) {
    throw new S3Error('InvalidTag', { message: 'Cannot provide multiple Tags with the same key' });
  }
  return tags;
};

const invalidTag = (message: string, key: string): S3Error =>
  new S3Error('InvalidTag', { message, details: { TagKey: key } });
