/** Flow part: which proofs of earlier runs hold for this one, and this one's own for the next. */

import { messageOf } from '../model/errors.ts';
import type { FunctionImage, GuestKernel } from '../model/image.ts';
import { openProofCache } from './proof-cache.ts';
import { imageState, kvmKey, machineState, proofKey } from './proof-key.ts';
import type { KvmTrials, ProofBench, ProveOptions } from './prove.ts';

export interface ProofMemory {
  kvmHung: KvmTrials['hung'];
  find: NonNullable<ProofBench['remembered']>;
  remember: NonNullable<ProofBench['remember']>;
  save(): Promise<void>;
}

export async function rememberProofs(
  options: Pick<ProveOptions, 'cacheDir' | 'config' | 'log' | 'reuse'> & {
    image: FunctionImage;
    kernel: GuestKernel | null;
  },
): Promise<ProofMemory> {
  const { cacheDir, config, log, image, kernel } = options;
  const cache = await openProofCache(cacheDir);
  const machine = await machineState();
  const imageParts = imageState(image, kernel, config.resources);
  const hangKey = kvmKey(machine, imageParts);
  const hang = options.reuse === 'nothing' ? null : cache.find(hangKey);
  return {
    kvmHung: hang && {
      under: hang.result.isolation,
      when: `, ${minutesAgo(hang.at)}; isogate probe --fresh tries again`,
    },
    async find(attempt) {
      const proof = cache.find(await proofKey(attempt, machine, imageParts));
      if (proof === null) return null;
      return { ...proof.result, isolation: attempt.config.name, provedAt: new Date(proof.at).toISOString() };
    },
    async remember(attempt, result, kvmHung) {
      const at = Date.now();
      cache.put({ key: await proofKey(attempt, machine, imageParts), at, result });
      if (kvmHung) cache.put({ key: hangKey, at, result });
    },
    save: () =>
      cache.save().catch((error) => log(`the proofs could not be kept for the next run: ${messageOf(error)}`)),
  };
}

const minutesAgo = (at: number): string => {
  const minutes = Math.max(0, Math.round((Date.now() - at) / 60_000));
  return minutes < 1 ? 'less than a minute ago' : `${minutes} min ago`;
};
