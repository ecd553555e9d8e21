/**
 * Seals of a samples file. Each line carries a code over itself and all lines before it, so that none can be changed, added
 * or left out without the key of the machine that wrote it.
 */

import { createHmac } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SealKey } from '../host/seal-key.ts';
import { readLines } from './read-lines.ts';

const START = 'isogate.seal/1';
const DIGITS = 32;
const SUFFIX = /^,"seal":"([0-9a-f]{32})"\}$/;
const SUFFIX_LENGTH = ',"seal":""}'.length + DIGITS;

/** A line's own text, and its seal; null where it has none. */
export function splitSeal(line: string): { text: string; seal: string | null } {
  const [, seal] = SUFFIX.exec(line.slice(-SUFFIX_LENGTH)) ?? [];
  return seal === undefined ? { text: line, seal: null } : { text: `${line.slice(0, -SUFFIX_LENGTH)}}`, seal };
}

/** Gives each line, in their order, its seal. */
function startChain({ secret }: SealKey): (text: string) => string {
  let last = START;
  return (text) => {
    last = createHmac('sha256', secret).update(last).update('\n').update(text).digest('hex').slice(0, DIGITS);
    return last;
  };
}

export interface Sealer {
  /** The lines with their seals, which are to be written next. */
  seal(texts: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

/** Older than any run that GitHub lets somebody run again. */
const KEPT_MS = 100 * 24 * 3600 * 1000;

/**
 * Remembers beside the key how far the file goes, because lines that are cut off at the end break no chain. Written before
 * the lines are, it names the seals before and after them: a run may be killed in between.
 */
export async function openSealer(key: SealKey): Promise<Sealer> {
  const next = startChain(key);
  let last = '';
  let tip: FileHandle | null = null;
  return {
    async seal(texts) {
      const before = last;
      const sealed = texts.map((text) => {
        last = next(text);
        return `${text.slice(0, -1)},"seal":"${last}"}`;
      });
      const [first = ''] = sealed;
      tip ??= await openTip(key, splitSeal(first).seal ?? '');
      await tip.write(`${before.padEnd(DIGITS)} ${last.padEnd(DIGITS)}\n`, 0);
      return sealed;
    },
    close: async () => tip?.close(),
  };
}

const tipsOf = ({ directory }: SealKey): string => join(directory, 'tips');

async function openTip(key: SealKey, name: string): Promise<FileHandle> {
  const tips = tipsOf(key);
  await mkdir(tips, { recursive: true, mode: 0o700 });
  const now = Date.now();
  for (const file of await readdir(tips)) {
    const path = join(tips, file);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > KEPT_MS) await rm(path, { force: true });
  }
  return open(join(tips, name), 'w', 0o600);
}

export type SealFinding =
  /** By this machine's key, and whole. */
  | { state: 'sealed' }
  | { state: 'unsealed' }
  /** By a key that is not on this machine, or that this user may not read. */
  | { state: 'unknown-key' }
  /** `line` counts the lines that are there. */
  | { state: 'broken'; line: number }
  /** Lines are missing at the end. */
  | { state: 'cut' };

/** What is wrong with samples that are to be carried on, as the end of a sentence; null where nothing is. */
export function explainSeal(finding: SealFinding): string | null {
  switch (finding.state) {
    case 'sealed':
      return null;
    case 'unsealed':
      return 'they carry no seal';
    case 'unknown-key':
      return 'they were sealed on another machine, whose key this one has not';
    case 'broken':
      return `their seal does not fit from line ${finding.line} on, so they were changed after they were measured`;
    case 'cut':
      return 'lines are missing at their end, so they were changed after they were measured';
  }
}

export interface SealCheck {
  /** Takes the next line. @returns it without its seal */
  add(line: string): string;
  /** No further line changes the finding. */
  isOver(): boolean;
  finish(): Promise<SealFinding>;
}

/** @param key this machine's; null where there is none, or this user may not read it */
export function startSealCheck(key: SealKey | null): SealCheck {
  let lines = 0;
  let header: { sealedBy: unknown; seal: string | null } = { sealedBy: undefined, seal: null };
  let next: (text: string) => string = () => '';
  let last = '';
  let brokenAt: number | null = null;
  return {
    add(line) {
      const { text, seal } = splitSeal(line);
      if (lines === 0) {
        header = { sealedBy: readSealedBy(text), seal };
        if (key !== null) next = startChain(key);
      }
      lines += 1;
      last = next(text);
      if (seal !== last) brokenAt ??= lines;
      return text;
    },
    isOver: () => lines > 0 && (key === null || header.sealedBy !== key.id || brokenAt !== null),
    async finish() {
      const { sealedBy, seal } = header;
      if (sealedBy === undefined) return { state: 'unsealed' };
      if (key === null || sealedBy !== key.id) return { state: 'unknown-key' };
      if (brokenAt !== null) return { state: 'broken', line: brokenAt };
      // Another machine with the same key may have written it; then nothing is known here of how far it went.
      const tip = await readFile(join(tipsOf(key), seal ?? ''), 'utf8').catch(() => null);
      const ends = tip?.trim().split(/\s+/) ?? [last];
      return ends.includes(last) ? { state: 'sealed' } : { state: 'cut' };
    },
  };
}

function readSealedBy(header: string): unknown {
  try {
    return Object(JSON.parse(header)).sealedBy;
  } catch {
    return undefined;
  }
}

/** @throws BadInputError where the file cannot be read */
export async function checkSeal(path: string, key: SealKey | null): Promise<SealFinding> {
  const check = startSealCheck(key);
  let torn: string | null = null;
  for await (const lines of readLines(path))
    for (const { text } of lines) {
      if (text.trim() === '') continue;
      if (torn !== null) check.add(torn);
      if (check.isOver()) return check.finish();
      torn = text;
    }
  // A run that was killed leaves a part of a line.
  if (torn?.endsWith('}')) check.add(torn);
  return check.finish();
}
