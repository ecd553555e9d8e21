import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { openConfinedCgroup } from '../../../src/image/confine/confined-cgroup.ts';
import { needsRoot } from '../../support/skip-unless.ts';

const AGENT = join(import.meta.dirname, '../../../dist/guest/agent');

needsRoot();

test('what takes more memory than it may is killed, told apart, and its groups go', async () => {
  const group = openConfinedCgroup({ memoryBytes: 64 * 2 ** 20, processes: 16 });
  const launch = ['launch', ...group.procsFiles.flatMap((file) => ['--cgroup', file]), '--die-with-parent', '--'];
  expect((await execa(AGENT, [...launch, 'true'], { reject: false })).exitCode).toBe(0);
  expect(group.ranOut()).toBe(false);
  // An endless line, which tail has to keep whole.
  const greedy = await execa(AGENT, [...launch, 'tail', '/dev/zero'], {
    reject: false,
    stdout: 'ignore',
    timeout: 60_000,
  });
  expect(greedy.signal).toBe('SIGKILL');
  expect(group.ranOut()).toBe(true);
  await group.close();
  expect(group.procsFiles.filter((file) => existsSync(dirname(file)))).toEqual([]);
}, 90_000);
