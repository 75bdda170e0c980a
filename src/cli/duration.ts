const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** Milliseconds of texts such as 90s, 15m, 24h, 7d or 1h30m; undefined for any other text. */
export const parseDuration = (text: string): number | undefined => {
  if (!/^(\d+[dhms])+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g)) ms += Number(count) * units[unit!]!;
  return Number.isSafeInteger(ms) ? ms : undefined;
};

/** 1d2h3m4s: what `parseDuration` reads, to the whole second; 0s for less than one. */
export const formatDuration = (ms: number): string => {
  let left = ms;
  let text = '';
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text || '0s';
};
