/** The AWS CLI and boto3 over TLS, with what `lateen env` prints. */
import { beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../lateen.ts';
import { testWithAwsCli } from './aws-cli.ts';
import { run, testUnless, works } from './tools.ts';

const testWithBoto3 = testUnless(
  works('python3', '-c', 'import boto3') ? undefined : 'boto3, since no python3 on the PATH has it',
);
const program = new URL('boto3_client.py', import.meta.url).pathname;

let server: Server;
let variables: Record<string, string>;

beforeAll(async () => {
  server = await startServer({ args: ['--tls', '--page-size', '2'] });
  const { stdout } = await server.cli('env', '--json');
  variables = { ...JSON.parse(stdout), AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' };
});

test('lateen env tells https addresses and what to trust', () => {
  expect(variables).toMatchObject({
    AWS_ENDPOINT_URL_LIGHTSAIL: server.url,
    AWS_CA_BUNDLE: expect.stringMatching(/tls\.pem$/),
  });
  expect(server.url).toMatch(/^https:/);
});

testWithAwsCli('the AWS CLI comes in with AWS_CA_BUNDLE, to all three services, and not without it', async () => {
  for (const [command, shown] of [
    ['lightsail get-regions --query length(regions)', /^20$/],
    ['sts get-caller-identity --query Arn --output text', /^arn:aws:iam::\d{12}:root$/],
    ['s3api list-buckets --query length(Buckets)', /^0$/],
  ] as const) {
    const { code, stdout, stderr } = await run('aws', command.split(' '), { variables });
    expect(code, stderr).toBe(0);
    expect(stdout.trim()).toMatch(shown);
  }
  const { AWS_CA_BUNDLE: _bundle, ...without } = variables;
  const { code, stderr } = await run('aws', ['lightsail', 'get-regions'], { variables: without });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/SSL validation failed|CERTIFICATE_VERIFY_FAILED/);
});

testWithBoto3('boto3 does, and a presigned address holds over TLS', async () => {
  // Presigned addresses are fetched by urllib, which is told so what to trust.
  const trusting = { ...variables, SSL_CERT_FILE: variables.AWS_CA_BUNDLE };
  for (const scenario of ['paginators', 'exceptions', 'presigned']) {
    const { code, stderr } = await run('python3', [program, scenario], { variables: trusting });
    expect(code, `${scenario}: ${stderr}`).toBe(0);
  }
});
