import table from '../../catalogue/objects.json' with { type: 'json' };

const { maxKeyBytes, maxPutBytes, minPartBytes, maxParts, uploadDays } = table;

/** What objects and uploads are held to. Sizes in bytes, times in ms. */
export const limits = { maxKeyBytes, maxPutBytes, minPartBytes, maxParts, uploadMs: uploadDays * 86_400_000 };
