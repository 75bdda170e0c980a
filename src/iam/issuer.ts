/** An OpenID Connect provider whose tokens are taken. */
export interface Issuer {
  /** As it stands in `iss`: https, or http on this machine. */
  readonly url: string;
  /** What `aud` must name, so that a token for another service is good for nothing here. */
  readonly audience: string;
  /** Whose resources its bearers are let to. */
  readonly account: string;
  /** The claim that names the user of the account; without it, a bearer acts for the account itself. */
  readonly userClaim?: string | undefined;
}

const isLoopbackHost = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

/** Whether keys may be fetched from there: nobody on the way could put others in their place. */
export const isSafeUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
};
