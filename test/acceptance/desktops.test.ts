import { expect, test } from 'vitest';
import { apiOf } from '../call.ts';
import { create, finished, launch, lightsail, newAccount, refusal } from '../instances.ts';
import { startServer } from '../lateen.ts';
import { expectWhole, readState } from '../state.ts';

const hour = 3_600_000;
const server = await startServer();
const api = lightsail(server);
const { control } = apiOf(server);
const wind = (ms: number) => control('AdvanceClock', { ms });
const invalid = (message: string | RegExp) => refusal('InvalidInputException', message);

const research = { blueprintId: 'lfr_rstudio', bundleId: 'app_standard_xl_1_0' };

const details = async (resourceName: string, of = api) => {
  const { $metadata: _, ...shown } = await of.createGUISessionAccessDetails({ resourceName });
  return shown;
};
const start = async (resourceName: string) => finished(api, (await api.startGUISession({ resourceName })).operations);
const stop = async (resourceName: string) => finished(api, (await api.stopGUISession({ resourceName })).operations);
const follow = async (link = '') => {
  const answer = await fetch(link);
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
};

test('blueprints and bundles for research are listed by their category, and only then', async () => {
  const { blueprints = [] } = await api.getBlueprints({ appCategory: 'LfR' });
  expect(blueprints.map(({ name }) => name)).toEqual(['JupyterLab', 'RStudio', 'Scilab', 'VSCodium', 'Ubuntu']);
  for (const { appCategory } of blueprints) expect(appCategory).toBe('LfR');
  const { bundles = [] } = await api.getBundles({ appCategory: 'LfR' });
  expect(bundles.map(({ bundleId }) => bundleId)).toContain('gpu_nvidia_4xl_1_0');
  for (const { supportedAppCategories } of bundles) expect(supportedAppCategories).toEqual(['LfR']);
  for (const { appCategory } of (await api.getBlueprints({})).blueprints ?? []) expect(appCategory).toBeUndefined();
  await expect(create(api, ['mixed'], { blueprintId: 'lfr_rstudio', bundleId: 'xlarge_3_0' })).rejects.toMatchObject(
    invalid('The bundle xlarge_3_0 does not support the blueprint lfr_rstudio.'),
  );
});

test('a desktop is opened, and its sessions lead to a page of Lateen', async () => {
  await launch(api, 'lab', research);
  expect(await details('lab')).toEqual({
    resourceName: 'lab',
    status: 'notStarted',
    percentageComplete: 0,
    sessions: [],
  });
  expect(await start('lab')).toMatchObject([
    { operationType: 'StartGUISession', resourceName: 'lab', resourceType: 'Instance', status: 'Succeeded' },
  ]);
  const { sessions = [], ...open } = await details('lab');
  expect(open).toEqual({ resourceName: 'lab', status: 'started', percentageComplete: 100 });
  expect(sessions).toEqual([
    { name: 'RStudio', url: expect.stringContaining(`${server.url}/`), isPrimary: true },
    { name: 'Operating system', url: expect.stringContaining(`${server.url}/`), isPrimary: false },
  ]);
  const [first, second] = sessions;
  expect(await follow(first?.url)).toMatchObject({
    status: 200,
    type: 'text/plain',
    text: expect.stringMatching(/^RStudio on lab\nThis is Lateen/),
  });
  expect((await follow(second?.url)).text).toMatch(/^Operating system on lab\n/);
  const url = first?.url ?? '';
  for (const wrong of [
    `${url}x`,
    url.slice(0, -1),
    url.replace('/application/', '/nothing/'),
    url.replace(/[^/]+$/, ''),
  ])
    expect((await follow(wrong)).status).toBe(404);
  const { instance } = await api.getInstance({ instanceName: 'lab' });
  expect(JSON.stringify(instance)).not.toContain(url.split('/').at(-1));
});

test('a session is open for an hour, and is started again after that', async () => {
  await launch(api, 'hourly', research);
  await start('hourly');
  const [first] = (await details('hourly')).sessions ?? [];
  await wind(hour - 60_000);
  expect((await follow(first?.url)).status).toBe(200);
  await wind(60_000);
  expect(await details('hourly')).toMatchObject({ status: 'startExpired', sessions: [] });
  expect((await follow(first?.url)).status).toBe(404);
  await start('hourly');
  const [second] = (await details('hourly')).sessions ?? [];
  expect((await follow(second?.url)).status).toBe(200);
  expect((await follow(first?.url)).status).toBe(404);
});

