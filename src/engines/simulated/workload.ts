/** What a machine's users do with it: the same for the same machine and time, unlike from machine to machine. All by slots of five minutes since the epoch. */

export const slotMs = 300_000;
const slotsPerHour = 12;
const slotsPerDay = 24 * slotsPerHour;

/** How busy the users of one machine are. */
export interface Workload {
  /** Share of all CPUs that would be used in the slot, 0 to 1, if there were no limits. */
  demand(slot: number): number;
  /** A number from 0 to 1 that belongs to the slot; `topic` tells figures apart. */
  chance(slot: number, topic: number): number;
}

/**
 * Busiest at one hour of the day, with bursts on weekdays. Weekends take less than half of `usual`, the share of the CPUs that a
 * machine can use for ever; burst capacity is full after each.
 */
export const createWorkload = (id: string, usual: number): Workload => {
  const seed = seedOf(id);
  const chance = (slot: number, topic: number): number => mix(seed + topic, slot);
  const level = 0.3 + 0.5 * chance(0, 1);
  const busiestHour = 24 * chance(0, 2);
  return {
    chance,
    demand(slot) {
      const hour = (slot % slotsPerDay) / slotsPerHour;
      const daylight = (1 + Math.cos(((hour - busiestHour) / 12) * Math.PI)) / 2;
      const calm = usual * level * (0.3 + 0.7 * daylight) * (0.8 + 0.4 * chance(slot, 3));
      if (isWeekend(slot)) return calm / 2;
      return Math.max(calm, burst(chance, slot));
    },
  };
};

/** Now and then something begins at a full hour and takes ten minutes to forty. */
const burst = (chance: Workload['chance'], slot: number): number => {
  const hour = Math.floor(slot / slotsPerHour);
  if (chance(hour, 4) > 0.06) return 0;
  const slots = 2 + Math.floor(7 * chance(hour, 5));
  return slot % slotsPerHour < slots ? 0.4 + 0.55 * chance(hour, 6) : 0;
};

/** Slot 0 is on a Thursday. */
const isWeekend = (slot: number): boolean => {
  const day = (Math.floor(slot / slotsPerDay) + 4) % 7;
  return day === 0 || day === 6;
};

/** The first slot of the latest Monday that is not after `slot`. */
export const mondayBefore = (slot: number): number => {
  const day = Math.floor(slot / slotsPerDay);
  return (day - ((day + 3) % 7)) * slotsPerDay;
};

export const slotsPerWeekend = 2 * slotsPerDay;

/** FNV-1a. */
const seedOf = (id: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/** The finish of MurmurHash3: neighbours have nothing to do with each other. */
const mix = (seed: number, n: number): number => {
  let hash = Math.imul(seed, 0x9e3779b1) ^ Math.imul(n, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
