import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdminDoor, isReadingControl } from './api/admin.ts';
import { createAwsJsonFront } from './api/awsjson.ts';
import { isByCloud } from './api/bycloud/paths.ts';
import { createConsole } from './api/console.ts';
import { createContextMaker } from './api/context-maker.ts';
import { lateFront } from './api/front.ts';
import { handlers } from './api/handlers.ts';
import { createLightsailDoor } from './api/lightsail.ts';
import { createLinkFront } from './api/links.ts';
import { createQueryFront } from './api/query.ts';
import { createServer } from './api/server.ts';
import { createVerifier } from './api/sigv4.ts';
import { createStsDoor, createStsFront, isReadingOfSts } from './api/sts.ts';
import { createCatalogue } from './catalogue.ts';
import { createAuthority } from './certificates/authority.ts';
import { addressesAt, pointingByDns, pointingByWord } from './certificates/pointing.ts';
import { proofByDns, proofByWord, resolverOf } from './certificates/proof.ts';
import { WindableClock } from './clock.ts';
import type { Config } from './config.ts';
import type { IncusEngine, IncusEngineOptions } from './engines/incus/engine.ts';
import type { Machines } from './engines/machine.ts';
import { createSimulatedContainers } from './engines/simulated/containers.ts';
import { createSimulatedDatabases } from './engines/simulated/databases.ts';
import { createSimulatedDistributions } from './engines/simulated/distributions.ts';
import { createSimulatedMachines } from './engines/simulated/machines.ts';
import { createSimulatedRegistry } from './engines/simulated/registry.ts';
import { invalidInput } from './errors.ts';
import { Faults } from './faults.ts';
import { auditingByName, lightsailAuditing, terminalAuditing } from './guard/auditing.ts';
import { createBrowserCheck, knownHosts } from './guard/browser.ts';
import { type Guard, guarded, notesOf } from './guard/door.ts';
import { plainListeners } from './guard/listeners.ts';
import { createLockout, withLockout } from './guard/lockout.ts';
import { createObjectThrottle, createThrottle, unlimited } from './guard/throttle.ts';
import { createTrail, noTrail } from './guard/trail.ts';
import { createIam } from './iam/iam.ts';
import { createInstanceKeys } from './iam/instance-keys.ts';
import { Keyring } from './iam/keyring.ts';
import { principalOf } from './iam/principal.ts';
import type { Tokens } from './iam/tokens.ts';
import { randomIds } from './ids.ts';
import { firstOf } from './links.ts';
import { listenInPairs, serveDns } from './listen.ts';
import { createMailer } from './mail/mailer.ts';
import { createNetwork, localUrl, onOneBridge, simulatedPublicCidr } from './network.ts';
import { createObjectServer } from './objects/api/server.ts';
import { openFileStore } from './objects/files/store.ts';
import { createPaging } from './paging.ts';
import { createBucketDesk } from './resources/buckets/served.ts';
import { checkState } from './resources/consistency/check.ts';
import { createVerification } from './resources/contact-methods/verification.ts';
import { createDesktopPage } from './resources/desktops/page.ts';
import { addressesIn, cnamesIn, createZones } from './resources/domains/served.ts';
import { createReconciler } from './resources/drift/reconciler.ts';
import { createFollower } from './resources/instances/follow.ts';
import { taskKinds } from './resources/tasks.ts';
import { ensureRoot } from './root.ts';
import { loadState, resetState, saveState } from './store/dump.ts';
import { writeWhole } from './store/files.ts';
import { migrate } from './store/migrate.ts';
import { checkKey, nodeName, openStore } from './store/open.ts';
import { findAccessKey, findAccount, insertAccessKey, insertAccount } from './store/records/access-keys.ts';
import { findIdentity } from './store/records/identities.ts';
import { getMeta, setMeta } from './store/records/meta.ts';
import { createSeal, loadKey } from './store/seal.ts';
import { createEnqueue } from './tasks/queue.ts';
import { Worker } from './tasks/worker.ts';
import { createTemplates } from './templates.ts';
import { createSmsGateway } from './webhooks/sms-gateway.ts';
import { createWebhook } from './webhooks/webhook.ts';

/** A Lateen that answers. */
export interface Running {
  readonly url: string;
  /** Where the zones are served; undefined when they are not. */
  readonly dnsPort: number | undefined;
  /** Takes no more requests, lets running ones and running steps finish, and closes the store. */
  stop(): Promise<void>;
}

export type Log = (line: Record<string, unknown>) => void;

