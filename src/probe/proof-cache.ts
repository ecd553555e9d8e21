/** Proofs of earlier runs on this machine, kept in the image cache. */

import { constants } from 'node:fs';
import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { ISOLATION_TYPES } from '../config/schema-isolation.ts';
import { readBounded } from '../lib/read-bounded.ts';

/** An isolation that works is booted again after a day, one that does not after an hour: it may have been repaired. */
const KEEP_WORKING_MS = 24 * 3600e3;
const KEEP_BROKEN_MS = 3600e3;
const MAX_BYTES = 2 ** 20;
const MAX_PROOFS = 200;

const text = v.pipe(v.string(), v.maxLength(16_384));
const Result = v.strictObject({
  isolation: text,
  type: v.picklist(ISOLATION_TYPES),
  usable: v.boolean(),
  version: v.nullable(text),
  reason: v.nullable(text),
  fix: v.nullable(text),
  accelerator: v.nullable(v.picklist(['kvm', 'tcg'])),
  emulated: v.boolean(),
  provedMs: v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))),
  notes: v.pipe(v.array(text), v.maxLength(50)),
});
const Proof = v.strictObject({
  key: text,
  /** Milliseconds since 1970. */
  at: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  result: Result,
});
const File = v.strictObject({
  schema: v.literal('isogate.proofs/1'),
  proofs: v.pipe(v.array(Proof), v.maxLength(MAX_PROOFS)),
});
export type Proof = v.InferOutput<typeof Proof>;

export interface ProofCache {
  /** The proof of the same thing on the same machine, where it is young enough. */
  find(key: string): Proof | null;
  put(proof: Proof): void;
  /** Written in one piece, and only where something was put. @throws the system's error */
  save(): Promise<void>;
}

/** A file that is missing, foreign, too large or of another shape counts as empty: everything is booted again. */
export async function openProofCache(cacheDir: string, nowMs = Date.now()): Promise<ProofCache> {
  const directory = join(cacheDir, 'probe');
  const isYoung = ({ at, result }: Proof): boolean =>
    at <= nowMs && nowMs - at < (result.usable ? KEEP_WORKING_MS : KEEP_BROKEN_MS);
  const proofs = new Map<string, Proof>();
  for (const proof of await readProofs(cacheDir, directory)) if (isYoung(proof)) proofs.set(proof.key, proof);
  let changed = false;
  return {
    find: (key) => proofs.get(key) ?? null,
    put(proof) {
      proofs.set(proof.key, proof);
      changed = true;
    },
    async save() {
      if (!changed) return;
      const newest = [...proofs.values()].sort((a, b) => b.at - a.at).slice(0, MAX_PROOFS);
      await replace(directory, { schema: 'isogate.proofs/1', proofs: newest });
    },
  };
}

async function readProofs(cacheDir: string, directory: string): Promise<Proof[]> {
  for (const path of [cacheDir, directory]) {
    const found = await stat(path).catch(() => null);
    if (found === null || !isOursAlone(found)) return [];
  }
  try {
    const text = readBounded(join(directory, 'proofs.json'), MAX_BYTES, 'proofs', {
      flags: constants.O_NOFOLLOW,
      accept: isOursAlone,
    });
    const parsed = v.safeParse(File, JSON.parse(text));
    return parsed.success ? parsed.output.proofs : [];
  } catch {
    return [];
  }
}

const isOursAlone = ({ uid, mode }: { uid: number; mode: number }): boolean =>
  uid === process.geteuid?.() && (mode & 0o022) === 0;

async function replace(directory: string, file: v.InferOutput<typeof File>): Promise<void> {
  if (await mkdir(directory, { recursive: true, mode: 0o755 })) await chmod(directory, 0o755);
  const fresh = join(directory, `.proofs-${process.pid}-${Date.now()}`);
  try {
    const handle = await open(fresh, 'wx', 0o644);
    try {
      await handle.writeFile(`${JSON.stringify(file)}\n`);
    } finally {
      await handle.close();
    }
    await rename(fresh, join(directory, 'proofs.json'));
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
