/** A re-run of a workflow in which nothing is left to decide: it says so at once, and waits for no other run. */

import { isDeepStrictEqual } from 'node:util';
import { decide } from '../decide/decide.ts';
import type { Revisions } from '../git/open-revisions.ts';
import type { SealKey } from '../host/seal-key.ts';
import type { Config } from '../model/config.ts';
import type { Samples, SamplesHeader, WorkflowRun } from '../model/samples.ts';
import { asRead } from '../samples/refuse-other-run.ts';
import { openSamples } from '../samples/samples-writer.ts';
import type { EarlierAttempt } from './header.ts';

interface Facts {
  config: Config;
  earlier: EarlierAttempt;
  revisions: Revisions | null;
  workflow: WorkflowRun;
  key: SealKey;
  /** The file of this attempt. */
  path: string;
  now: Date;
}

/**
 * The samples of this attempt, which adds none; null where something is to be measured, or other rules hold. Images are not
 * built anew: the samples are sealed, and of the same commit, base and configuration.
 */
export async function takeDecided(facts: Facts): Promise<Samples | null> {
  const { config, earlier, revisions, workflow, key, path, now } = facts;
  const { samples } = earlier;
  const then = samples.header;
  if (!isDeepStrictEqual(then.waivers ?? [], asRead(config.waivers))) return null;
  if ((then.change?.base ?? null) !== (revisions?.base?.commit ?? null)) return null;
  const header: SamplesHeader = { ...then, workflow, attempt: then.attempt + 1, startedAt: now.toISOString() };
  const end = { type: 'end', reason: 'decided' } as const;
  const { verdict, comparisons } = decide({ ...samples, header, end }, config);
  const gated = comparisons.filter((one) => one.gated);
  const isDecided = gated.length > 0 && gated.every((one) => one.verdict === 'pass' || one.verdict === 'fail');
  if (!isDecided || (verdict !== 'pass' && verdict !== 'fail')) return null;
  const writer = await openSamples(path, header, earlier, key);
  try {
    await writer.write(end);
    return writer.samples();
  } finally {
    await writer.close();
  }
}
