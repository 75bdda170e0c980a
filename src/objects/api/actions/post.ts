import { limits } from '../../limits.ts';
import { attributesOf } from '../attributes.ts';
import { S3Error } from '../errors.ts';
import { type BucketAction, quoted, urlOf } from '../exchange.ts';
import { boundaryOf, readForm } from '../form.ts';
import { checksumOf } from '../payload.ts';
import { checkPolicy, type LengthRange } from '../policy.ts';
import { tagsOfBody } from '../tags.ts';
import { xmlDocument } from '../xml.ts';
import { demandPut, writtenHeaders } from './put.ts';

/** An upload by the form of a browser, allowed by the policy that it brings along. */
export const postObject: BucketAction = async (exchange) => {
  const { world, bucket, bucketUrl } = exchange;
  const boundary = boundaryOf(exchange.headers.get('content-type') ?? '');
  if (boundary === undefined) throw new S3Error('MethodNotAllowed');
  const { fields, fileName, fileType, file } = await readForm(exchange.payload().body, boundary);
  const template = fields.get('key');
  if (!template) throw new S3Error('UserKeyMustBeSpecified');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so the form says it
  const key = template.replaceAll('${filename}', fileName);
  const signed = await exchange.world.signerOfForm(fields);
  if (signed !== undefined) {
    await world.used(signed, bucket);
  }
  const visitor = signed?.signer.visitor ?? exchange.visitor;
  const headers = headersOfForm(fields, fileType);
  const tagging = fields.get('tagging');
  const tags = tagging ? tagsOfBody(Buffer.from(tagging)) : undefined;
  await demandPut({ ...exchange, key, headers, visitor, signed: signed ?? exchange.signed }, tags);
  if (signed !== undefined && !fields.get('policy'))
    throw new S3Error('AccessDenied', { message: 'Bucket POST must contain a policy.' });
  const policy = fields.get('policy');
  const range = policy
    ? checkPolicy(policy, new Map([...fields, ['bucket', bucket.name], ['key', key]]), world.now())
    : undefined;

  const attributes = attributesOf(headers, bucket);
  const written = await world.store.put(bucket, {
    key,
    ...attributes,
    ...(tags && { tags }),
    body: held(file, range),
    md5: headers.get('content-md5'),
    checksum: checksumOf(headers),
  });

  const result = {
    ...writtenHeaders(exchange, written),
    location: urlOf(bucketUrl, key),
  };
  const redirect = redirectOf(fields);
  if (redirect !== undefined) {
    for (const [name, value] of [
      ['bucket', bucket.name],
      ['key', key],
      ['etag', quoted(written.etag)],
    ] as const)
      redirect.searchParams.set(name, value);
    return { status: 303, headers: { ...result, location: redirect.href } };
  }
  const status = Number(fields.get('success_action_status'));
  if (status !== 201) return { status: status === 200 ? 200 : 204, headers: result, objectSize: written.size };
  return {
    status: 201,
    headers: result,
    objectSize: written.size,
    xml: xmlDocument('PostResponse', [
      ['Location', result.location],
      ['Bucket', bucket.name],
      ['Key', key],
      ['ETag', quoted(written.etag)],
    ]),
  };
};

/** Fields stand for headers of the same name; `acl` for `x-amz-acl`. Values are one character per byte, as headers are. */
const headersOfForm = (
  fields: ReadonlyMap<string, string>,
  fileType: string | undefined,
): ReadonlyMap<string, string> => {
  const headers = new Map<string, string>();
  for (const [name, value] of fields) {
    if (/\p{Cc}/u.test(value)) continue;
    headers.set(name === 'acl' ? 'x-amz-acl' : name, Buffer.from(value).toString('latin1'));
  }
  if (!headers.has('content-type') && fileType) headers.set('content-type', Buffer.from(fileType).toString('latin1'));
  return headers;
};

const redirectOf = (fields: ReadonlyMap<string, string>): URL | undefined => {
  const text = fields.get('success_action_redirect') ?? fields.get('redirect');
  return text && URL.canParse(text) && /^https?:/i.test(text) ? new URL(text) : undefined;
};

/** The bytes of the file, as long as they are as many as they may be. */
async function* held(
  file: AsyncIterable<Buffer>,
  { least, most }: LengthRange = { least: 0, most: limits.maxPutBytes },
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of file) {
    size += chunk.length;
    if (size > most) throw new S3Error('EntityTooLarge', { details: { ProposedSize: size, MaxSizeAllowed: most } });
    yield chunk;
  }
  if (size < least) throw new S3Error('EntityTooSmall', { details: { ProposedSize: size, MinSizeAllowed: least } });
}
