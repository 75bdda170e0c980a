const units = {
  ms: (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`,
  MiB: (value) => `${value.toFixed(0)} MiB`,
  'MB/s': (value) => `${Math.round(value).toLocaleString('en')} MB/s`,
  's⁻¹': (value) => `${Math.round(value).toLocaleString('en')}/s`,
  µs: (value) => `${value.toFixed(0)} µs`,
  '×': (value) => value.toFixed(2),
  s: (value) => `${value.toFixed(value < 10 ? 2 : 0)} s`,
};

/** Of numbers in order. */
export const median = (sorted) =>
  (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;

/** One thing that was measured several times. `aim` is a text. */
export const row = (what, unit, values, aim = '') => ({ what, unit, values, aim });

/** Rows as a Markdown table. */
export const tableOf = (rows) =>
  [
    '| what | min | median | max | runs | aim |',
    '|---|--:|--:|--:|--:|---|',
    ...rows.map(({ what, unit, values, aim }) => {
      const sorted = values.toSorted((a, b) => a - b);
      const [min, middle, max] = [sorted[0], median(sorted), sorted.at(-1)].map(units[unit]);
      return `| ${what} | ${min} | **${middle}** | ${max} | ${values.length} | ${aim} |`;
    }),
  ].join('\n');

/** Numbers under names: `add(name, value)` collects them, and `of(name)` gives those of a name. */
export const createSeries = () => {
  const series = new Map();
  return {
    add: (name, value) => series.set(name, [...(series.get(name) ?? []), value]),
    of: (name) => series.get(name) ?? [],
  };
};
