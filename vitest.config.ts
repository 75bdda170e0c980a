import { defineConfig } from 'vitest/config';
import { asRootOnly } from './test/as-root-only.ts';

const suite = (
  name: string,
  include: string[],
  seconds: number,
  more: { env?: Record<string, string>; exclude?: string[]; fileParallelism?: boolean; isolate?: boolean } = {},
) => ({
  extends: true as const,
  test: { name, include, testTimeout: seconds * 1_000, hookTimeout: seconds * 1_000, ...more },
});

/** `npm test` runs the suite `default`, `npm run test:clients`, `test:crash`, `test:engines`, `test:least-privilege`, `test:random` and `test:tasks` the others. */
export default defineConfig({
  test: {
    // All cores: half of the tests wait for a program that they have started.
    maxWorkers: '100%',
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    projects: [
      // Files share what they import, as nothing of it has a state: loading the SDK for each took a third of the time.
      suite('default', ['src/**/*.test.ts', 'test/*.test.ts', 'test/acceptance/**/*.test.ts'], 30, { isolate: false }),
      // The acceptance tests again, each call by a user with the right to that and to nothing else.
      suite('least-privilege', ['test/acceptance/**/*.test.ts'], 60, {
        ...{ isolate: false, env: { LATEEN_AS: 'user' } },
        exclude: Object.keys(asRootOnly),
      }),
      suite('clients', ['test/clients/**/*.test.ts'], 600),
      suite('tasks', ['test/tasks/**/*.test.ts'], 60),
      suite('random', ['test/random/**/*.test.ts'], 600),
      suite('crash', ['test/crash/**/*.test.ts'], 900),
      // One file after another: they share a daemon, the nft table and the public addresses.
      suite('engines', ['test/engines/**/*.test.ts'], 300, { fileParallelism: false }),
    ],
  },
});
