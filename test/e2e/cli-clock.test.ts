/** Clocks that jump while a run measures: its wall clock is set, or the machine was suspended. The verdict does not move. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { type CliOptions, createProject, type Project, ROOT, startCli } from '../support/cli-run.ts';
import { leftovers } from '../support/leftovers.ts';

let project: Project;
afterEach(() => {
  expect(leftovers(project.header().runId)).toEqual([]);
  project.remove();
});

const CONFIG = `name: clock
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations: { native: {}, bubblewrap: {} }
budgets: { bubblewrap: { cold_start: +60s } }
measure: { time: 60s, min_blocks: 8, max_blocks: 12, invocations: 5, warmup: 1 }
`;

/** A run during which something happens every few milliseconds, in each instance, from its second block on. */
async function gateWhile(happens: () => void, options: CliOptions): Promise<VerdictDocument> {
  const run = startCli([...project.gate, '--verbose'], options);
  await run.line(/ 2 of at most \d+ blocks/);
  const timer = setInterval(happens, 5);
  const { code, log } = await run.done.finally(() => clearInterval(timer));
  expect({ code, log }).toMatchObject({ code: 0 });
  return project.verdict();
}

/** In place and in one piece: the file is mounted elsewhere, and is read at any moment. */
function overwrite(path: string, text: string): void {
  const file = openSync(path, constants.O_CREAT | constants.O_WRONLY);
  writeSync(file, text, 0);
  closeSync(file);
}

const valuesOf = (key: string): number[] => project.instances().flatMap(({ host }) => host?.[key] ?? []);
const messagesOf = ({ warnings }: VerdictDocument, code: string): string[] =>
  warnings.filter((one) => one.code === code).map(({ message }) => message);
const areTimesSound = (): boolean =>
  project.instances().every(({ metrics }) => {
    const ms = metrics['cold_start_ms'] ?? -1;
    return ms > 0 && ms < 60_000;
  });

it('a wall clock that is set again and again is named, and the verdict stands', async () => {
  project = createProject(CONFIG);
  const library = join(project.directory, 'set-clock.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, join(ROOT, 'test/e2e/set-clock.c')]);
  const clock = join(project.directory, 'clock');
  let hours = 0;
  const set = () => overwrite(clock, `${-hours * 3_600_000}`.padEnd(24));
  set();
  const options = { env: { LD_PRELOAD: library, ISOGATE_CLOCK: clock } };
  const verdict = await gateWhile(() => {
    hours += 1;
    set();
  }, options);
  expect(verdict.verdict).toBe('pass');
  expect(messagesOf(verdict, 'clock-set')).toEqual([
    expect.stringMatching(
      /^the machine's clock was set back by up to \d+ min in \d+ of \d+ blocks of nothing: times are measured by a clock that nobody sets, so they count; /,
    ),
  ]);
  expect(valuesOf('clock_set_ms').every((ms) => ms < -3_590_000)).toBe(true);
  expect([valuesOf('suspended_ms'), messagesOf(verdict, 'machine-suspended'), areTimesSound()]).toEqual([[], [], true]);
});

it('a machine that is suspended is named, its blocks count as disturbed, and the verdict stands', async () => {
  project = createProject(CONFIG);
  // A mount namespace with an uptime of our own: the machine itself is not put to sleep.
  const uptime = join(project.directory, 'uptime');
  let seconds = 1000;
  const set = () => overwrite(uptime, `${seconds}.00 1.00`.padEnd(24));
  set();
  const wrap = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /proc/uptime && exec "$@"', uptime];
  const verdict = await gateWhile(
    () => {
      seconds += 95;
      set();
    },
    { wrap },
  );
  expect(verdict.verdict).toBe('pass');
  expect(messagesOf(verdict, 'machine-suspended')).toEqual([
    expect.stringMatching(/^the machine was suspended for [\d.]+ min in \d+ of \d+ blocks of nothing: /),
  ]);
  expect(valuesOf('suspended_ms').every((ms) => ms > 90_000)).toBe(true);
  expect(areTimesSound()).toBe(true);
});
