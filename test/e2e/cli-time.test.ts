/** Time that goes where the verdict is: slow functions, what does not fit, and the time budget of a run. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BlockRecord } from '../../src/model/samples.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { splitSeal } from '../../src/samples/seal.ts';
import { type CliResult, runCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-time-'));
beforeAll(() =>
  cpSync(join(import.meta.dirname, '../../fixtures/cases'), join(directory, 'cases'), { recursive: true }),
);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SLOW = { directory: 'slow', handler: 'index.mjs#handler' };

interface Gated extends CliResult {
  verdict: VerdictDocument;
  report: string;
  records: { type: string }[];
}

async function gate(config: object, more: string[] = []): Promise<Gated> {
  const configPath = join(directory, 'cases/isogate.yml');
  writeFileSync(configPath, stringify({ name: 'time', ...config }));
  const out = join(directory, 'out');
  const paths = ['--config', configPath, '--cache-dir', join(directory, 'cache'), '--out', out];
  const result = await runCli(['gate', ...paths, ...more]);
  const lines = readFileSync(join(out, 'samples.jsonl'), 'utf8').trimEnd().split('\n');
  return {
    ...result,
    verdict: JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8')),
    report: readFileSync(join(out, 'report.md'), 'utf8'),
    records: lines.map((line) => JSON.parse(splitSeal(line).text)),
  };
}

it(
  'a handler that takes a second is decided with default settings, and an arm without a budget comes after it',
  async (context) => {
    context.skip(!process.env['ISOGATE_FULL'], 'takes two minutes; part of npm run test:full');
    const { code, verdict, records } = await gate({
      functions: { slow: SLOW },
      isolations: { native: {}, runc: {}, gvisor: {} },
      budgets: { runc: { latency: '+50%' } },
    });
    expect(verdict.comparisons.map((one) => [one.isolation, one.verdict])).toEqual([['runc', 'pass']]);
    expect(code).toBe(0);
    // The ranks need seven blocks, so nothing was measured that the verdict did not need.
    expect(verdict.comparisons[0]?.blocks).toBeLessThanOrEqual(9);
    const blocks = records.filter((record): record is BlockRecord => record.type === 'block');
    const kinds = blocks.map(({ orientation, arms }) => [
      orientation ?? false,
      arms.some(({ isolation }) => isolation === 'gvisor'),
    ]);
    const first = kinds.findIndex(([orientation]) => orientation === true);
    expect(first).toBe(verdict.comparisons[0]?.blocks);
    expect(kinds.slice(0, first)).toEqual(Array(first).fill([false, false]));
    expect(kinds.slice(first)).toEqual(Array(kinds.length - first).fill([true, true]));
  },
  HOST_WAIT_MS + 600_000,
);

it(
  'what does not fit is told with the line that gives it the time, in terminal and report, and gets no block',
  async () => {
    const { code, log, out, verdict, report, records } = await gate({
      functions: { slow: SLOW },
      isolations: { native: {}, runc: {} },
      budgets: { runc: { latency: '+50%' } },
      measure: { time: '2s', max_time: '12s' },
    });
    expect(code).toBe(3);
    const told = /set measure: \{ max_time: \dm \}/;
    expect(log).toMatch(told);
    expect(out).toMatch(told);
    expect(report.replaceAll('\\', '')).toMatch(told);
    expect(verdict.comparisons.map((one) => [one.verdict, one.gated, one.blocks])).toEqual([['not-measured', true, 0]]);
    expect(records.filter(({ type }) => type === 'block' || type === 'instance')).toEqual([]);
  },
  HOST_WAIT_MS + 120_000,
);

it(
  'a time budget ends a build that takes longer, and what it cuts off is not measured',
  async () => {
    const { code, log, verdict, records } = await gate(
      {
        functions: { built: { ...SLOW, build: ['sleep', '3600'] }, slow: SLOW },
        isolations: { native: {}, runc: {} },
        budgets: { runc: { latency: '+50%' } },
      },
      ['--time-budget', '8s'],
    );
    expect(code).toBe(3);
    expect(verdict.verdict).toBe('not-measured');
    expect(verdict.comparisons.map((one) => [one.function, one.verdict, one.gated])).toEqual([
      ['built', 'not-measured', true],
      ['slow', 'not-measured', true],
    ]);
    expect(verdict.comparisons[0]?.reason).toMatch(
      /^the run’s time budget of 8 s ended before this was decided; raise it by .+ at least \(time-budget\)$/,
    );
    expect(log.split('\n').filter((line) => line.startsWith('time budget: '))).toEqual([
      expect.stringMatching(
        /^time budget: 8 s were too short to decide built, slow, so what is open there is not measured; \d+m may do$/,
      ),
    ]);
    expect(verdict.warnings.map(({ code }) => code)).toContain('time-budget');
    expect(records.at(-1)).toMatchObject({ type: 'end', reason: 'time' });
  },
  HOST_WAIT_MS + 120_000,
);
