import type * as Api from '../../api/generated/types.ts';
import type { Blueprint, Catalogue, Region } from '../../catalogue.ts';

/** Zones appear only when asked for; unasked, the lists are there and empty (F83, F84). */
export const regionView = (
  catalogue: Catalogue,
  { name, displayName, description, continentCode }: Region,
  { includeAvailabilityZones, includeRelationalDatabaseAvailabilityZones }: Api.GetRegionsRequest,
): Api.Region => {
  const zones = catalogue.zones(name).map((zoneName) => ({ zoneName, state: 'available' }));
  return {
    name,
    displayName,
    description,
    continentCode,
    availabilityZones: includeAvailabilityZones ? zones : [],
    relationalDatabaseAvailabilityZones: includeRelationalDatabaseAvailabilityZones ? zones : [],
  };
};

/** Without what only Lateen needs. */
export const blueprintView = ({ launchable: _, username: __, ports: ___, ...shown }: Blueprint): Api.Blueprint => shown;
