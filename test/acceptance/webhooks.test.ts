import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { finished, launch, lightsail } from '../instances.ts';
import { lateen, startServer } from '../lateen.ts';
import { startMailServer } from '../smtp.ts';
import { startReceiver } from '../webhook.ts';

const secret = 'only-between-us';
const hooks = await startReceiver();
const gateway = await startReceiver();
const mail = await startMailServer();
const webhookUrl = `http://lateen:hidden-word@127.0.0.1:${hooks.port}/hooks/in`;
const args = ['--webhook', webhookUrl, '--webhook-secret', secret, '--sms-gateway', `${gateway.url}/send`];
const server = await startServer({ args: [...args, '--smtp', mail.url, '--log', 'json'] });
const api = lightsail(server);
const { control } = apiOf(server);
const wind = (ms: number) => control('AdvanceClock', { ms });

const put = (alarmName: string, more: object = {}) =>
  api.putAlarm({
    ...{ alarmName, monitoredResourceName: 'web', metricName: 'CPUUtilization', evaluationPeriods: 1 },
    ...{ comparisonOperator: 'GreaterThanOrEqualToThreshold', threshold: 0, contactProtocols: ['SMS'] },
    ...more,
  });

await launch(api, 'web');
await wind(3_600_000);

test('F508 the link of a verification is posted too, and holds', async () => {
  const { operations } = await api.createContactMethod({ protocol: 'Email', contactEndpoint: 'admin@example.com' });
  await finished(api, operations);
  await wind(0);
  const { json } = hooks.posted.at(-1)!;
  expect(json).toEqual({
    id: expect.any(String),
    type: 'ContactMethodVerification',
    account: '111111111111',
    region: 'us-east-1',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    detail: { protocol: 'Email', contactEndpoint: 'admin@example.com', link: expect.stringContaining(server.url) },
  });
  expect(mail.letters.at(-1)?.text).toContain(json.detail.link);
  expect((await fetch(json.detail.link)).status).toBe(200);
});

test('F497 F502 an alarm is posted as JSON, signed, whoever else is told of it', async () => {
  await put('busy', { contactProtocols: [] });
  await wind(0);
  const { headers, method, path, text, json } = hooks.posted.at(-1)!;
  expect({ method, path }).toEqual({ method: 'POST', path: '/hooks/in' });
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from('lateen:hidden-word').toString('base64')}`,
    'x-lateen-event': json.id,
    'x-lateen-signature': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
  });
  expect(json).toEqual({
    id: expect.any(String),
    type: 'Alarm',
    account: '111111111111',
    region: 'us-east-1',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    detail: {
      test: false,
      arn: expect.stringMatching(/:Alarm\//),
      name: 'busy',
      state: 'ALARM',
      about: expect.stringContaining('CPUUtilization (Average) of web >= 0'),
      metricName: 'CPUUtilization',
      threshold: 0,
      monitoredResourceInfo: { arn: expect.any(String), name: 'web', resourceType: 'Instance' },
    },
  });
  const known = hooks.posted.length;
  // Its triggers do not hold OK.
  await api.testAlarm({ alarmName: 'busy', state: 'OK' });
  await put('busy', { notificationEnabled: false });
  await api.testAlarm({ alarmName: 'busy', state: 'ALARM' });
  await wind(0);
  expect(hooks.posted).toHaveLength(known);
  await put('busy', { contactProtocols: [], notificationTriggers: ['ALARM', 'OK'] });
  await api.testAlarm({ alarmName: 'busy', state: 'OK' });
  await wind(0);
  expect(hooks.posted.at(-1)?.json.detail).toMatchObject({ test: true, name: 'busy', state: 'OK' });
});

test('F509 F499 a phone number gets a text without a verification', async () => {
  await api.createContactMethod({ protocol: 'SMS', contactEndpoint: '+12065550100' });
  await put('texted');
  await wind(0);
  const { method, path, json } = gateway.posted.at(-1)!;
  expect({ method, path }).toEqual({ method: 'POST', path: '/send' });
  expect(json).toEqual({
    to: '+12065550100',
    text: expect.stringMatching(/^ALARM: texted in us-east-1, \d{4}-\S+Z: CPUUtilization .* of web/),
  });
  const known = gateway.posted.length;
  await api.deleteContactMethod({ protocol: 'SMS' });
  await api.testAlarm({ alarmName: 'texted', state: 'ALARM' });
  await wind(0);
  expect(gateway.posted).toHaveLength(known);
});

test('what is not taken is sent again, a few times, as the same event', async () => {
  const known = hooks.posted.length;
  await put('again', { contactProtocols: [], comparisonOperator: 'LessThanThreshold', metricName: 'NetworkIn' });
  hooks.answer((response) => response.writeHead(302, { location: `${hooks.url}/elsewhere` }).end());
  await api.testAlarm({ alarmName: 'again', state: 'ALARM' });
  await wind(0);
  expect(hooks.posted).toHaveLength(known + 1);
  hooks.answer(undefined);
  await wind(60_000);
  const [first, second, ...more] = hooks.posted.slice(known);
  expect(first?.path).toBe('/hooks/in');
  expect(second?.json).toEqual(first?.json);
  expect(more).toEqual([]);

  hooks.answer((response) => response.writeHead(500).end());
  await api.testAlarm({ alarmName: 'again', state: 'ALARM' });
  await wind(3_600_000);
  hooks.answer(undefined);
  const tests = hooks.posted.slice(known + 2).filter(({ json }) => json.detail.test);
  expect(tests).toHaveLength(5);
  expect(new Set(tests.map(({ json }) => json.id)).size).toBe(1);
});

test('neither the log nor the answers tell what is secret', async () => {
  expect(server.stderr()).toContain('The webhook answers 500.');
  for (const hidden of [secret, 'hidden-word', '/hooks/in']) {
    expect(server.stderr()).not.toContain(hidden);
    expect(server.stdout()).not.toContain(hidden);
  }
});

test('doctor says what is sent, and what is not', async () => {
  const none = (await server.cli('doctor')).stdout;
  expect(none).toMatch(/^webhook +ok +none is set: nothing is posted/m);
  expect(none).toMatch(/^SMS +ok +no gateway is set: nothing is sent/m);
  const known = hooks.posted.length;
  const all = (await server.cli('doctor', ...args)).stdout;
  expect(all).toMatch(/^webhook +ok +the receiver can be reached/m);
  expect(all).toMatch(/^SMS +ok +the gateway can be reached/m);
  expect(hooks.posted).toHaveLength(known);
  const unsigned = (await server.cli('doctor', '--webhook', hooks.url)).stdout;
  expect(unsigned).toMatch(/^webhook +warning +nothing is signed/m);
  const { code, stdout } = await server.cli(
    'doctor',
    '--sms-gateway',
    'http://127.0.0.1:1',
    '--webhook',
    'http://[::1]:1',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^webhook +warning +connect E/m);
  expect(stdout).toMatch(/^SMS +warning +connect ECONNREFUSED/m);
  expect((await lateen('start', '--webhook-secret', '')).code).toBe(2);
  for (const wrong of ['example.com', 'ftp://example.com/', 'file:///etc/passwd'])
    for (const option of ['--webhook', '--sms-gateway']) expect((await lateen('start', option, wrong)).code).toBe(2);
});
