import type { Certificate, LightsailDistribution } from '../../api/generated/types.ts';
import type { Context } from '../../context.ts';
import { invalidInput } from '../../errors.ts';
import { rowsOfKind } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { certificate } from '../certificates/noun.ts';
import { addUse, dropUse } from '../certificates/uses.ts';
import { getResource } from '../resource.ts';
import { withCertificate, withoutCertificate } from './view.ts';

const useOf = (name: string) => ({ kind: 'Distribution', name }) as const;

/** A name leads to one place, so no two distributions have it. Throws InvalidInputException. */
const checkNames = async (tx: Tx, ctx: Context, distribution: string, names: readonly string[]): Promise<void> => {
  for (const row of await rowsOfKind(tx, ctx.scope, 'Distribution')) {
    const { alternativeDomainNames = [] } = JSON.parse(row.body) as LightsailDistribution;
    const both = row.name === distribution ? undefined : names.find((name) => alternativeDomainNames.includes(name));
    if (both === undefined) continue;
    throw invalidInput(
      `The domain name ${both} is already in use by the Distribution ${row.name}.`,
      'DetachCertificateFromDistribution frees it there.',
    );
  }
};

/**
 * Attaches an issued certificate of us-east-1 (F326, F340, F341); a second one takes the place of the first. Both ends but the
 * distribution's row are written, which is the answer.
 */
export const attachCertificate = async (
  tx: Tx,
  ctx: Context,
  body: LightsailDistribution,
  certificateName: string,
): Promise<LightsailDistribution> => {
  const { name = '' } = body;
  const { body: found } = await getResource(tx, ctx.scope, certificate, certificateName);
  if (found.status !== 'ISSUED') {
    throw invalidInput(
      'Sorry, you can only attach a validated certificate to a distribution.',
      `The status of the certificate ${certificateName} is ${found.status}; publish its domainValidationRecords and wait until it is ISSUED.`,
    );
  }
  const names = namesOf(found);
  await checkNames(tx, ctx, name, names);
  await dropUse(tx, ctx.scope, body.certificateName, useOf(name));
  await addUse(tx, await getResource(tx, ctx.scope, certificate, certificateName), useOf(name));
  return withCertificate(body, certificateName, names);
};

const namesOf = ({ subjectAlternativeNames = [] }: Certificate): readonly string[] => subjectAlternativeNames;

/** As above, the other way about. Throws InvalidInputException when there is none. */
export const detachCertificate = async (
  tx: Tx,
  ctx: Context,
  body: LightsailDistribution,
): Promise<LightsailDistribution> => {
  if (body.certificateName === undefined)
    throw invalidInput(`No certificate is attached to the Distribution ${body.name}.`);
  await dropUse(tx, ctx.scope, body.certificateName, useOf(body.name ?? ''));
  return withoutCertificate(body);
};
