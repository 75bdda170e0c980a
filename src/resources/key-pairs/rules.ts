import type { KeyPair } from '../../api/generated/types.ts';
import { invalidInput } from '../../errors.ts';
import { parsePublicKey } from '../../ssh/rsa.ts';

/** The key pair of instances that are made without naming one: one per Region (F134, F262). */
export const defaultKeyPairName = 'LightsailDefaultKeyPair';

/** Throws InvalidInputException for the name that Lateen gives itself (F260). */
export const checkNewName = (name: string): void => {
  if (name !== defaultKeyPairName) return;
  throw invalidInput(
    `${name} is the name of the default key pair and cannot be given to another one.`,
    'DownloadDefaultKeyPair gives the keys of the default key pair, and creates it where there is none.',
  );
};

/** The blob of a public key that a caller sent (F261). Throws InvalidInputException that says what is wrong with it. */
export const readPublicKeyBlob = (text: string): { readonly type: string; readonly blob: Buffer } => {
  try {
    return parsePublicKey(text);
  } catch (error) {
    throw invalidInput(
      `publicKeyBase64 is not a valid public key: ${error instanceof Error ? error.message : String(error)}`,
      'Send the text that ssh-keygen -y prints: ssh-rsa and the key in base64.',
    );
  }
};

/** The default key pair goes only when its fingerprint is named; for others one is checked where it is sent (F264). */
export const checkFingerprint = ({ name, fingerprint }: KeyPair, expected: string | undefined): void => {
  if (expected === fingerprint) return;
  const tip = 'GetKeyPairs shows the fingerprint; that of the default key pair with includeDefaultKeyPair.';
  if (expected !== undefined) {
    throw invalidInput(`The fingerprint of the key pair ${name} is not the expected ${expected}.`, tip);
  }
  if (name === defaultKeyPairName) {
    throw invalidInput(`expectedFingerprint is required to delete the default key pair ${name}.`, tip);
  }
};
