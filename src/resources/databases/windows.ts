import type { DatabaseWindows } from '../../catalogue.ts';
import { invalidInput } from '../../errors.ts';
import type { Ids } from '../../ids.ts';

/** Minutes of a day, or of a week that begins on Monday, in UTC. The end may lie behind the end of the day or the week. */
export interface Window {
  readonly start: number;
  readonly length: number;
}

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;
const minuteMs = 60_000;
/** The first Monday of the epoch. */
const mondayMs = 4 * dayMinutes * minuteMs;
const leastMinutes = 30;

const time = '([01]\\d|2[0-3]):([0-5]\\d)';
const daily = new RegExp(`^${time}-${time}$`);
const weekly = new RegExp(`^([a-z]{3}):${time}-([a-z]{3}):${time}$`, 'i');

const around = (n: number, size: number): number => ((n % size) + size) % size;
const dayOf = (name: string): number => days.findIndex((day) => day.toLowerCase() === name.toLowerCase());

/** F450: `hh24:mi-hh24:mi`. Throws InvalidInputException. */
export const readBackupWindow = (text: string): Window => {
  const [, h1, m1, h2, m2] = daily.exec(text) ?? [];
  if (h1 === undefined) {
    throw invalidInput(
      `The backup window ${text} is not valid.`,
      'It must be in the form hh24:mi-hh24:mi, in UTC, such as 16:00-16:30.',
    );
  }
  return between(text, 60 * Number(h1) + Number(m1), 60 * Number(h2) + Number(m2), dayMinutes);
};

/** F451: `ddd:hh24:mi-ddd:hh24:mi`. Throws InvalidInputException. */
export const readMaintenanceWindow = (text: string): Window => {
  const [, day1 = '', h1, m1, day2 = '', h2, m2] = weekly.exec(text) ?? [];
  const [first, last] = [dayOf(day1), dayOf(day2)];
  if (first < 0 || last < 0) {
    throw invalidInput(
      `The maintenance window ${text} is not valid.`,
      `It must be in the form ddd:hh24:mi-ddd:hh24:mi, in UTC, such as Tue:17:00-Tue:17:30. Days are ${days.join(', ')}.`,
    );
  }
  const minute = (day: number, h = '', m = ''): number => day * dayMinutes + 60 * Number(h) + Number(m);
  return between(text, minute(first, h1, m1), minute(last, h2, m2), weekMinutes);
};

const between = (text: string, start: number, end: number, size: number): Window => {
  const length = around(end - start, size);
  if (length < leastMinutes)
    throw invalidInput(`The window ${text} is too short.`, 'A window takes at least 30 minutes.');
  return { start, length };
};

const overlap = (one: Window, other: Window): boolean =>
  around(other.start - one.start, weekMinutes) < one.length ||
  around(one.start - other.start, weekMinutes) < other.length;

const conflict = (backup: Window, maintenance: Window): boolean =>
  days.some((_, day) => overlap({ ...backup, start: backup.start + day * dayMinutes }, maintenance));

/** Throws InvalidInputException when the two of a database overlap (F450). */
export const checkWindows = (backup: string, maintenance: string): void => {
  if (!conflict(readBackupWindow(backup), readMaintenanceWindow(maintenance))) return;
  throw invalidInput(`The backup window ${backup} and the maintenance window ${maintenance} overlap.`);
};

export interface Windows {
  readonly preferredBackupWindow: string;
  readonly preferredMaintenanceWindow: string;
}

/**
 * The windows that were asked for, and by chance ones of the Region's blocks where none was (F450, F451). Throws
 * InvalidInputException when one is not valid, when they overlap, and when one leaves no room for the other.
 */
export const chooseWindows = (
  asked: { readonly [K in keyof Windows]?: string | undefined },
  blocks: DatabaseWindows,
  ids: Pick<Ids, 'bytes'>,
): Windows => {
  const chance = ids.bytes(4).readUInt32BE() / 2 ** 32;
  const starts = Array.from({ length: blocks.hours * 60 - blocks.minutes + 1 }, (_, minute) => minute);
  const pick = (windows: readonly Window[]): Window => {
    const found = windows[Math.floor(chance * windows.length)];
    if (found !== undefined) return found;
    throw invalidInput('The window that was asked for leaves no time for the other one.', 'Ask for both windows.');
  };
  const inBlock = (block: string, day = 0): Window[] => {
    const [h, m] = block.split(':').map(Number);
    return starts.map((minute) => ({
      start: day * dayMinutes + around(60 * h! + m! + minute, dayMinutes),
      length: blocks.minutes,
    }));
  };
  const maintenance = asked.preferredMaintenanceWindow && readMaintenanceWindow(asked.preferredMaintenanceWindow);
  const preferredBackupWindow =
    asked.preferredBackupWindow ??
    dailyText(pick(inBlock(blocks.backup).filter((window) => !maintenance || !conflict(window, maintenance))));
  const backup = readBackupWindow(preferredBackupWindow);
  const preferredMaintenanceWindow =
    asked.preferredMaintenanceWindow ??
    weeklyText(
      pick(days.flatMap((_, day) => inBlock(blocks.maintenance, day)).filter((window) => !conflict(backup, window))),
    );
  checkWindows(preferredBackupWindow, preferredMaintenanceWindow);
  return { preferredBackupWindow, preferredMaintenanceWindow };
};

const timeText = (minute: number): string => {
  const [h, m] = [Math.floor(minute / 60) % 24, minute % 60];
  return `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
};
const dailyText = ({ start, length }: Window): string => `${timeText(start)}-${timeText(start + length)}`;
const weeklyText = ({ start, length }: Window): string => {
  const moment = (minute: number): string =>
    `${days[Math.floor(around(minute, weekMinutes) / dayMinutes)]}:${timeText(minute)}`;
  return `${moment(start)}-${moment(start + length)}`;
};

/** When a window began last, and begins next (ms), seen from `now`. */
const turns = ({ start }: Window, size: number, now: number): { last: number; next: number } => {
  const period = size * minuteMs;
  const last = now - around(now - mondayMs - start * minuteMs, period);
  return { last, next: last + period };
};

export const backupTurns = (text: string, now: number) => turns(readBackupWindow(text), dayMinutes, now);
export const maintenanceTurns = (text: string, now: number) => turns(readMaintenanceWindow(text), weekMinutes, now);
