import { afterAll } from 'vitest';
import { cleanUp } from './lateen.ts';

// Vitest runs this once for each file of tests, also where files share what they import.
afterAll(cleanUp);
