import { describe, expect, test } from 'vitest';
import { createCatalogue } from '../../catalogue.ts';
import {
  backupTurns,
  checkWindows,
  chooseWindows,
  maintenanceTurns,
  readBackupWindow,
  readMaintenanceWindow,
} from './windows.ts';

const catalogue = createCatalogue();
const chance = (value: number) => ({ bytes: () => Buffer.from([value, value, value, value]) });
const at = (text: string): number => Date.parse(text);

describe('reading', () => {
  test('minutes of the day and of the week, also over their end', () => {
    expect(readBackupWindow('16:00-16:30')).toEqual({ start: 960, length: 30 });
    expect(readBackupWindow('23:45-00:15')).toEqual({ start: 1_425, length: 30 });
    expect(readMaintenanceWindow('mon:00:00-Mon:00:30')).toEqual({ start: 0, length: 30 });
    expect(readMaintenanceWindow('Sun:23:00-Mon:01:00')).toEqual({ start: 6 * 1_440 + 1_380, length: 120 });
  });

  test.each(['', '16:00', '16:00-16:29', '16:00-16:00', '25:00-25:30'])('%j is no backup window', (text) => {
    expect(() => readBackupWindow(text)).toThrow(/not valid|too short/);
  });

  test.each(['Tue:17:00', '17:00-17:30', 'Foo:17:00-Foo:17:30', 'Tue:17:00-Tue:17:10'])(
    '%j is no maintenance window',
    (text) => {
      expect(() => readMaintenanceWindow(text)).toThrow(/not valid|too short/);
    },
  );
});

test.each([
  ['16:00-17:00', 'Tue:16:30-Tue:17:30', true],
  ['16:00-17:00', 'Tue:17:00-Tue:17:30', false],
  ['16:00-17:00', 'Tue:12:00-Wed:12:00', true],
  ['23:30-00:30', 'Mon:00:00-Mon:00:30', true],
  ['00:00-00:30', 'Sun:23:45-Mon:00:15', true],
])('%s and %s overlap: %s', (backup, maintenance, overlap) => {
  if (overlap) expect(() => checkWindows(backup, maintenance)).toThrow(/overlap/);
  else expect(() => checkWindows(backup, maintenance)).not.toThrow();
});

describe('defaults', () => {
  test.each(catalogue.regions.map(({ name }) => name))(
    '%s has blocks, and windows in them do not overlap',
    (region) => {
      const blocks = catalogue.databaseWindows(region);
      for (const value of [0, 100, 255]) {
        const windows = chooseWindows({}, blocks, chance(value));
        expect(() => checkWindows(windows.preferredBackupWindow, windows.preferredMaintenanceWindow)).not.toThrow();
        const { start, length } = readBackupWindow(windows.preferredBackupWindow);
        const [hours = 0, minutes = 0] = blocks.backup.split(':').map(Number);
        expect(length).toBe(30);
        expect((start - 60 * hours - minutes + 1_440) % 1_440).toBeLessThanOrEqual(450);
      }
    },
  );

  test('keep away from the one that was asked for, and there may be no room left', () => {
    const blocks = catalogue.databaseWindows('us-east-1');
    const { preferredBackupWindow } = chooseWindows(
      { preferredMaintenanceWindow: 'Mon:03:00-Mon:10:00' },
      blocks,
      chance(0),
    );
    expect(preferredBackupWindow).toBe('10:00-10:30');
    expect(() => chooseWindows({ preferredBackupWindow: '03:00-11:00' }, blocks, chance(0))).toThrow(/leaves no time/);
  });
});

test('the last turn of a window and the next one', () => {
  const now = at('2026-11-18T12:00:00Z'); // a Wednesday
  expect(backupTurns('16:00-16:30', now)).toEqual({
    last: at('2026-11-17T16:00:00Z'),
    next: at('2026-11-18T16:00:00Z'),
  });
  expect(backupTurns('12:00-12:30', now).last).toBe(now);
  expect(maintenanceTurns('Tue:17:00-Tue:17:30', now)).toEqual({
    last: at('2026-11-17T17:00:00Z'),
    next: at('2026-11-24T17:00:00Z'),
  });
});
