import type { Certificate } from '../../api/generated/types.ts';
import type { Scope } from '../../context.ts';
import { findResource } from '../../store/records/resources.ts';
import type { Tx } from '../../store/store.ts';
import { readResource, saveResource } from '../resource.ts';
import { type CertificateResource, certificate, type SharedCertificateInner, type Use } from './noun.ts';
import { withUses } from './view.ts';

const isSame = (one: Use, other: Use): boolean => one.kind === other.kind && one.name === other.name;

const saveUses = (tx: Tx, found: CertificateResource, uses: readonly Use[]): Promise<unknown> => {
  const { body, inner } = withUses(found, uses);
  return saveResource(tx, certificate, found, body, inner);
};

/** Writes into the certificate's row that something uses it. */
export const addUse = (tx: Tx, found: CertificateResource, use: Use): Promise<unknown> =>
  saveUses(tx, found, [...found.inner.uses.filter((other) => !isSame(other, use)), use]);

/** Writes into the certificate's row that something uses it no more; without a name there is nothing to do. */
export const dropUse = async (tx: Tx, scope: Scope, name: string | undefined, use: Use): Promise<void> => {
  const row = name === undefined ? undefined : await findResource(tx, scope, 'Certificate', name);
  if (row === undefined) return;
  const found = readResource<Certificate, SharedCertificateInner>(row);
  await saveUses(
    tx,
    found,
    found.inner.uses.filter((other) => !isSame(other, use)),
  );
};
