import { readFileSync } from 'node:fs';
import { credentialsFile } from '../root.ts';
import { Failure } from './failure.ts';

/** The root key, as the credentials file of the data directory has it. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secret: string;
}

/** Throws when there is no such file or no key in it. */
export const readCredentials = (data: string): Credentials => {
  const file = credentialsFile(data);
  const text = read(file);
  const [accessKeyId, secret] = ['aws_access_key_id', 'aws_secret_access_key'].map(
    (name) => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1],
  );
  if (accessKeyId !== undefined && secret !== undefined) return { accessKeyId, secret };
  throw new Failure(`${file} holds no key. Delete it and start Lateen again: it is written anew.`);
};

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(
      `The credentials cannot be read: ${(error as Error).message}. Lateen writes ${file} when it starts.`,
    );
  }
};
