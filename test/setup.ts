import { afterAll, afterEach } from 'vitest';
import { cleanUp, complaints } from './lateen.ts';

// Vitest runs this once for each file of tests, also where files share what they import.
afterAll(cleanUp);

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(`Running at the end of ${task.name}:`, complaints());
});
