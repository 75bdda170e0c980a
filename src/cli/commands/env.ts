import { type Command, InvalidArgumentError } from 'commander';
import regionsFile from '../../../catalogue/regions.json' with { type: 'json' };
import { urlForClients } from '../client-url.ts';
import { readCredentials } from '../credentials.ts';
import { findServer } from '../endpoint.ts';
import { exportLines } from '../exports.ts';
import { type CommonOptions, commonOptions, examples, print } from '../options.ts';

export const define = (command: Command): void => {
  commonOptions(command).option('--region <name>', 'the Region that tools use', knownRegion, 'us-east-1').action(env);
  examples(command, 'eval "$(npx lateen env)"', 'lateen env --region eu-central-1 --json');
};

const env = async ({ data, region, json }: CommonOptions & { readonly region: string }): Promise<void> => {
  const found = await findServer(data);
  const { url, trust } = urlForClients(found.url, data);
  const { accessKeyId, secret } = readCredentials(data);
  const variables = {
    AWS_ENDPOINT_URL_LIGHTSAIL: url,
    AWS_ENDPOINT_URL_S3: nextPort(url),
    AWS_ENDPOINT_URL_STS: url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(trust === undefined ? {} : { AWS_CA_BUNDLE: trust, NODE_EXTRA_CA_CERTS: trust }),
  };
  if (process.env.AWS_SESSION_TOKEN) {
    process.stderr.write(
      'AWS_SESSION_TOKEN is set here, and tools would send it along with this key: unset AWS_SESSION_TOKEN\n',
    );
  }
  print(json, variables, () => exportLines(variables));
};

const nextPort = (url: string): string => {
  const next = new URL(url);
  next.port = String(Number(next.port) + 1);
  return next.origin;
};

const knownRegion = (name: string): string => {
  const names = regionsFile.regions.map((region) => region.name);
  if (names.includes(name)) return name;
  throw new InvalidArgumentError(`The Regions are ${names.join(', ')}.`);
};
