import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../lateen.ts';

const run = promisify(execFile);

test('however many keys are made, none waits for the garbage collector for ever', async () => {
  const outfile = join(temporaryFolder(), 'certificate.mjs');
  const entry = new URL('../../src/ssh/certificate.ts', import.meta.url).pathname;
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node' });
  const script = `
    import { newAuthority } from ${JSON.stringify(outfile)};
    for (let made = 0; made < 30_000; made++) newAuthority();
    console.log('made');`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { timeout: 300_000 });
  expect(stdout).toBe('made\n');
});
