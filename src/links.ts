import { timingSafeEqual } from 'node:crypto';

/** What whoever followed a link of Lateen reads, in plain text. */
export interface LinkPage {
  readonly status: 200 | 404;
  readonly text: string;
}

/** For people with a link: undefined when the path is of something else. */
export type FollowLink = (path: string) => Promise<LinkPage | undefined>;

/** The first of them that knows the path. */
export const firstOf =
  (...followers: readonly FollowLink[]): FollowLink =>
  async (path) => {
    for (const follow of followers) {
      const page = await follow(path);
      if (page !== undefined) return page;
    }
    return undefined;
  };

/** Compares secret ends of links in a time that tells nothing about them. */
export const isSameToken = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};
