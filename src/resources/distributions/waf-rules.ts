import type { WafConfig, WafResponseInspection, WafRule } from '../../api/generated/types.ts';
import type { Catalogue } from '../../catalogue.ts';
import { type ApiError, invalidInput } from '../../errors.ts';

/** Lengths in characters, codes of HTTP as far as the service counts them. */
const limits = { path: 256, field: 512, codes: 10, code: 999 } as const;

type Configured = 'atpConfig' | 'acfpConfig' | 'botControlConfig';

/** What a request says of the firewall: whether it is to be there, and its rules, which replace what was there. */
export interface WafOrder {
  readonly enableWaf?: boolean | undefined;
  readonly wafRules?: readonly WafRule[] | undefined;
}

/**
 * The firewall of a distribution with that bundle, after a request about it. Turned off, it loses its rules. Throws
 * InvalidInputException when the bundle has no firewall, or not such a rule.
 */
export const checkWaf = (
  known: WafConfig | undefined,
  { enableWaf, wafRules }: WafOrder,
  bundleId: string,
  catalogue: Catalogue,
): WafConfig | undefined => {
  const isWafEnabled = enableWaf ?? known?.isWafEnabled ?? false;
  if (!isWafEnabled) {
    if (wafRules !== undefined && wafRules.length > 0)
      throw invalidInput('WAF rules can be given only when WAF is enabled.', 'Send enableWaf true with them.');
    return known || enableWaf === false ? { isWafEnabled: false, wafRules: [] } : undefined;
  }
  const rules = wafRules ?? known?.wafRules ?? [];
  checkWafBundle({ isWafEnabled, wafRules: [...rules] }, bundleId, catalogue);
  if (new Set(rules.map(({ name }) => name)).size < rules.length) throw invalidInput('A WAF rule is given twice.');
  for (const rule of wafRules ?? []) checkRule(rule, catalogue);
  return { isWafEnabled, wafRules: [...rules] };
};

/** Throws InvalidInputException when a distribution with that bundle cannot have the firewall. */
export const checkWafBundle = (waf: WafConfig | undefined, bundleId: string, catalogue: Catalogue): void => {
  if (!waf?.isWafEnabled) return;
  const groups = catalogue.wafRules(bundleId);
  if (groups.length === 0) {
    throw invalidInput(
      `A distribution with the bundle ${bundleId} cannot have WAF.`,
      'UpdateDistributionBundle gives it a larger one.',
    );
  }
  const other = waf.wafRules?.find(({ name }) => !groups.includes(name));
  if (other !== undefined) {
    throw invalidInput(
      `The WAF rule ${other.name} is not available with the bundle ${bundleId}.`,
      `Available are ${groups.join(', ')}.`,
    );
  }
};

const checkRule = (rule: WafRule, catalogue: Catalogue): void => {
  const needed = catalogue.wafConfiguration(rule.name) as Configured | undefined;
  for (const member of ['atpConfig', 'acfpConfig', 'botControlConfig'] as const) {
    if ((rule[member] !== undefined) === (member === needed)) continue;
    throw invalidInput(
      member === needed
        ? `The WAF rule ${rule.name} needs a ${member}.`
        : `The WAF rule ${rule.name} has no ${member}.`,
    );
  }
  const { atpConfig, acfpConfig, botControlConfig } = rule;
  if (atpConfig !== undefined) {
    const { loginPath, payloadType, usernameField, passwordField, responseInspection } = atpConfig;
    checkPath('loginPath', loginPath);
    for (const [member, field] of Object.entries({ usernameField, passwordField }))
      checkField(member, field, payloadType === 'JSON');
    checkCodes(responseInspection);
  }
  if (acfpConfig !== undefined) {
    checkPath('creationPath', acfpConfig.creationPath);
    checkPath('registrationPagePath', acfpConfig.registrationPagePath);
    checkCodes(acfpConfig.responseInspection);
  }
  if (botControlConfig !== undefined && botControlConfig.inspectionLevel === undefined)
    throw missing('inspectionLevel');
};

const missing = (member: string): ApiError => invalidInput(`The WAF rule needs a ${member}.`);

const checkPath = (member: string, path: string | undefined): void => {
  if (path === undefined) throw missing(member);
  if (!path.startsWith('/') || path.length > limits.path)
    throw invalidInput(`The ${member} begins with / and has up to ${limits.path} characters.`);
};

const checkField = (member: string, field: string | undefined, isPointer: boolean): void => {
  if (field === undefined) throw missing(member);
  if (field.length < 1 || field.length > limits.field)
    throw invalidInput(`The ${member} has 1 to ${limits.field} characters.`);
  if (isPointer && !field.startsWith('/'))
    throw invalidInput(`The ${member} of a JSON body is a pointer that begins with /.`);
};

const checkCodes = (inspection: WafResponseInspection | undefined): void => {
  if (inspection === undefined) return;
  const { successCodes, failureCodes } = inspection;
  for (const [member, codes] of Object.entries({ successCodes, failureCodes })) {
    if (codes === undefined) throw missing(member);
    if (codes.length < 1 || codes.length > limits.codes)
      throw invalidInput(`There are 1 to ${limits.codes} ${member}, and these are ${codes.length}.`);
    const bad = codes.find((code) => code < 0 || code > limits.code);
    if (bad !== undefined) throw invalidInput(`The code ${bad} is not valid: it is 0 to ${limits.code}.`);
  }
  const both = successCodes?.find((code) => failureCodes?.includes(code));
  if (both !== undefined) throw invalidInput(`The code ${both} is both a success and a failure.`);
};
