import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { openBuildCgroup } from '../../../src/image/build/build-cgroup.ts';

const AGENT = join(import.meta.dirname, '../../../dist/guest/agent');

test('a build that takes more memory than it may is killed, told apart, and its group goes', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('making cgroups needs root');
  const lines: string[] = [];
  const group = openBuildCgroup(64 * 2 ** 20, (line) => lines.push(line));
  if (group === null) return context.skip(lines.join());
  const launch = ['launch', '--cgroup', group.procsFile, '--die-with-parent', '--'];
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
  group.close();
  expect(existsSync(dirname(group.procsFile))).toBe(false);
}, 90_000);
