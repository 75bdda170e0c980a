import type { ContactProtocol } from '@aws-sdk/client-lightsail';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, lightsail, newAccount, refusal } from '../instances.ts';
import { lateen, startServer } from '../lateen.ts';
import { startMailServer } from '../smtp.ts';

const hour = 3_600_000;
const mail = await startMailServer();
const server = await startServer({ args: ['--smtp', mail.url, '--mail-from', 'Lateen <alarms@lateen.test>'] });
const { control, ask } = apiOf(server);
const wind = (ms: number) => control('AdvanceClock', { ms });

const address = 'admin@example.com';
const number = '+12065550100';

const create = (region: string, protocol: ContactProtocol = 'Email', contactEndpoint = address) =>
  lightsail(server, region).createContactMethod({ protocol, contactEndpoint });
const methods = async (region: string, protocols?: ContactProtocol[]) =>
  (await lightsail(server, region).getContactMethods({ protocols })).contactMethods ?? [];
const statuses = async (region: string) => (await methods(region)).map(({ status }) => status);
const sent = async (region: string, operations: Parameters<typeof finished>[1]) => {
  expect(await finished(lightsail(server, region), operations)).toMatchObject([{ status: 'Succeeded' }]);
  const { text } = mail.letters.at(-1)!;
  return /http:\S+/.exec(text)![0];
};
const follow = async (link: string) => (await fetch(link)).status;

