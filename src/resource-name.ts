/** The rule the service names in its own error text: word characters with dots and hyphens between (constraints 1c). */
const pattern = /^\w[\w.-]*\w$/;

/** The longest name a resource may have (client-expectations, names). */
export const maxResourceName = 255;

/** Whether a resource may have this name: 2 to 255 of `A-Za-z0-9_.-`, and neither a dot nor a hyphen at an end. */
export const isResourceName = (value: string): boolean => value.length <= maxResourceName && pattern.test(value);
