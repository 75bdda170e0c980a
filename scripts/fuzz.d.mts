export const fuzz: (options: { readonly minutes: number; readonly seed: number }) => Promise<{
  /** How many requests were sent to each door, and how many answers had each status. */
  readonly sent: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  /** The most that the process took, in MiB. */
  readonly memory: number;
  readonly faults: readonly string[];
}>;
