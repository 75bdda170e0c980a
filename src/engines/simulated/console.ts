import type { MachineSize, Observation } from '../machine.ts';

/** What a machine that runs nothing could have said while it came up: as far as it is, and the same at every call. */
export const simulatedLog = (name: string, size: MachineSize, state: Observation['state']): string => {
  const { cpuCount, ramSizeInGb, diskSizeInGb } = size;
  const booting = [
    'Simulated machine: nothing runs in it.',
    `cpu: ${cpuCount} online`,
    `memory: ${Math.round(ramSizeInGb * 1024)} MiB`,
    `disk: ${diskSizeInGb} GiB`,
    `Set hostname to <${name}>.`,
  ];
  const up = ['Reached target Multi-User System.', `${name} login:`];
  const down = ['Reached target Shutdown.', 'Power down.'];
  const lines = { pending: booting, running: [...booting, ...up], stopping: [...booting, ...up], stopped: down }[state];
  return `${lines.join('\n')}\n`;
};
