/**
 * All that a listing of objects tells of them, in their order and without older versions: from the table itself a page would cost the versions
 * that lie between its entries, and not the entries.
 */
export const objectListing = (): string[] => [
  'drop index object_version_shown',
  `create index object_version_shown on object_version
     (bucket, name, age, version, shown, marker, size, etag, modified_at, algorithm, checksum_type) where shown = 1`,
];