/** Puts the parts together and listens. Throws with a text for people when it cannot. */
export const startLateen = async (config: Config, writeLog: Log): Promise<Running> => {
  // Faults of ours are always written down: answers refer to them.
  const log: Log =
    config.log === 'json' ? writeLog : (line) => (line.level === 'error' || line.fault !== undefined) && writeLog(line);
  const ids = randomIds;
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const store = await openStore(config);
  const keyFile = `${config.data}.key`;
  const key = loadKey(keyFile, ids);
  const seal = createSeal(key, ids);
  await migrate(store);
  await checkKey(store, seal, keyFile);

  const clock = new WindableClock(Number((await store.read((tx) => getMeta(tx, 'clock-offset'))) ?? 0));
  const { pace, quotas = {}, accountQuotas = {} } = config;
  const catalogue = createCatalogue({ pace, quotas, accountQuotas });
  const addresses = createNetwork(config.publicPool);
  const instanceKeys = createInstanceKeys(seal, ids, Date.now);
  const machines = await startEngine(config, { store, clock, catalogue, ids, log, instanceKeys }).catch(
    async (error: unknown) => {
      await store.close();
      throw error;
    },
  );
  const objects = await openFileStore({
    ...{ store, clock, ids, log, folder: join(config.data, 'objects') },
    metricRetention: catalogue.metricRetention,
  });
  const { buckets } = objects;
  const network = config.incus ? onOneBridge(addresses, machines.ipv6Prefix) : addresses;
  const databases = createSimulatedDatabases(store, clock, catalogue);
  const containers = createSimulatedContainers(store, clock, catalogue);
  const distributions = createSimulatedDistributions(store, clock, catalogue);
  const keyring = new Keyring({ store, seal, ids, clock });
  const iam = createIam({ store, ids, clock, keyring });
  const root = await ensureRoot(store, keyring, config.data, config.account);
  let loadedTokens: Promise<Tokens> | undefined;
  const loadTokens = async (): Promise<Tokens> => {
    const [{ createTokens }, { createIssuers }] = await Promise.all([
      import('./iam/tokens.ts'),
      import('./iam/issuers.ts'),
    ]);
    return createTokens({
      ...{ store, seal, ids, now: Date.now },
      issuers: createIssuers(config.oidcIssuers ?? []),
      async principalOf({ account, user: name }) {
        const identity =
          name === undefined ? undefined : await store.read((tx) => findIdentity(tx, account, 'user', name));
        return name !== undefined && identity === undefined ? undefined : principalOf(account, identity, {});
      },
    });
  };
  /** The library of tokens takes longer to load than the rest of a start may. */
  const tokens = (): Promise<Tokens> => {
    loadedTokens ??= loadTokens();
    return loadedTokens;
  };
  const faults = new Faults(store);
  await faults.load();

  const keepOffset = (): Promise<void> =>
    store.write('clock', (tx) => setMeta(tx, 'clock-offset', String(clock.offset)));
  // Known when it listens; nobody asks before that, and the worker begins after it.
  let [baseUrl, objectsUrl] = ['', ''];
  const shared = {
    ...{ clock, ids, seal, catalogue, network, machines, buckets, containers, databases, distributions },
    registry: createSimulatedRegistry(() => baseUrl),
    enqueue: createEnqueue(clock),
    baseUrl: () => baseUrl,
    objectsUrl: () => objectsUrl,
  };
  const authorityFile = join(config.data, 'authority.pem');
  const machine = { now: Date.now };
  const publish = (certificate: string): void => {
    const known = existsSync(authorityFile) && readFileSync(authorityFile, 'utf8') === certificate;
    if (!known) writeWhole(authorityFile, certificate);
  };
  const authority = createAuthority({ store, seal, clock, machine, publish });
  const zones = createZones(store);
  const byDns = config.validation === 'dns';
  const domains = byDns ? proofByDns(cnamesIn(zones), resolverOf(config.dnsServer)) : proofByWord;
  const pointing = byDns ? pointingByDns(addressesIn(zones), addressesAt(config.dnsServer)) : pointingByWord;
  const worker = new Worker({
    store,
    clock,
    workshop: {
      ...shared,
      authority,
      domains,
      pointing,
      mailer: createMailer({ smtp: config.smtp, from: config.mailFrom }),
      sms: createSmsGateway(config.smsGateway),
      webhook: createWebhook({ url: config.webhook, secret: config.webhookSecret }),
      templates: createTemplates(config.data),
    },
    kinds: taskKinds,
    faults,
    owner: nodeName(config.data, ids),
    log,
    wound: keepOffset,
  });
  const guard: Guard = {
    throttle: config.throttle === 'off' ? unlimited : createThrottle(config.throttle),
    trail:
      config.auditDays === 0 ? noTrail : createTrail({ store, ids, now: Date.now, retention: config.auditDays * day }),
    durable: () => store.durable(),
  };
  const contexts = createContextMaker({ ...shared, paging: createPaging(seal, config.pageSize) }, store, () =>
    worker.poke(),
  );

  const follow = createFollower(store, clock, shared.enqueue);
  const reconciler = createReconciler({
    ...{ store, machines, follow, log, enqueue: shared.enqueue },
    poke: () => worker.poke(),
  });
  const consoles = { store, machines };
  const admin = createAdminDoor({
    rootAccount: root.account,
    consoles,
    instanceKeyWorld: { store, instanceKeys },
    machineControls: { store, machines, follow, enqueue: shared.enqueue, poke: () => worker.poke() },
    drift: reconciler.drift,
    iam,
    tokens,
    faults,
    clock,
    readAudit: (query) => guard.trail.read(query),
    async windTo(moment) {
      await worker.windTo(moment);
      await objects.sweep();
      iam.forget();
    },
    checkState: () => checkState(store, clock),
    checkObjects: (verify) => objects.check(verify),
    saveState: (file) =>
      saveState(store, file, { clockOffset: clock.offset, key: key.toString('base64') }).catch(refuseFile),
    async loadState(file) {
      await worker.stop();
      try {
        const rootKey = await store.read((tx) => findAccessKey(tx, root.accessKeyId));
        const rootAccount = await store.read((tx) => findAccount(tx, root.account));
        const { header, rows } = await loadState(
          store,
          file,
          (header) => {
            const theirs = createSeal(Buffer.from(header.key, 'base64'), ids);
            return (sealed) => seal.close(theirs.open(sealed));
          },
          async (tx) => {
            // Whoever loads a state made elsewhere must still be let in afterwards.
            if (rootAccount !== undefined) await insertAccount(tx, rootAccount);
            if (rootKey !== undefined && (await findAccessKey(tx, rootKey.id)) === undefined)
              await insertAccessKey(tx, rootKey);
          },
        );
        clock.restore(header.clockOffset);
        await keepOffset();
        await faults.load();
        iam.forget();
        (await loadedTokens)?.forget();
        return rows;
      } catch (error) {
        return refuseFile(error);
      } finally {
        await worker.start();
      }
    },
    resetState: (scope) => resetState(store, scope),
  });

  // Signatures are about the time at the client's, which nobody winds.
  const regions = new Set(catalogue.regions.map((region) => region.name));
  const verifySignature = createVerifier({
    regions,
    now: Date.now,
    findCredential: (id) => keyring.find(id),
  });
  // At all doors: whoever guesses at one waits at the others.
  const lockout = createLockout({
    locked: (accessKeyId, remoteAddress, pauseMs) =>
      log({ level: 'error', message: 'many bad signatures', accessKeyId, remoteAddress, pauseMs }),
  });
  const verifyPatiently = withLockout(lockout, verifySignature);
  const verify: typeof verifySignature = async (request, service) => {
    const verified = await verifyPatiently(request, service);
    keyring.used(verified.credential, service, verified.region);
    return verified;
  };
  const { authorize } = iam.authorizer;
  const unguarded = createLightsailDoor({ handlers, contexts, authorize, faults });
  const lightsail = guarded(unguarded, guard, lightsailAuditing);
  const sts = guarded(createStsDoor(iam.sessions), guard, auditingByName('sts.amazonaws.com', isReadingOfSts));
  // Whoever runs Lateen gets in when somebody else is throttled.
  const controls = guarded(admin, { ...guard, throttle: unlimited }, auditingByName('lateen', isReadingControl));
  // ByCloud counts every request, and tells where its caller stands.
  const counted = guarded(unguarded, { ...guard, throttle: unlimited }, lightsailAuditing);
  const byCloud = { code: config.byCloudRegion, region: 'us-east-1' };
  const links = firstOf(createVerification(store, seal, clock), createDesktopPage(store, seal, clock, catalogue));
  const tls = config.tls
    ? await (await import('./guard/tls.ts')).startTls(config, {
        ...{ store, seal, clock: machine, host: config.host, regions: [...regions], data: config.data },
        authority: createAuthority({ store, seal, clock: machine, publish }),
        failed: (error) => log({ level: 'error', message: 'the certificate is not renewed', error: String(error) }),
      })
    : undefined;
  const listeners = tls?.listeners ?? plainListeners;
  const byCloudFront = lateFront(isByCloud, async () =>
    (await import('./api/bycloud/front.ts')).createByCloudFront({
      ...{ door: counted, authorize, store, catalogue, tokens: await tokens(), now: Date.now },
      ...{ throttle: guard.throttle, durable: guard.durable },
      base: () => `${baseUrl}/v1`,
      codeOf: (region) => (region === byCloud.region ? byCloud.code : region),
      regionOf: (code = byCloud.code) => (code === byCloud.code ? byCloud.region : catalogue.region(code)?.name),
    }),
  );
  const server = createServer({
    listeners,
    refuse: createBrowserCheck(knownHosts(config.host, config.publicUrl, config.names)),
    fronts: [
      createLinkFront(links),
      byCloudFront,
      createStsFront(sts, verify),
      createQueryFront(lightsail, verify),
      createAwsJsonFront([lightsail, controls], verify),
    ],
    unread: byCloudFront,
    console: createConsole({
      ...{ rootAccount: root.account, world: consoles, verify },
      note: notesOf(guard, terminalAuditing),
    }),
    clock: machine,
    ids,
    log: config.log === 'json' ? (line) => log({ ...line }) : (line) => line.fault !== undefined && log({ ...line }),
  });
  const objectServer = createObjectServer({
    listeners,
    async load() {
      const { createService } = await import('./objects/api/service.ts');
      const desk = createBucketDesk({ store, seal, clock, catalogue, keyring, instanceKeys });
      return createService({
        ...{ desk, regions, clock, ids, log, keyring, durable: guard.durable },
        ...{ store: objects.objects, access: iam.access, now: Date.now },
        host: config.objectsUrl === undefined ? undefined : new URL(config.objectsUrl).hostname,
        guard: {
          lockout,
          throttle: config.throttle === 'off' ? unlimited : createObjectThrottle(config.throttle),
          trail: config.auditObjects ? guard.trail : undefined,
        },
      });
    },
    ids,
    log: config.log === 'json' ? (line) => log({ ...line }) : (line) => line.fault !== undefined && log({ ...line }),
  });
  const nameServer = await serveDns(zones, config.dnsPort);
  const { port } = await listenInPairs(server, objectServer, config);
  const urlAt = (port: number): string =>
    `${listeners.scheme}://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  const url = urlAt(port);
  baseUrl = (config.publicUrl ?? url).replace(/\/+$/, '');
  objectsUrl = (config.objectsUrl ?? localUrl(urlAt(port + 1))).replace(/\/+$/, '');
  await worker.start();
  reconciler.start();
  const unwatch = machines.watch?.((id, to) => {
    if (to === 'gone') reconciler.soon();
    follow(id, to).then(
      () => worker.poke(),
      (error: unknown) => log({ level: 'error', message: `machine ${id} is not followed`, error: String(error) }),
    );
  });
  return {
    url,
    dnsPort: nameServer?.port,
    async stop() {
      await Promise.all([server.close(), objectServer.close()]);
      tls?.stop();
      await nameServer?.stop();
      unwatch?.();
      await reconciler.stop();
      await worker.stop();
      await machines.close?.();
      await objects.close();
      await keyring.settled();
      await store.close();
    },
  };
};

const day = 86_400_000;

/** Whoever named a state file is told what is wrong with it. */
const refuseFile = (error: unknown): never => {
  throw invalidInput(error instanceof Error ? error.message : String(error));
};

/** What stands behind the API. */
const startEngine = async (
  { incus, data, publicPool, port }: Config,
  world: Pick<IncusEngineOptions, 'store' | 'clock' | 'catalogue' | 'ids' | 'log' | 'instanceKeys'>,
): Promise<Machines & Partial<IncusEngine>> => {
  if (incus === undefined) return createSimulatedMachines(world);
  const { startIncusEngine } = await import('./engines/incus/engine.ts');
  const [publicCidr, publicIsRouted] = [publicPool ?? simulatedPublicCidr, publicPool !== undefined];
  // Where objects are: what an instance has a key for.
  const hostPorts = port === 0 ? [] : [port + 1];
  return startIncusEngine({ ...world, options: incus, data, publicCidr, publicIsRouted, hostPorts });
};
