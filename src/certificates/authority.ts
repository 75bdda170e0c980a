import { createHash, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';
import { loadX509 } from '../ssh/x509-library.ts';
import { getSecret, putSecret } from '../store/records/secrets.ts';
import type { Seal } from '../store/seal.ts';
import type { Store } from '../store/store.ts';

/** A certificate as it was issued; times in ms. */
export interface Issued {
  /** PEM: the certificate, and the authority's behind it. */
  readonly chain: string;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  /** Hex in pairs, with colons, as in `07:7e:a2`. */
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Lateen's own certificate authority, one for the whole installation. */
export interface Authority {
  /** Shown as the issuer, and the common name of the authority's own certificate. */
  readonly name: string;
  /** A certificate for a server of these names or addresses, the first of which becomes its subject. Takes a good part of a second. */
  issue(names: readonly [string, ...string[]]): Promise<Issued>;
}

export interface AuthorityOptions {
  readonly store: Store;
  readonly seal: Seal;
  readonly clock: Clock;
  /** When the authority itself begins: on a clock that was wound it would begin in what is the future to everybody else. */
  readonly machine?: Clock;
  /** Hands the authority's certificate (PEM) to those who are to trust it; called whenever it is used. */
  readonly publish: (certificate: string) => void;
}

/** Where it is kept, sealed. No resource has this id, so it outlives them all. */
const secret = { owner: 'authority', name: 'root' } as const;

const name = 'Lateen';
const day = 24 * 3_600_000;

/** Certificates live as long as those of the service, 13 months (F323 has them renewed before). */
export const certificateLifetime = 395 * day;
const authorityLifetime = 20 * 365 * day;

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

interface Root {
  readonly certificate: string;
  readonly privateKey: string;
}

export const createAuthority = ({ store, seal, clock, machine = clock, publish }: AuthorityOptions): Authority => {
  const find = async (): Promise<Root | undefined> => {
    const text = await store.read((tx) => getSecret(tx, seal, secret.owner, secret.name));
    return text === undefined ? undefined : (JSON.parse(text) as Root);
  };

  /** The authority that outlives `moment`: what was kept, or a new one. */
  const rootUntil = async (moment: number): Promise<Root> => {
    const isGood = (root: Root | undefined): root is Root => {
      if (root === undefined) return false;
      const { validFrom, validTo } = new X509Certificate(root.certificate);
      return Date.parse(validTo) > moment && Date.parse(validFrom) <= clock.now();
    };
    const known = await find();
    if (isGood(known)) return known;
    const made = await newRoot(machine.now(), clock.now() + authorityLifetime);
    return store.write('authority', async (tx) => {
      // Whoever was first made it for all.
      const text = await getSecret(tx, seal, secret.owner, secret.name);
      const theirs = text === undefined ? undefined : (JSON.parse(text) as Root);
      if (isGood(theirs)) return theirs;
      await putSecret(tx, seal, secret.owner, secret.name, JSON.stringify(made));
      return made;
    });
  };

  return {
    name,
    async issue(names) {
      // From the beginning of the day, for clients whose clock is behind.
      const notBefore = Math.floor(clock.now() / day) * day;
      const notAfter = notBefore + certificateLifetime;
      const root = await rootUntil(notAfter);
      publish(root.certificate);
      return { ...(await newLeaf(root, names, notBefore, notAfter)), notBefore, notAfter };
    },
  };
};

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

/** 16 bytes of the key's own, positive and without leading zeros. */
const serialOf = (publicKey: webcrypto.CryptoKey): string => {
  const der = KeyObject.from(publicKey).export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(der).digest().subarray(0, 16);
  digest[0] = ((digest[0] ?? 0) & 0x3f) | 0x40;
  return digest.toString('hex');
};

const privatePem = (key: webcrypto.CryptoKey): string =>
  KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();

const pemOf = (raw: ArrayBuffer): string => new X509Certificate(Buffer.from(raw)).toString();

const newRoot = async (now: number, notAfter: number): Promise<Root> => {
  const x509 = await loadX509();
  const keys = await newKeys();
  const notBefore = Math.floor(now / day) * day;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialOf(keys.publicKey),
      name: [{ CN: [name] }],
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: pemOf(certificate.rawData), privateKey: privatePem(keys.privateKey) };
};

const newLeaf = async (root: Root, names: readonly [string, ...string[]], notBefore: number, notAfter: number) => {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(root.certificate);
  const keys = await newKeys();
  const serialNumber = serialOf(keys.publicKey);
  const der = Buffer.from(root.privateKey.replace(/-----.*?-----|\s/g, ''), 'base64');
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber,
      subject: [{ CN: [names[0]] }],
      issuer: issuer.subject,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      publicKey: keys.publicKey,
      signingKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    chain: pemOf(certificate.rawData) + root.certificate,
    privateKey: privatePem(keys.privateKey),
    serial: serialNumber.match(/../g)?.join(':') ?? '',
  };
};
