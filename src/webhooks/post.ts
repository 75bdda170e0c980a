/** A POST of JSON text. The URL may hold a user and a password, which go into a header, and a secret path, which is never told. */
export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who is asked, in the texts of errors. */
  readonly whom: string;
}

const patienceMs = 10_000;

/**
 * Resolves when the answer is a 2xx. Throws for any other, redirects too, since nothing is sent to where nobody wanted it, and when there
 * is none in time. What the answer holds is not read.
 */
export const post = async ({ url, body, headers, whom }: Post): Promise<void> => {
  const target = new URL(url);
  const { username, password } = target;
  target.username = '';
  target.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const answer = await fetch(target, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      ...headers,
    },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(patienceMs),
  }).catch((error: Error) => {
    throw new Error(`${whom} does not answer: ${reasonOf(error)}`);
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${whom} answers ${answer.status}.`);
};

/** The code alone, as in ECONNREFUSED: the text could hold a part of the URL. */
const reasonOf = ({ name, cause }: Error): string => (cause as NodeJS.ErrnoException | undefined)?.code ?? name;
