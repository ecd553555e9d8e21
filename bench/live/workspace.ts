/** What a user's repository would hold: the functions, one event each, and the isogate.yml of the case at hand. */

import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LiveFunction } from './cases.ts';
import type { WorkEvent } from './slow-isolation.ts';

export interface Workspace {
  directory: string;
  /** Images of all cases and runs. */
  cacheDir: string;
  configPath: string;
  events: Record<LiveFunction, WorkEvent>;
  writeConfig(document: Record<string, unknown>): void;
  remove(): void;
}

type Handler = (event: WorkEvent) => unknown;

/** Rough guesses that last a few milliseconds; a warm call is then made to last this long on the machine at hand. */
const FIRST_GUESS: Record<Exclude<LiveFunction, 'threads'>, number> = {
  arithmetic: 1_000_000,
  digest: 1000,
  json: 1000,
};
const CALL_MS = 4;
const CALLS = 31;

export async function openWorkspace(root: string): Promise<Workspace> {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-bench-live-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  try {
    // Functions and guests run as users of their own, who have to get at the images.
    chmodSync(directory, 0o755);
    const cacheDir = join(directory, 'cache');
    mkdirSync(cacheDir, { mode: 0o755 });
    cpSync(join(root, 'bench/live-function'), join(directory, 'function'), { recursive: true });
    mkdirSync(join(directory, 'events'));
    const handlers = await import(pathToFileURL(join(directory, 'function/functions.mjs')).href);
    cpSync(join(root, 'fixtures/cases/threads'), join(directory, 'threads'), { recursive: true });
    // Of the threads' work there is always the same.
    const events = { threads: { work: 1, coldExtraMs: 0 } } as Record<LiveFunction, WorkEvent>;
    for (const name of Object.keys(FIRST_GUESS) as (keyof typeof FIRST_GUESS)[])
      events[name] = { work: workFor(handlers[name], FIRST_GUESS[name]), coldExtraMs: 0 };
    for (const [name, event] of Object.entries(events))
      writeFileSync(join(directory, `events/${name}.json`), JSON.stringify(event));
    const configPath = join(directory, 'isogate.yml');
    // YAML has all of JSON in it.
    const writeConfig = (document: Record<string, unknown>): void =>
      writeFileSync(configPath, JSON.stringify(document, null, 2));
    return { directory, cacheDir, configPath, events, writeConfig, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function workFor(handler: Handler, guess: number): number {
  const callsMs = Array.from({ length: CALLS }, () => {
    const startMs = performance.now();
    handler({ work: guess, coldExtraMs: 0 });
    return performance.now() - startMs;
  });
  return Number(((guess * CALL_MS) / Math.min(...callsMs)).toPrecision(2));
}
