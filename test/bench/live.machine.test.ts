/** One live case with real instances, and what an interrupted bench leaves. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type LiveCase, selectCases } from '../../bench/live/cases.ts';
import { runLive } from '../../bench/live/run-live.ts';
import { readRuns } from '../../bench/live/run-record.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'isogate-live-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Three times the work: found whatever else the machine does. */
const CASE: LiveCase = {
  ...(selectCases(['latency-10-native'])[0] as LiveCase),
  injection: { kind: 'work', factor: 3 },
  measure: { max_blocks: 12, invocations: 3, warmup: 1 },
};

/** Another run may have to be waited for before. */
const runIdIn = (text: string): string => /^ *run (\d{14}-\w+)$/m.exec(text)?.[1] ?? 'no run id was logged';

it(
  'finds injected work, records the run, leaves nothing, and does not measure again what is on record',
  async () => {
    const lines: string[] = [];
    const options = {
      ...{
        root,
        runs: 1,
        minutes: 20,
        time: null,
        cases: [CASE],
        recordPath: join(directory, 'runs.jsonl'),
        keepDir: directory,
      },
      log: (line: string) => void lines.push(line),
      signal: new AbortController().signal,
    };
    const { result, error } = await runLive(options);
    expect(error).toBeNull();
    expect(result.leftOut).toEqual(new Map());
    expect(result.cases[0]?.tally).toMatchObject({ runs: 1, found: 1, wrong: 0 });
    const [recorded, ...others] = readRuns(options.recordPath);
    expect(others).toEqual([]);
    expect(recorded).toMatchObject({ case: 'latency-10-native', verdict: 'fail', workFactor: 3, coldExtraMs: 0 });
    const [comparison] = recorded?.comparisons ?? [];
    expect(comparison).toMatchObject({ function: 'arithmetic', isolation: 'slower', metric: 'latency', limit: 1.025 });
    expect(comparison?.control).toHaveLength(comparison?.blocks ?? -1);
    const runId = runIdIn(lines.join('\n'));
    expect(readdirSync(directory).filter((name) => name.includes(runId))).toEqual([
      `latency-10-native-0-${runId}.jsonl`,
    ]);
    expect(leftovers(runId)).toEqual([]);

    const before = lines.length;
    expect((await runLive(options)).result).toEqual(result);
    expect(lines.slice(before)).toEqual([]);
  },
  HOST_WAIT_MS,
);

/** Of all processes, so that those of a session of its own are seen too. */
const loops = (): number =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sh\0-c\0while :; do :; done');
    } catch {
      return false;
    }
  }).length;

it(
  'a loaded case runs beside two loops, compares isolations of different types, and ends the loops',
  async () => {
    const before = loops();
    const beside: number[] = [];
    const { result, error } = await runLive({
      ...{ root, runs: 1, minutes: 20, time: null, recordPath: null, keepDir: null },
      cases: [
        {
          ...(selectCases(['threads-loaded'])[0] as LiveCase),
          ...{ time: '600s', measure: { max_blocks: 8, invocations: 1, warmup: 1 } },
        },
      ],
      log: (line) => void (line.includes('pilot: ') && beside.push(loops())),
      signal: new AbortController().signal,
    });
    expect(error).toBeNull();
    expect(result.leftOut).toEqual(new Map());
    expect(beside).toEqual([before + 2]);
    expect(result.cases[0]?.tally?.arms.map(({ isolation, metric }) => `${isolation} ${metric}`).sort()).toEqual([
      'bubblewrap latency',
      'runc latency',
    ]);
    expect(loops()).toBe(before);
  },
  HOST_WAIT_MS,
);

it('no run is begun that might end after the time of the bench', async () => {
  const lines: string[] = [];
  const { result, error } = await runLive({
    ...{ root, runs: 1, minutes: 0.01, time: null, cases: [CASE], recordPath: null, keepDir: null },
    log: (line) => void lines.push(line),
    signal: new AbortController().signal,
  });
  expect(error).toBeNull();
  expect(lines).toEqual(['latency-10-native · run 1 of 1 left out: it might end after 0.01 minutes']);
  expect(result.cases[0]?.tally).toBeNull();
});

it(
  'a bench that is told to end leaves nothing, and shows what it has',
  async () => {
    const env = { ...process.env, TMPDIR: mkdtempSync(join(directory, 'tmp-')) };
    const args = [join(root, 'bench/run.mjs'), 'live', '--runs', '1', '--only', 'aa-native'];
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    let said = '';
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      shown += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      if (!said.includes('pilot: ') && `${said}${text}`.includes('pilot: ')) child.kill('SIGTERM');
      said += text;
    });
    expect(await exited).toEqual([3, null]);
    expect(said).toContain('bench: could not measure: got SIGTERM');
    expect(shown).toContain('## Live');
    expect(leftovers(runIdIn(said))).toEqual([]);
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  },
  HOST_WAIT_MS,
);
