import { ensureBuilt } from '../scripts/ensure.mjs';

/** Tests that spawn the program see the sources as they are. */
export default ensureBuilt;
