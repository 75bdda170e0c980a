import { createPrivateKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * New private keys leave the job that makes them as bytes and are read anew. Node's own key objects share a lock with the job,
 * which takes it once more when the garbage collector frees the job: in the middle of an export as JWK the process would wait for
 * itself for ever (seen with Node 20.20, about once in 20,000 keys).
 */
const publicKeyEncoding = { type: 'spki', format: 'der' } as const;
const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const;

const read = (key: Buffer): KeyObject => createPrivateKey({ key, type: 'pkcs8', format: 'der' });

const generate = promisify(generateKeyPair);

/** In a thread of its own: it takes a tenth of a second. */
export const generateRsa = async (modulusLength = 2048): Promise<KeyObject> =>
  read((await generate('rsa', { modulusLength, publicKeyEncoding, privateKeyEncoding })).privateKey);

export const generateEd25519 = (): KeyObject =>
  read(generateKeyPairSync('ed25519', { publicKeyEncoding, privateKeyEncoding }).privateKey);

export const generateP256 = (): KeyObject =>
  read(generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding, privateKeyEncoding }).privateKey);
