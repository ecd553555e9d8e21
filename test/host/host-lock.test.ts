import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { takeHostLock } from '../../src/host/host-lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-lock-'));
const never = new AbortController().signal;
const quiet = (): void => {};
let path: string;
let tests = 0;

beforeAll(async () => {
  const build = await rolldown({ input: 'test/support/holds-lock.ts', platform: 'node' });
  await build.write({ file: join(directory, 'holds-lock.mjs'), format: 'esm' });
  await build.close();
});
beforeEach(() => {
  path = join(directory, String(tests++), 'lock');
});
afterAll(async () => {
  // Holders end with their owners, a moment later.
  await vi.waitUntil(() => holders().length === 0);
  rmSync(directory, { recursive: true });
});

/** Processes of any lock of these tests. */
function holders(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`flock\0${directory}`);
    } catch {
      return false;
    }
  });
}

/** Another process that has the lock. */
async function otherRun(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(directory, 'holds-lock.mjs'), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('locked\n');
  return child;
}

it('is had at once where nobody has it, in a directory that need not be there, and again after its release', async () => {
  for (let round = 0; round < 3; round++) {
    const lines: string[] = [];
    const lock = await takeHostLock((line) => lines.push(line), never, path);
    expect(lines).toEqual([]);
    await lock.release();
    await lock.release();
  }
});

const WORDS = (pid: number | undefined): RegExp =>
  new RegExp(
    `^another run measures on this host: process ${pid} of \\w+ \\(.*node ${directory}/holds-lock\\.mjs ${directory}/\\d+/lock\\), since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC; waiting for its lock$`,
  );

it('a second taker waits, says once who has it, and has it when the first lets go', async () => {
  const child = await otherRun();
  const lines: string[] = [];
  const waiting = takeHostLock((line) => lines.push(line), never, path);
  const first = await Promise.race([waiting.then(() => 'taken'), sleep(1_200, 'still waiting')]);
  expect(first).toBe('still waiting');
  expect(lines).toEqual([expect.stringMatching(WORDS(child.pid))]);
  child.stdin?.write('let go\n');
  const lock = await waiting;
  expect(lock.waitedMs).toBeGreaterThan(0);
  expect(lines).toHaveLength(1);
  await lock.release();
});

it('says who has it now where another of the waiting had its turn first', async () => {
  const first = await otherRun();
  const second = spawn(process.execPath, [join(directory, 'holds-lock.mjs'), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  second.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await vi.waitUntil(() => said.includes(`process ${first.pid} of`), 10_000);
  const lines: string[] = [];
  const waiting = takeHostLock((line) => lines.push(line), never, path);
  await vi.waitUntil(() => lines.length === 1, 10_000);
  first.stdin?.write('let go\n');
  await vi.waitUntil(() => lines.length === 2, 10_000);
  expect(lines).toEqual([expect.stringMatching(WORDS(first.pid)), expect.stringMatching(WORDS(second.pid))]);
  second.stdin.write('let go\n');
  await (await waiting).release();
});

it('a holder that left no record is found by the list of the kernel, and one that is dead is not taken for it', async () => {
  const child = await otherRun();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await vi.waitUntil(() => holders().length === 0, 10_000);
  // The record of the dead one is still in the file.
  expect(readFileSync(path, 'utf8')).toContain(`"pid":${child.pid},`);
  const byHand = spawn('flock', [path, 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(byHand.stdout, 'data');
  const lines: string[] = [];
  const waiting = takeHostLock((line) => lines.push(line), never, path);
  await vi.waitUntil(() => lines.length === 1, 10_000);
  expect(lines[0]).toMatch(
    new RegExp(
      `^another run measures on this host: process ${byHand.pid} of \\w+ \\(flock ${path} sh -c echo held; read line\\), since `,
    ),
  );
  byHand.stdin.end('\n');
  await (await waiting).release();
  expect(readFileSync(path, 'utf8')).toBe('');
});

it('and when the first is killed without a chance to let go', async () => {
  const child = await otherRun();
  const waiting = takeHostLock(quiet, never, path);
  expect(await Promise.race([waiting.then(() => 'taken'), sleep(300, 'still waiting')])).toBe('still waiting');
  child.kill('SIGKILL');
  const lock = await waiting;
  await lock.release();
});

it('an abort ends the wait, and leaves nobody in the queue', async () => {
  const lock = await takeHostLock(quiet, never, path);
  const controller = new AbortController();
  const waiting = takeHostLock(quiet, controller.signal, path);
  setTimeout(() => controller.abort(new Error('stopped by a test')), 100);
  await expect(waiting).rejects.toMatchObject({
    name: 'NotMeasurableError',
    message: expect.stringContaining(`the host lock ${path} could not be taken: `),
  });
  expect(holders()).toHaveLength(1);
  await lock.release();
  await expect(takeHostLock(quiet, controller.signal, path)).rejects.toMatchObject({ name: 'NotMeasurableError' });
  await (await takeHostLock(quiet, never, path)).release();
});

it('a lock that cannot be opened is named', async () => {
  const inFile = join(directory, 'holds-lock.mjs', 'lock');
  await expect(takeHostLock(quiet, never, inFile)).rejects.toThrow(/ENOTDIR|EEXIST/);
});

it('a holder that closes its input and ends is a lock that could not be taken, and not an uncaught EPIPE', async () => {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'flock'), '#!/bin/sh\nexec <&-\nsleep 0.2\nexit 3\n', { mode: 0o755 });
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}:${before}`;
  try {
    await expect(takeHostLock(quiet, never, path)).rejects.toThrow('flock ended with 3');
  } finally {
    process.env['PATH'] = before;
  }
});
