/** `npm start`: `lateen start` of this checkout, in this very process, so that signals and the exit code are its own. */
import { ensure } from './ensure.mjs';

ensure();
process.argv.splice(2, 0, 'start');
await import('../dist/main.js');
