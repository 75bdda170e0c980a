import type { LoadBalancer, LoadBalancerAttributeName } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { type ApiError, invalidInput, wrongState } from '../../errors.ts';
import { withOptions } from './view.ts';

/** What may happen when; a load balancer that is being made can only be deleted. */
const allowed = ['active', 'active_impaired'];

/** Throws InvalidInputException when the load balancer's state forbids it. */
export const checkState = ({ name = '', state = 'unknown' }: LoadBalancer, verb: string): void => {
  if (!allowed.includes(state)) throw wrongState('LoadBalancer', name, verb, state, allowed);
};

/** F284: the shape also has what ICMP needs. */
export const checkInstancePort = (port: number): void => {
  if (port < 0) throw invalidInput(`The instance port ${port} is not valid. A port is 0 to 65535.`);
};

const path = /^\/[\x21-\x7e]*$/;
const longestPath = 1_024;

export const checkHealthCheckPath = (text: string): string => {
  if (path.test(text) && text.length <= longestPath) return text;
  throw invalidInput(
    `The health check path ${text} is not valid.`,
    `It begins with / and has up to ${longestPath} printable characters without blanks.`,
  );
};

/** F289: the catalogue's policies, the default one when none is named. */
export const checkTlsPolicy = ({ tlsPolicies }: Catalogue, name: string | undefined): string => {
  const found = tlsPolicies.find((policy) => (name === undefined ? policy.isDefault : policy.name === name));
  if (found !== undefined) return found.name;
  throw invalidInput(
    `There is no TLS policy ${name}.`,
    `Use one of ${tlsPolicies.map((policy) => policy.name).join(', ')}; GetLoadBalancerTlsPolicies describes them.`,
  );
};

/** Bounds of a cookie's life: up to a week. */
const cookieSeconds = { least: 1, most: 604_800 } as const;

type Change = (body: LoadBalancer, value: string, catalogue: Catalogue) => LoadBalancer;

/** What each attribute changes (F307). They throw InvalidInputException for values that they cannot have. */
const changes: Readonly<Record<LoadBalancerAttributeName, Change>> = {
  HealthCheckPath: (body, value) => ({ ...body, healthCheckPath: checkHealthCheckPath(value) }),
  SessionStickinessEnabled: (body, value) =>
    withOption(body, 'SessionStickinessEnabled', `${readBoolean('SessionStickinessEnabled', value)}`),
  SessionStickiness_LB_CookieDurationSeconds: (body, value) => {
    const seconds = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(seconds >= cookieSeconds.least && seconds <= cookieSeconds.most)) {
      throw badValue(
        'SessionStickiness_LB_CookieDurationSeconds',
        value,
        `a whole number of seconds from ${cookieSeconds.least} to ${cookieSeconds.most}`,
      );
    }
    return withOption(body, 'SessionStickiness_LB_CookieDurationSeconds', `${seconds}`);
  },
  HttpsRedirectionEnabled: (body, value) => {
    const httpsRedirectionEnabled = readBoolean('HttpsRedirectionEnabled', value);
    if (httpsRedirectionEnabled && body.protocol !== 'HTTP_HTTPS') {
      throw invalidInput(
        `The LoadBalancer ${body.name} cannot enable https redirection while https is disabled.`,
        'Attach a certificate first: AttachLoadBalancerTlsCertificate enables HTTPS.',
      );
    }
    return { ...body, httpsRedirectionEnabled };
  },
  TlsPolicyName: (body, value, catalogue) => ({ ...body, tlsPolicyName: checkTlsPolicy(catalogue, value) }),
};

/** The load balancer with another value of one attribute. Throws InvalidInputException. */
export const withAttribute = (
  body: LoadBalancer,
  name: LoadBalancerAttributeName,
  value: string,
  catalogue: Catalogue,
): LoadBalancer => withOptions(changes[name](body, value, catalogue));

const withOption = (body: LoadBalancer, name: LoadBalancerAttributeName, value: string): LoadBalancer => ({
  ...body,
  configurationOptions: { ...body.configurationOptions, [name]: value },
});

const readBoolean = (name: LoadBalancerAttributeName, value: string): boolean => {
  if (value === 'true' || value === 'false') return value === 'true';
  throw badValue(name, value, 'true or false');
};

const badValue = (name: LoadBalancerAttributeName, value: string, expected: string): ApiError =>
  invalidInput(`The value ${value} is not valid for the attribute ${name}. It must be ${expected}.`);
