type X509Library = typeof import('@peculiar/x509');

const hooks = ['getMetadata', 'getOwnMetadata'] as const;

/**
 * Loads the X.509 library when it is first needed: it takes a tenth of a second.
 * Its decorators ask Reflect for metadata while it loads and do with none, so Reflect answers "none" for that long.
 */
export const loadX509 = async (): Promise<X509Library> => {
  const missing = hooks.filter((hook) => !(hook in Reflect));
  for (const hook of missing) Object.defineProperty(Reflect, hook, { value: () => undefined, configurable: true });
  try {
    return await import('@peculiar/x509');
  } finally {
    for (const hook of missing) Reflect.deleteProperty(Reflect, hook);
  }
};
