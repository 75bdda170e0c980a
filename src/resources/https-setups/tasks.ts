import type { Instance, SetupHistory } from '../../api/generated/types.ts';
import { EngineRefusal } from '../../engines/machine.ts';
import { findSetup } from '../../store/records/https-setups.ts';
import { findById } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import type { Step, TaskContext, TaskKind, Wait } from '../../tasks/task.ts';
import type { InstanceInner, InstanceResource } from '../instances/noun.ts';
import { readResource } from '../resource.ts';
import { changeSetup, forgetCertificate, installedSetup, type Kept, keepCertificate, keptCertificate } from './rows.ts';
import { certificateNames, obstacleOf } from './rules.ts';
import { withFailure, withPassed, withSuccess } from './view.ts';

const day = 24 * 3_600_000;

/** How long before its end a certificate is renewed (ms), as those of load balancers are. */
const renewalWindow = 60 * day;

/** A set-up by its id, and what it is about. */
interface Known {
  readonly setup: string;
  readonly found: InstanceResource;
  readonly domainNames: readonly string[];
}

/** Undefined once the instance was deleted, and its set-ups with it. */
const find = async (tx: Tx, setup: string): Promise<Known | undefined> => {
  const row = await findSetup(tx, setup);
  const instance = row && (await findById(tx, row.instance));
  if (row === undefined || instance === undefined) return undefined;
  const { request } = JSON.parse(row.body) as SetupHistory;
  return { setup, found: readResource<Instance, InstanceInner>(instance), domainNames: request?.domainNames ?? [] };
};

const issue = async (task: TaskContext<unknown>, { setup, domainNames }: Known): Promise<Kept> => {
  const names = certificateNames(domainNames);
  const { chain, privateKey, notAfter } = await task.authority.issue(names);
  const kept: Kept = { names, chain, privateKey, notAfter };
  await task.write(async (tx) => {
    if ((await findSetup(tx, setup)) !== undefined) await keepCertificate(tx, task.seal, setup, kept);
  });
  return kept;
};

/** Has the machine serve the certificate of a set-up, or none where there is none (any more). */
const install = async (task: TaskContext<unknown>, instance: string, setup?: string): Promise<Wait | undefined> => {
  const kept = setup === undefined ? undefined : await task.read((tx) => keptCertificate(tx, task.seal, setup));
  const { names, chain, privateKey } = kept ?? {};
  return task.machines.setCertificate(instance, kept && { names: names!, chain: chain!, privateKey: privateKey! });
};

/** Domains are looked at when the task runs, and the instance once more: it may have changed since the answer. */
const check = async (
  { account, catalogue, pointing }: TaskContext<unknown>,
  { found, domainNames }: Known,
): Promise<string> => {
  const obstacle = obstacleOf(catalogue, found.body);
  if (obstacle !== undefined) throw new EngineRefusal(`${obstacle.message} ${obstacle.tip}`);
  const address = found.body.publicIpAddress ?? '';
  const ledTo = await Promise.all(domainNames.map((name) => pointing.leadsTo(name, address, account)));
  const astray = domainNames.filter((_, place) => !ledTo[place]);
  if (astray.length > 0) {
    throw new EngineRefusal(
      `${astray.join(', ')} must lead to ${address}: publish an A record with this address for each, and try again.`,
    );
  }
  return `${domainNames.join(', ')}: ${address}`;
};

interface Input {
  /** Id of the set-up, which is that of its operation too. */
  readonly setup: string;
}

/** The step at this place of the history. `run` answers with what is told of it, once it is through. */
const stage = (
  place: number,
  name: string,
  run: (task: TaskContext<Input>, known: Known) => Promise<string | Wait>,
  undo: Pick<Step<Input>, 'undo'> = {},
): Step<Input> => ({
  name,
  async run(task) {
    const { setup } = task.input;
    const known = await task.read((tx) => find(tx, setup));
    if (known === undefined) return undefined;
    const told = await run(task, known);
    if (typeof told !== 'string') return told;
    const now = { now: task.clock.now(), version: task.catalogue.httpsSetup.version };
    await task.write((tx) => changeSetup(tx, setup, (history) => withPassed(history, place, told, now)));
    return undefined;
  },
  ...undo,
});

/** Of an instance. A set-up that fails leaves the machine with the certificate that it had. */
export const setUpHttps: TaskKind<Input> = {
  name: 'SetupInstanceHttps',
  steps: [
    stage(0, 'check', check),
    stage(1, 'issue', async (task, known) => {
      const { names, notAfter } = await issue(task, known);
      return `${task.authority.name}: ${names.join(', ')}, until ${new Date(notAfter).toISOString()}`;
    }),
    stage(
      2,
      'install',
      async (task, { setup, domainNames }) =>
        (await install(task, task.resource, setup)) ?? `https://${domainNames.join(', https://')}`,
      {
        async undo(task) {
          const [there, before] = await task.read(async (tx) => [
            await find(tx, task.input.setup),
            await installedSetup(tx, task.resource),
          ]);
          if (there !== undefined) await install(task, task.resource, before?.id);
        },
      },
    ),
  ],
  async finish(tx, task) {
    const { setup } = task.input;
    const kept = await keptCertificate(tx, task.seal, setup);
    if (kept === undefined) return;
    const before = await installedSetup(tx, task.resource);
    await changeSetup(tx, setup, withSuccess);
    if (before !== undefined) await forgetCertificate(tx, task, before.id);
    await renewInTime(tx, task, setup, kept);
  },
  async fail(tx, task, error) {
    const now = { now: task.clock.now(), version: task.catalogue.httpsSetup.version };
    await changeSetup(tx, task.input.setup, (history) => withFailure(history, error, now));
    await forgetCertificate(tx, task, task.input.setup);
  },
};

const renewInTime = (tx: Tx, task: TaskContext<unknown>, setup: string, { notAfter }: Kept): Promise<void> =>
  task.enqueue(tx, renewInstanceCertificate, {
    scope: { account: task.account, region: task.region },
    resource: setup,
    input: {},
    runAt: notAfter - renewalWindow,
  });

/** Of a set-up, and not of its instance: there it would keep everything else waiting. A machine that is off waits for its certificate. */
export const renewInstanceCertificate: TaskKind<object> = {
  name: 'RenewInstanceCertificate',
  unfailing: true,
  steps: [
    {
      name: 'issue',
      async run(task) {
        const [known, kept] = await task.read(async (tx) => [
          await find(tx, task.resource),
          await keptCertificate(tx, task.seal, task.resource),
        ]);
        const now = task.clock.now();
        if (known === undefined || kept === undefined || now < kept.notAfter - renewalWindow) return undefined;
        if (known.found.body.state?.name !== 'running') return { until: now + day };
        await issue(task, known);
        return undefined;
      },
    },
    {
      name: 'install',
      async run(task) {
        const [known, kept] = await task.read(async (tx) => [
          await find(tx, task.resource),
          await keptCertificate(tx, task.seal, task.resource),
        ]);
        if (known === undefined || kept === undefined) return undefined;
        return install(task, known.found.row.id, task.resource);
      },
    },
  ],
  async finish(tx, task) {
    const kept = await keptCertificate(tx, task.seal, task.resource);
    if (kept !== undefined) await renewInTime(tx, task, task.resource, kept);
  },
};

export const httpsSetupTasks = [setUpHttps, renewInstanceCertificate];
