/**
 * `npm test [suite] [file ...]`: one of the suites of vitest.config.ts, the one called default unless named. The last line
 * printed is `N passed, N failed, N skipped`.
 */
import { ensure, root } from './ensure.mjs';

ensure();
const { startVitest } = await import('vitest/node');
const { PlainReporter } = await import('./plain-reporter.mjs');

const suites = ['default', 'clients', 'crash', 'engines', 'least-privilege', 'random', 'tasks'];
const args = process.argv.slice(2);
const named = suites.includes(args[0]);
const plain = new PlainReporter();

const vitest = await startVitest('test', named ? args.slice(1) : args, {
  root,
  run: true,
  watch: false,
  project: [named ? args[0] : 'default'],
  reporters: ['default', plain],
});
await vitest.close();
plain.print();
process.exit(process.exitCode || (plain.failed > 0 ? 1 : 0));
