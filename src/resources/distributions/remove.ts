import { releaseAddressesOf } from '../../store/records/addresses.ts';
import { deleteResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { dropUse } from '../certificates/uses.ts';
import { leaveSubdomains } from '../subdomains/links.ts';
import type { DistributionResource } from './noun.ts';
import { linkOrigin } from './origins.ts';

/** Deletes the row. Its origin, its certificate and its subdomain stay, without it. */
export const removeDistribution = async (tx: Tx, { row, body }: DistributionResource): Promise<void> => {
  if (body.origin !== undefined) await linkOrigin(tx, row, body.origin, row.name, false);
  await dropUse(tx, row, body.certificateName, { kind: 'Distribution', name: row.name });
  await leaveSubdomains(tx, row);
  await deleteResource(tx, row);
  await releaseAddressesOf(tx, row.id);
};
