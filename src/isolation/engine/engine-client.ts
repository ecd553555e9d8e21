/**
 * A container engine's client, and the record on disk of the engines that a run uses: written before anything is made in
 * them, so that a sweep finds it.
 */

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { STATE_ROOT } from '../../host/run-registry.ts';
import { sha256 } from '../../lib/digest.ts';
import { askCommand } from '../../lib/run-tool.ts';

const EngineRecord = v.object({
  /** As messages call it. */
  name: v.string(),
  /** The client's argument vector up to the verb, and all of its environment. */
  command: v.array(v.string()),
  env: v.record(v.string(), v.string()),
  /** Directories that this run has for itself: everything of the engine's is in them. Empty for an engine with a daemon. */
  directories: v.array(v.string()),
});
export type EngineRecord = v.InferOutput<typeof EngineRecord>;

const PREFIX = 'engine-';

export const runDirectory = (runId: string): string => join(STATE_ROOT, runId);

/** Doing it again is harmless. */
export function recordEngine(runId: string, record: EngineRecord): void {
  const text = JSON.stringify(record);
  const name = `${PREFIX}${record.name}-${sha256(text).slice(0, 8)}.json`;
  const directory = runDirectory(runId);
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  // A sweep reads all of it or nothing.
  writeFileSync(join(directory, `.${name}`), text, { mode: 0o600 });
  renameSync(join(directory, `.${name}`), join(directory, name));
}

/** Of a run that may be dead for long; what cannot be read is left out. */
export async function recordedEngines(runId: string): Promise<EngineRecord[]> {
  const directory = runDirectory(runId);
  const names = await readdir(directory).catch(() => []);
  const records: EngineRecord[] = [];
  for (const name of names.filter((one) => one.startsWith(PREFIX) && one.endsWith('.json'))) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '');
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), EngineRecord), text);
    if (parsed.success) records.push(parsed.output);
  }
  return records;
}

export type EngineAnswer =
  | { ok: true; stdout: string }
  | {
      ok: false;
      stdout: string;
      /** Last words of the client, or that it did not answer. */
      problem: string;
      /** Whether it was killed because it did not answer in time. */
      isSilent: boolean;
    };

/** A container's whole description. */
const MAX_BYTES = 16 * 2 ** 20;

/** One command to an engine's client. Never throws; what does not end in time is killed, with all that it started. */
export async function askEngine(
  engine: Pick<EngineRecord, 'name' | 'command' | 'env'>,
  args: string[],
  timeoutMs: number,
): Promise<EngineAnswer> {
  const [file = '', ...options] = engine.command;
  const { name, env } = engine;
  const answer = await askCommand(file, [...options, ...args], { timeoutMs, env, maxBytes: MAX_BYTES });
  const failed = { ok: false, stdout: '', isSilent: false } as const;
  switch (answer.outcome) {
    case 'answered':
      return { ok: true, stdout: answer.stdout };
    case 'silent': {
      const problem = `${name} did not answer \`${args[0]}\` within ${answer.afterMs / 1000} s`;
      return { ...failed, problem, isSilent: true };
    }
    case 'absent':
      return { ...failed, problem: `${name} is not installed` };
    case 'failed': {
      const problem = (answer.stderr || `\`${args[0]}\` ended with ${answer.code}`).slice(-500);
      return { ...failed, stdout: answer.stdout, problem };
    }
  }
}
