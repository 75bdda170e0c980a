/** `npm run facts`: which facts of the API have a test, which have a reason in test/facts.md why not, and which are open. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ensure.mjs';
import { compress, reasonedFacts, testedFacts, weigh } from './fact-scan.mjs';

const count = 556;
const reasonsFile = join(root, 'test/facts.md');

const testFiles = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(root, folder, name)),
);
const { tested, reasoned, open, faults } = weigh(
  testFiles.flatMap((file) => testedFacts(readFileSync(file, 'utf8'))),
  existsSync(reasonsFile) ? reasonedFacts(readFileSync(reasonsFile, 'utf8')) : [],
  count,
);
if (open.length > 0) console.log(`open: ${compress(open)}`);
for (const fault of faults) console.log(fault);
console.log(`facts: ${tested} tested, ${reasoned} reasoned, ${open.length} open of ${count}`);
if (faults.length > 0) process.exitCode = 1;
