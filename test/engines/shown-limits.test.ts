/** Machines that try to take more than their bundle gives them. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { testWithAwsCli } from '../clients/aws-cli.ts';
import { missing } from './incus.ts';
import { startWorld, type World } from './world.ts';

const why = missing();
if (why !== undefined) console.info(`skipped: limits of machines that run, since ${why}`);

describe.skipIf(why !== undefined)('limits', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    // One processor, 512 MiB, 20 GiB.
    await world.create(['greedy', 'neighbour'], '--bundle-id', 'nano_2_0');
  });
  afterAll(() => world?.end());

  testWithAwsCli('who takes too much memory is killed, and nobody else', async () => {
    const taken = await world.inside('greedy', 'python3 -c "bytearray(2**30)" > /dev/null 2>&1; echo $?');
    expect(taken).toBe('137');
    expect(await world.inside('greedy', "free -m | awk '/^Mem/ { print $2 }'; sudo systemctl is-active ssh")).toBe(
      '512\nactive',
    );
    expect(await world.inside('neighbour', 'python3 -c "bytearray(2**27)" && echo fine')).toBe('fine');
  });

  testWithAwsCli('a disk that is full takes no more, and another is not fuller for it', async () => {
    expect(await world.inside('greedy', 'sudo fallocate -l 25G /all 2>&1 || true')).toMatch(/quota exceeded|No space/);
    const fill = 'sudo fallocate -l 18G /most && sudo dd if=/dev/zero of=/rest bs=1M count=3000 2>&1 || true';
    expect(await world.inside('greedy', fill)).toMatch(/quota exceeded|No space/);
    expect(await world.inside('neighbour', 'sudo fallocate -l 1G /some && echo fine')).toBe('fine');
    expect(await world.inside('greedy', 'sudo rm /most /rest /all; echo again > text && sync && cat text')).toBe(
      'again',
    );
  });

  testWithAwsCli('two who compute share the one processor of their machine', async () => {
    // CPU seconds of the two, in hundredths, beside the hundredths that went by.
    const burn = `python3 - <<'END'
import os, time
began = time.monotonic()
for _ in range(2):
    if os.fork() == 0:
        while time.monotonic() < began + 2: pass
        os._exit(0)
for _ in range(2): os.wait()
used = os.times()
print(used.children_user + used.children_system, time.monotonic() - began)
END`;
    const [used = 0, passed = 0] = (await world.inside('greedy', burn)).split(' ').map(Number);
    expect(await world.inside('greedy', 'nproc')).toBe('1');
    expect(used).toBeGreaterThan(0);
    expect(used / passed).toBeLessThan(1.1);
  });
});