test('F505 a Region has one e-mail address and one phone number', async () => {
  const region = 'us-east-1';
  const api = lightsail(server, region);
  const { operations } = await create(region);
  expect(operations).toMatchObject([
    {
      operationType: 'CreateContactMethod',
      resourceName: 'ContactMethod-Email',
      resourceType: 'ContactMethod',
      location: { availabilityZone: 'all', regionName: region },
      status: 'Started',
      isTerminal: false,
    },
  ]);
  expect((await create(region, 'SMS', number)).operations).toMatchObject([{ status: 'Succeeded', isTerminal: true }]);
  for (const [protocol, endpoint] of [
    ['Email', 'another@example.com'],
    ['SMS', '+12065550101'],
  ] as const)
    await expect(create(region, protocol, endpoint)).rejects.toMatchObject(
      refusal(
        'InvalidInputException',
        `A contact method of the protocol ${protocol} exists in the Region us-east-1 already.`,
      ),
    );
  const [email, sms] = await methods(region);
  expect(email).toEqual({
    arn: expect.stringMatching(/^arn:aws:lightsail:us-east-1:111111111111:ContactMethod\/[0-9a-f-]{36}$/),
    contactEndpoint: address,
    createdAt: expect.any(Date),
    location: { availabilityZone: 'all', regionName: region },
    name: 'ContactMethod-Email',
    protocol: 'Email',
    resourceType: 'ContactMethod',
    status: 'PendingVerification',
    supportCode: expect.stringMatching(/^111111111111\//),
    tags: [],
  });
  expect(sms).toMatchObject({ protocol: 'SMS', contactEndpoint: number, status: 'Valid' });
  expect(await methods('us-west-2')).toEqual([]);
  expect(await methods(region, [])).toEqual([]);
  const other = lightsail(await newAccount(server, 'others'), region);
  expect((await other.getContactMethods({})).contactMethods).toEqual([]);
  await finished(api, operations);
});

test('F506 an address is one, and a number is in E.164', async () => {
  const region = 'eu-west-1';
  const wrong = {
    Email: ['admin', 'a b@example.com', 'admin@', 'a@b@c', 'a@example.com,b@example.com', '<a@example.com>'],
    SMS: ['12065550100', '+0206', '+1 206 555 0100', '+1234567890123456', 'a@example.com'],
  };
  for (const [protocol, endpoints] of Object.entries(wrong))
    for (const endpoint of endpoints)
      await expect(create(region, protocol as ContactProtocol, endpoint), endpoint).rejects.toMatchObject(
        refusal('InvalidInputException', `The contact endpoint ${endpoint} is not valid for ${protocol}.`),
      );
  for (const endpoint of ['', 'a'.repeat(257)])
    expect((await ask('CreateContactMethod', { protocol: 'Email', contactEndpoint: endpoint })).error).toBe(
      'ValidationException',
    );
  await create(region, 'SMS', '+123456789012345');
});

test('F507 numbers are for six Regions', async () => {
  for (const region of ['us-west-2', 'ap-northeast-1', 'ap-southeast-1', 'ap-southeast-2'])
    expect((await create(region, 'SMS', number)).operations).toHaveLength(1);
  for (const region of ['us-east-2', 'eu-central-1', 'ap-south-1'])
    await expect(create(region, 'SMS', number)).rejects.toMatchObject(
      refusal('InvalidInputException', `The contact protocol SMS is not available in the Region ${region}.`),
    );
});

test('F508 F510 F511 an address gets a link, and is Valid once that was followed', async () => {
  const region = 'eu-west-2';
  const link = await sent(region, (await create(region)).operations);
  expect(mail.letters.at(-1)).toMatchObject({
    from: 'alarms@lateen.test',
    to: address,
    headers: { from: 'Lateen <alarms@lateen.test>', to: address, subject: expect.stringContaining('Verify') },
    text: expect.stringContaining('eu-west-2'),
  });
  expect(link.startsWith(`${server.url}/`)).toBe(true);
  expect(await follow(`${link}x`)).toBe(404);
  expect(await follow(link.replace(/[^/]+$/, ''))).toBe(404);
  expect(await follow(link.replace(/[0-9a-f-]{36}/, '00000000-0000-4000-8000-000000000000'))).toBe(404);
  expect(await statuses(region)).toEqual(['PendingVerification']);
  expect(await follow(link)).toBe(200);
  expect(await statuses(region)).toEqual(['Valid']);
  // Followed again, or long after: it was right then.
  await wind(48 * hour);
  expect(await follow(link)).toBe(200);
  expect(await statuses(region)).toEqual(['Valid']);
});

test('F511 an address whose link was not followed for a day is Invalid, until another one is', async () => {
  const region = 'eu-west-3';
  const api = lightsail(server, region);
  const first = await sent(region, (await create(region)).operations);
  await wind(23 * hour);
  expect(await statuses(region)).toEqual(['PendingVerification']);
  await wind(2 * hour);
  expect(await statuses(region)).toEqual(['Invalid']);
  expect(await follow(first)).toBe(404);
  const { operations } = await api.sendContactMethodVerification({ protocol: 'Email' });
  expect(operations).toMatchObject([
    { operationType: 'SendContactMethodVerification', resourceType: 'ContactMethod', status: 'Started' },
  ]);
  const second = await sent(region, operations);
  expect(await statuses(region)).toEqual(['PendingVerification']);
  expect(await follow(first)).toBe(404);
  expect(await follow(second)).toBe(200);
  expect(await statuses(region)).toEqual(['Valid']);
  await expect(api.sendContactMethodVerification({ protocol: 'Email' })).rejects.toMatchObject(
    refusal('InvalidInputException', `The contact endpoint ${address} is verified already.`),
  );
});

test('F509 F548 only e-mail is verified', async () => {
  expect((await ask('SendContactMethodVerification', { protocol: 'SMS' })).error).toBe('ValidationException');
  await expect(
    lightsail(server, 'sa-east-1').sendContactMethodVerification({ protocol: 'Email' }),
  ).rejects.toMatchObject({ name: expect.stringMatching(/Exception$/) });
  await expect(
    lightsail(server, 'ca-central-1').sendContactMethodVerification({ protocol: 'Email' }),
  ).rejects.toMatchObject(refusal('NotFoundException', 'The ContactMethod does not exist'));
});

test('F512 F513 methods are listed by protocol, and deleted one at a time', async () => {
  const region = 'us-west-2';
  const api = lightsail(server, region);
  const link = await sent(region, (await create(region)).operations);
  const protocolsOf = async (protocols?: ContactProtocol[]) =>
    (await methods(region, protocols)).map(({ protocol }) => protocol);
  expect(await protocolsOf()).toEqual(['Email', 'SMS']);
  expect(await protocolsOf(['SMS', 'Email'])).toEqual(['Email', 'SMS']);
  expect(await protocolsOf(['SMS'])).toEqual(['SMS']);
  const { operations } = await api.deleteContactMethod({ protocol: 'Email' });
  expect(operations).toMatchObject([
    {
      operationType: 'DeleteContactMethod',
      resourceName: 'ContactMethod-Email',
      status: 'Succeeded',
      isTerminal: true,
    },
  ]);
  expect(await protocolsOf()).toEqual(['SMS']);
  expect(await protocolsOf(['Email'])).toEqual([]);
  expect(await follow(link)).toBe(404);
  await expect(api.deleteContactMethod({ protocol: 'Email' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The ContactMethod does not exist'),
  );
  await create(region, 'Email', 'another@example.com');
  expect(await methods(region, ['Email'])).toMatchObject([{ contactEndpoint: 'another@example.com' }]);
});

test('a letter that the server does not take is tried again, and the operation tells why it failed', async () => {
  const region = 'ap-south-1';
  mail.refuse('450 busy');
  const { operations = [] } = await create(region);
  await wind(300);
  mail.refuse(undefined);
  await wind(60_000);
  await sent(region, operations);

  mail.refuse('550 nobody of that name');
  const again = await lightsail(server, region).sendContactMethodVerification({ protocol: 'Email' });
  await wind(10 * 60_000);
  mail.refuse(undefined);
  expect(await finished(lightsail(server, region), again.operations)).toMatchObject([
    { status: 'Failed', errorDetails: expect.stringContaining('550 nobody of that name') },
  ]);
  expect(await statuses(region)).toEqual(['PendingVerification']);
});

test('without a server nothing is sent, and doctor says so; with one it tells whether that answers', async () => {
  const own = await startServer();
  const api = lightsail(own);
  const before = mail.letters.length;
  const { operations } = await api.createContactMethod({ protocol: 'Email', contactEndpoint: address });
  expect(await finished(api, operations)).toMatchObject([{ status: 'Succeeded' }]);
  expect(mail.letters).toHaveLength(before);
  expect((await own.cli('doctor')).stdout).toMatch(/^e-mail +ok +no server is set: nothing is sent/m);
  expect((await own.cli('doctor', '--smtp', mail.url)).stdout).toMatch(/^e-mail +ok +the server answers/m);
  const { code, stdout } = await own.cli('doctor', '--smtp', 'smtp://127.0.0.1:1');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^e-mail +warning +connect ECONNREFUSED/m),
  });
  expect((await lateen('start', '--smtp', 'example.com')).code).toBe(2);
});

test('links lead where people reach Lateen, and hold after a restart', async () => {
  const args = ['--smtp', mail.url, '--public-url', 'https://cloud.example.com/'];
  const own = await startServer({ args });
  const api = lightsail(own);
  const { operations } = await api.createContactMethod({ protocol: 'Email', contactEndpoint: address });
  await finished(api, operations);
  const [, path] = /https:\/\/cloud\.example\.com(\/_lateen\/\S+)/.exec(mail.letters.at(-1)!.text)!;
  await own.kill();
  const next = await startServer({ args, data: own.data });
  expect(await follow(`${next.url}${path}`)).toBe(200);
  const { contactMethods } = await lightsail(next).getContactMethods({});
  expect(contactMethods).toMatchObject([{ status: 'Valid' }]);
});