test('a desktop is closed by StopGUISession, by a stop of the instance and by a reboot', async () => {
  await launch(api, 'closed', research);
  await expect(api.stopGUISession({ resourceName: 'closed' })).rejects.toMatchObject(
    invalid('The GUI session of closed cannot be stopped while its state is notStarted.'),
  );
  const opened = async () => {
    await start('closed');
    return (await details('closed')).sessions?.[0]?.url;
  };
  const first = await opened();
  expect(await stop('closed')).toMatchObject([{ operationType: 'StopGUISession', status: 'Succeeded' }]);
  expect(await details('closed')).toMatchObject({ status: 'stopped', percentageComplete: 100, sessions: [] });
  expect((await follow(first)).status).toBe(404);

  const second = await opened();
  const stopping = await api.stopInstance({ instanceName: 'closed' });
  expect((await follow(second)).status).toBe(404);
  await finished(api, stopping.operations);
  expect(await details('closed')).toMatchObject({ status: 'stopped', sessions: [] });
  await expect(api.startGUISession({ resourceName: 'closed' })).rejects.toMatchObject(
    invalid('The Instance closed cannot be opened or closed as a desktop while its state is stopped.'),
  );
  await finished(api, (await api.startInstance({ instanceName: 'closed' })).operations);
  expect(await details('closed')).toMatchObject({ status: 'notStarted', sessions: [] });
  expect((await follow(second)).status).toBe(404);

  const third = await opened();
  await api.rebootInstance({ instanceName: 'closed' });
  await wind(0);
  expect(await details('closed')).toMatchObject({ status: 'notStarted', sessions: [] });
  expect((await follow(third)).status).toBe(404);

  const last = await opened();
  await finished(api, (await api.deleteInstance({ instanceName: 'closed' })).operations);
  expect((await follow(last)).status).toBe(404);
  await wind(0);
  expectWhole(await readState(apiOf(server), server.data));
});

test('a desktop that does not open or close says why, and can be tried again', async () => {
  await launch(api, 'failing', research);
  const fail = (step: string) => control('OrderFault', { step, permanent: true, message: 'No screen.' });
  await fail('StartGUISession/start');
  expect(await start('failing')).toMatchObject([{ status: 'Failed', errorDetails: 'No screen.' }]);
  expect(await details('failing')).toEqual({
    resourceName: 'failing',
    status: 'failedStartingGUISession',
    percentageComplete: 0,
    failureReason: 'No screen.',
    sessions: [],
  });
  await start('failing');
  await fail('StopGUISession/stop');
  await stop('failing');
  expect(await details('failing')).toMatchObject({ status: 'failedStoppingGUISession', failureReason: 'No screen.' });
  await stop('failing');
  expect(await details('failing')).toMatchObject({ status: 'stopped' });
});

test('what takes time shows how far it is', async () => {
  const own = await startServer({ args: ['--pace', 'real'] });
  const [mine, turn] = [lightsail(own), (ms: number) => apiOf(own).control('AdvanceClock', { ms })];
  await create(mine, ['lab'], { ...research, blueprintId: 'lfr_ubuntu_22_04' });
  await turn(9_000);
  const setting = await details('lab', mine);
  expect(setting).toMatchObject({ status: 'settingUpInstance' });
  expect(setting.percentageComplete).toBeGreaterThanOrEqual(50);
  await turn(60_000);
  await mine.startGUISession({ resourceName: 'lab' });
  await turn(15_000);
  const starting = await details('lab', mine);
  expect(starting).toMatchObject({ status: 'starting', sessions: [] });
  expect(starting.percentageComplete).toBeGreaterThanOrEqual(50);
  expect(starting.percentageComplete).toBeLessThan(100);
  for (const again of [mine.startGUISession({ resourceName: 'lab' }), mine.stopGUISession({ resourceName: 'lab' })])
    await expect(again).rejects.toMatchObject(invalid(/while its state is starting/));
  await turn(60_000);
  expect((await details('lab', mine)).sessions).toEqual([{ name: 'Ubuntu', url: expect.any(String), isPrimary: true }]);
  await mine.stopGUISession({ resourceName: 'lab' });
  expect(await details('lab', mine)).toMatchObject({ status: 'stopping', sessions: [] });
});

test('only virtual computers for research have desktops, and only those of the account', async () => {
  await launch(api, 'plain');
  const [resourceName, message] = ['plain', 'The blueprint debian_12 of the Instance plain has no GUI sessions.'];
  await expect(api.startGUISession({ resourceName })).rejects.toMatchObject(invalid(message));
  await expect(api.stopGUISession({ resourceName })).rejects.toMatchObject(invalid(message));
  await expect(api.createGUISessionAccessDetails({ resourceName })).rejects.toMatchObject(invalid(message));
  const other = lightsail(await newAccount(server, 'others'));
  await expect(other.startGUISession({ resourceName: 'lab' })).rejects.toMatchObject(
    refusal('NotFoundException', 'The Instance does not exist'),
  );
});
