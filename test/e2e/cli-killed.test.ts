import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeHostLock } from '../../src/host/host-lock.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import type { BlockRecord } from '../../src/model/samples.ts';
import type { VerdictDocument } from '../../src/model/verdict.ts';
import { type CliRun, createProject, type Project, runCli, startCli } from '../support/cli-run.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { descendants, liveInstances, runOf } from '../support/live-instances.ts';

// All arms are gated here, emulated ones too, so that every block has an instance of every type.
const EVERY_TYPE = `name: stopped
functions: { nothing: { directory: fn, command: [./agent, "null"] } }
isolations: { native: {}, runc: {}, gvisor: {}, qemu-microvm: { accelerator: [tcg] } }
budgets: { runc: { cold_start: +60s }, gvisor: { cold_start: +60s }, qemu-microvm: { cold_start: +60s } }
gate_emulated: true
measure: { time: 300s, max_blocks: 30, invocations: 20, warmup: 1 }
`;

let project: Project;
beforeAll(() => {
  project = createProject(EVERY_TYPE);
});
afterAll(() => project.remove());

/** A line may be said again where nothing else is for ten seconds. */
const blocksDone = (run: CliRun): number =>
  new Set(run.lines.flatMap(({ text }) => / (\d+) of at most \d+ blocks/.exec(text)?.[1] ?? [])).size;

/** Blocks that hold all that they were to hold, this isolation among it. */
function blocksWith(isolation: string): number {
  const there = new Map<number, Set<string>>();
  for (const record of project.instances())
    there.set(record.block, (there.get(record.block) ?? new Set()).add(`${record.isolation} ${record.arm}`));
  const isWhole = ({ block, arms }: BlockRecord): boolean =>
    arms.every((arm) => there.get(block)?.has(`${arm.isolation} ${arm.arm}`));
  return project.blocks().filter((one) => isWhole(one) && one.arms.some((arm) => arm.isolation === isolation)).length;
}

/** Stops the whole harness at a moment at which an instance of this type is alive. */
async function freezeWith(run: CliRun, runId: string, type: IsolationType): Promise<void> {
  for (;;) {
    process.kill(run.pid, 'SIGSTOP');
    if (liveInstances(runId).has(type)) return;
    process.kill(run.pid, 'SIGCONT');
    await sleep(5);
  }
}

describe('killed without a chance to clean up', () => {
  it.each(['native', 'runc', 'gvisor', 'qemu-microvm'] as const)(
    'while %s runs: clean leaves nothing, and the finished blocks are decided again',
    async (type) => {
      const run = startCli([...project.gate, '--verbose']);
      await run.line(/ 2 of at most \d+ blocks/);
      const runId = runOf(run.pid);
      await freezeWith(run, runId, type);
      // Its hold on the lock outlives it here, or another run on this machine might sweep before `clean` does.
      const lockHolders = descendants(run.pid).filter((pid) =>
        /^(flock\0|cat\0)/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
      );
      expect(lockHolders).toHaveLength(2);
      for (const pid of lockHolders) process.kill(pid, 'SIGSTOP');
      try {
        run.kill('SIGKILL');
        expect(await run.done).toMatchObject({ code: null, signal: 'SIGKILL' });
        const left = leftovers(runId);
        expect(left).toContain(`/run/isogate/${runId}`);
        expect(left.some((one) => one.startsWith('cgroup '))).toBe(true);

        const cleaned = await runCli(['clean', '--json']);
        expect(cleaned.code).toBe(0);
        expect(JSON.parse(cleaned.out).removed).toContain(runId);
        expect(leftovers(runId)).toEqual([]);
        expect([...liveInstances(runId)]).toEqual([]);
      } finally {
        for (const pid of lockHolders) process.kill(pid, 'SIGCONT');
      }
      const replayed = await runCli(['replay', '--json', join(project.out, 'samples.jsonl')]);
      const document = JSON.parse(replayed.out) as VerdictDocument;
      // Two or three blocks settle nothing.
      expect({ code: replayed.code, verdict: document.verdict }).toEqual({ code: 3, verdict: 'not-measured' });
      expect(document.comparisons.map(({ isolation, blocks }) => [isolation, blocks])).toEqual([
        ['runc', blocksWith('runc')],
        ['gvisor', blocksWith('gvisor')],
        ['qemu-microvm', blocksWith('qemu-microvm')],
      ]);
      expect(blocksWith('native')).toBe(blocksDone(run));
    },
    HOST_WAIT_MS,
  );
});

describe('asked to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s in mid-run: a verdict on what was measured, and nothing left',
    async (signal) => {
      const run = startCli([...project.gate, '--verbose']);
      await run.line(/ 2 of at most \d+ blocks/);
      const runId = runOf(run.pid);
      await freezeWith(run, runId, signal === 'SIGTERM' ? 'qemu-microvm' : 'runc');
      run.kill(signal);
      run.kill('SIGCONT');
      const { code, log, out } = await run.done;
      expect({ code, log }).toMatchObject({ code: 3 });
      expect(log).toContain(`${signal}: stopping, then deciding on what was measured; once more to stop at once\n`);
      expect(log).toContain('interrupted: deciding on what was measured\n');
      expect(out).toContain('Isogate stopped: not measured');
      expect(project.end()).toMatchObject({ type: 'end', reason: 'interrupted' });
      const verdict = project.verdict();
      expect(verdict.verdict).toBe('not-measured');
      expect(verdict.comparisons.map(({ isolation, blocks }) => [isolation, blocks])).toEqual([
        ['runc', blocksWith('runc')],
        ['gvisor', blocksWith('gvisor')],
        ['qemu-microvm', blocksWith('qemu-microvm')],
      ]);
      expect(blocksWith('native')).toBe(blocksDone(run));
      expect(blocksDone(run)).toBeGreaterThanOrEqual(2);
      expect(verdict.warnings.map(({ code: warning }) => warning)).toContain('interrupted');
      expect(leftovers(runId)).toEqual([]);
    },
    HOST_WAIT_MS,
  );

  it(
    'before anything was measured: says so, and writes no result',
    async () => {
      const early = join(project.directory, 'early');
      const run = startCli([...project.gate, '--out', early]);
      await run.line(/^probe · gvisor: works/);
      const runId = runOf(run.pid);
      run.kill('SIGTERM');
      const { code, log, out } = await run.done;
      expect({ code, out, log }).toEqual({
        ...{ code: 3, out: '' },
        log: expect.stringMatching(/stop at once\nisogate: stopped by SIGTERM\n$/),
      });
      expect(readdirSync(early)).toEqual([]);
      expect(leftovers(runId)).toEqual([]);
    },
    HOST_WAIT_MS,
  );

  it(
    'while it waits for its turn',
    async () => {
      const lock = await takeHostLock(() => {}, new AbortController().signal);
      try {
        const run = startCli(project.gate);
        await run.line(/^another run measures on this host/);
        run.kill('SIGINT');
        const { code, log } = await run.done;
        expect({ code, log }).toMatchObject({
          code: 3,
          log: expect.stringContaining('the host lock /run/isogate/lock'),
        });
      } finally {
        await lock.release();
      }
    },
    HOST_WAIT_MS,
  );
});
