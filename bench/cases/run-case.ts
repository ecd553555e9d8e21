/** One case by the command line, as a user runs it. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { BenchCase } from './list-cases.ts';
import type { CasePlace } from './open-place.ts';
import { timeToVerdict } from './time-to-verdict.ts';
import { watchRecords } from './watch-records.ts';

/** The schema of a file with results is a list of these. */
export interface CaseResult {
  case: string;
  verdict: string;
  blocks: number;
  /** Until the verdict, without set-up; and until the last arm without a limit was measured. */
  verdictSeconds: number;
  totalSeconds: number;
  /** Of the first comparison that did not pass. */
  reason: string | null;
}

interface CaseJob {
  cli: string;
  place: CasePlace;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** @throws Error with what the command line said where it came to no verdict; the signal's reason when it was aborted */
export async function runCase(one: BenchCase, { cli, place, log, signal }: CaseJob): Promise<CaseResult> {
  place.prepare(one);
  const stop = watchRecords(place.outDir);
  const { configPath, outDir, cacheDir } = place;
  const args = [cli, 'gate', '--config', configPath, '--out', outDir, '--cache-dir', cacheDir, '--json'];
  const said = await runToEnd(args, log, signal);
  const seen = stop();
  signal.throwIfAborted();
  const text = readVerdict(outDir);
  if (text === null || seen.length === 0)
    throw new Error(`${one.name} came to no verdict: ${said.slice(-3).join(' ')}`);
  const { verdict, comparisons } = JSON.parse(text) as {
    verdict: string;
    comparisons: { gated: boolean; verdict: string; reason: string }[];
  };
  const { blocks, verdictMs, totalMs } = timeToVerdict(seen);
  return {
    ...{ case: one.name, verdict, blocks },
    verdictSeconds: Number((verdictMs / 1000).toFixed(1)),
    totalSeconds: Number((totalMs / 1000).toFixed(1)),
    reason: comparisons.find((other) => other.gated && other.verdict !== 'pass')?.reason ?? null,
  };
}

const readVerdict = (directory: string): string | null => {
  try {
    return readFileSync(join(directory, 'verdict.json'), 'utf8');
  } catch {
    return null;
  }
};

/** Resolves with the lines of standard error once it has ended; an aborted signal interrupts it first. */
function runToEnd(args: string[], log: (line: string) => void, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    // The bench itself stays on one CPU; what it measures has all of them.
    const child = spawn('taskset', ['-c', `0-${cpus().length - 1}`, process.execPath, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines: string[] = [];
    let pending = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = `${pending}${chunk}`.split('\n');
      pending = parts.pop() ?? '';
      lines.push(...parts);
      for (const line of parts) log(`  ${line}`);
    });
    const interrupt = (): void => void child.kill('SIGINT');
    signal.addEventListener('abort', interrupt);
    child.on('error', reject);
    child.on('close', () => {
      signal.removeEventListener('abort', interrupt);
      resolve(lines);
    });
  });
}
