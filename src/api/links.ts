import type { FollowLink } from '../links.ts';
import type { Front } from './front.ts';

/** What `GET` gives to anybody: `ok` at `/_lateen/health`, and the pages that links lead to. */
export const createLinkFront = (followLink?: FollowLink): Front => {
  const follow = async (target: string) => {
    try {
      const page = await followLink?.(target);
      return page && { answer: { status: page.status, type: 'text/plain', body: page.text } };
    } catch (error) {
      const fault = (error instanceof Error ? error.stack : undefined) ?? String(error);
      return { answer: { status: 500, type: 'text/plain', body: 'Something went wrong inside Lateen.\n' }, fault };
    }
  };
  return ({ method, target }) => {
    if (method !== 'GET') return undefined;
    return target === HEALTH ? Promise.resolve(healthy) : follow(target);
  };
};

const HEALTH = '/_lateen/health';
const healthy = { answer: { status: 200, type: 'text/plain', body: 'ok\n' } };
