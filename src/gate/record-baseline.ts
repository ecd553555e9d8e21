/** `isogate baseline record` and `accept`: what a run measured becomes the reference of later runs. */

import { recordsFrom } from '../baseline/baseline-records.ts';
import { decide } from '../decide/decide.ts';
import { shortCommit } from '../lib/text.ts';
import type { BaselineStore } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { findSamplesFile, readSamples } from '../samples/read-samples.ts';
import { parseSamplesConfig } from '../samples/samples-config.ts';
import { toFunctions } from '../samples/to-functions.ts';

export interface RecordRequest {
  /** A run's directory, or its samples file. */
  path: string;
  /** The commit that was measured; null: the one that the samples name. */
  commit: string | null;
  /** Who makes a run that did not pass the baseline, and why; null: only a run that passed is recorded. */
  accept: { by: string; reason: string } | null;
}

export interface Recorded {
  gate: string;
  runId: string;
  commit: string | null;
  verdict: VerdictDocument['verdict'];
  /** Lines that were added: one for each function and isolation. */
  added: number;
  known: number;
}

/**
 * Decides again from the samples: a verdict that lies beside them may be anybody's.
 * @throws BadInputError where the samples cannot be read, hold nothing to record, or may not become a baseline
 */
export async function recordBaseline(
  { path, commit, accept }: RecordRequest,
  store: BaselineStore,
  now: Date,
): Promise<Recorded> {
  const file = await findSamplesFile(path);
  const samples = await readSamples(file);
  const byFunction = toFunctions(samples);
  const document = decide(byFunction, parseSamplesConfig(byFunction, file));
  refuseUnfit(file, samples, document, accept !== null);
  const { gate, runId, commit: own = null } = samples.header;
  const tested = chooseCommit(file, own, commit);
  const { verdict } = document;
  const at = now.toISOString();
  const records = recordsFrom(samples, {
    commit: tested,
    recordedAt: at,
    verdict,
    ...(accept && { accepted: { ...accept, at } }),
  });
  if (records.length === 0)
    throw new BadInputError(`${file}: no complete block of real (not emulated) instances to record`);
  const counts = await store.append({ records, pins: [] });
  return { gate, runId, commit: tested, verdict, ...counts };
}

/** The samples are sound, but may not become a baseline. */
export class UnfitRunError extends BadInputError {}

function refuseUnfit(file: string, { header, end }: Samples, document: VerdictDocument, isAccepted: boolean): void {
  const { change } = header;
  if (change)
    throw new UnfitRunError(
      `${file}: this run measured a change (${shortCommit(change.head, 'the working tree')} against ${shortCommit(change.base)}), and such a run is no baseline; record a run of the branch that it was merged into`,
    );
  if (isAccepted) return;
  const hint = 'once somebody has looked at it, accept it: isogate baseline accept, with a reason';
  if (end === null || end.reason === 'interrupted')
    throw new UnfitRunError(`${file}: this run was interrupted, so it is no baseline; measure again, or ${hint}`);
  if (document.verdict !== 'pass')
    throw new UnfitRunError(
      `${file}: the verdict of this run is ${document.verdict}, and only one that passed becomes a baseline; ${hint}`,
    );
}

function chooseCommit(file: string, own: string | null, given: string | null): string | null {
  if (own !== null && given !== null && !own.startsWith(given) && !given.startsWith(own))
    throw new BadInputError(
      `--commit ${given}: ${file} was measured at ${own}; leave --commit out, or give that commit`,
    );
  return own ?? given;
}
