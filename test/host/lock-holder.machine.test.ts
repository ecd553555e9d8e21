import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findHolder } from '../../src/host/lock-holder.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-holder-'));
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

it('tells the user, the command and the start of another user’s process', async () => {
  const path = join(directory, 'lock');
  writeFileSync(path, '');
  chmodSync(path, 0o666);
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const child = spawn('setpriv', [...asNobody, 'flock', path, 'sh', '-c', 'echo held; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const before = Date.now();
  const holder = await findHolder(path);
  child.stdin.end('\n');
  await once(child, 'close');
  expect(holder).not.toBeNull();
  const [, user, command, since] =
    /^process \d+ of (\S+) \((.*)\), since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC$/.exec(holder?.text ?? '') ?? [];
  expect({ user, command }).toEqual({ user: 'nobody', command: `flock ${path} sh -c echo held; read line` });
  // To the second, by two clocks.
  expect(Math.abs(Date.parse(`${since?.replace(' ', 'T')}Z`) - before)).toBeLessThan(10_000);
});
