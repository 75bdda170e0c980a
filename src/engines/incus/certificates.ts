import { EngineRefusal, type Machines } from '../machine.ts';
import type { Incus } from './client.ts';
import type { Instances } from './instances.ts';

/** Where the web server of an image looks; what was there first lies beside it under another ending. */
const places = {
  chain: '/etc/ssl/certs/ssl-cert-snakeoil.pem',
  privateKey: '/etc/ssl/private/ssl-cert-snakeoil.key',
} as const;
const first = '.first';
const webServer = 'apache2';

/** Has the web server of a machine serve other certificates than the one that it made itself. */
export const createCertificates = (incus: Incus, instances: Instances): Pick<Machines, 'setCertificate'> => ({
  async setCertificate(id, certificate) {
    const { name } = await instances.expect(id);
    const run = async (...command: readonly string[]): Promise<void> => {
      const { code, stderr } = await incus.exec(name, command);
      if (code !== 0) throw new Error(`${command.join(' ')} in ${name}: ${stderr.trim()}`);
    };
    if ((await incus.readFile(name, places.chain)) === undefined)
      throw new EngineRefusal('The machine has no web server that serves HTTPS.');
    for (const [part, place] of Object.entries(places) as ['chain' | 'privateKey', string][]) {
      await run('cp', '--archive', '--no-clobber', place, place + first);
      if (certificate === undefined) await run('cp', '--archive', place + first, place);
      else await write(incus, name, place, certificate[part], part === 'privateKey' ? '0640' : '0644');
    }
    await run('systemctl', 'reload-or-restart', webServer);
    return undefined;
  },
});

const write = async (incus: Incus, name: string, path: string, text: string, mode: string): Promise<void> => {
  await incus.upload(`/1.0/instances/${name}/files?path=${encodeURIComponent(path)}`, Buffer.from(text), {
    'content-type': 'application/octet-stream',
    'x-incus-type': 'file',
    'x-incus-write': 'overwrite',
    'x-incus-mode': mode,
    'x-incus-uid': '0',
    'x-incus-gid': '0',
  });
};
