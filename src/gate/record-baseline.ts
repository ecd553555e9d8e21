/** Flows: `isogate baseline record` and `accept`. What a run measured becomes what later ones are held against. */

import { recordsFrom } from '../baseline/baseline-records.ts';
import { decide } from '../decide/decide.ts';
import { shortCommit } from '../lib/text.ts';
import type { BaselineStore } from '../model/baseline.ts';
import { BadInputError } from '../model/errors.ts';
import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { findSamplesFile, readSamples } from '../samples/read-samples.ts';
import { parseSamplesConfig } from '../samples/samples-config.ts';

export interface RecordOptions {
  /** A run's directory, or its samples file. */
  path: string;
  store: BaselineStore;
  /** The commit that was measured; null: the one that the samples name. */
  commit: string | null;
  /** Why a run that did not pass is to be the baseline; null: only one that passed. */
  accept: { by: string; reason: string } | null;
  now: Date;
}

export interface Recorded {
  gate: string;
  runId: string;
  commit: string | null;
  verdict: VerdictDocument['verdict'];
  /** Lines: one a function and isolation. */
  added: number;
  known: number;
}

/**
 * The verdict is decided again from the samples: what else lies beside them says nothing.
 * @throws BadInputError where the samples cannot be read, hold nothing to record, or may not become a baseline
 */
export async function recordBaseline({ path, store, commit, accept, now }: RecordOptions): Promise<Recorded> {
  const file = await findSamplesFile(path);
  const samples = await readSamples(file);
  const document = decide(samples, parseSamplesConfig(samples, file));
  refuseUnfit(file, samples, document, accept !== null);
  const { header } = samples;
  const tested = commitOf(file, header.commit ?? null, commit);
  const at = now.toISOString();
  const records = recordsFrom(samples, {
    ...{ commit: tested, recordedAt: at, verdict: document.verdict },
    ...(accept && { accepted: { ...accept, at } }),
  });
  if (records.length === 0)
    throw new BadInputError(`${file}: no complete block of real (not emulated) instances to record`);
  const counts = await store.append({ records, pins: [] });
  return { gate: header.gate, runId: header.runId, commit: tested, verdict: document.verdict, ...counts };
}

/** A run that was measured well and is no baseline all the same. */
export class UnfitRunError extends BadInputError {}

function refuseUnfit(file: string, { header, end }: Samples, document: VerdictDocument, isAccepted: boolean): void {
  const { change } = header;
  if (change)
    throw new UnfitRunError(
      `${file}: this run measured a change (${shortCommit(change.head, 'the working tree')} against ${shortCommit(change.base)}), and what a change has measured is no baseline; record a run of the branch that it was merged into`,
    );
  if (isAccepted) return;
  const hint = 'once somebody has looked at it: isogate baseline accept, with a reason';
  if (end === null || end.reason === 'interrupted')
    throw new UnfitRunError(`${file}: this run was interrupted, so it is no baseline; measure it again, or ${hint}`);
  if (document.verdict !== 'pass')
    throw new UnfitRunError(
      `${file}: the verdict of this run is ${document.verdict}, and only one that passed becomes a baseline; ${hint}`,
    );
}

function commitOf(file: string, own: string | null, given: string | null): string | null {
  if (own !== null && given !== null && !own.startsWith(given) && !given.startsWith(own))
    throw new BadInputError(`--commit ${given}: ${file} was measured at ${own}; leave it out, or give that one`);
  return own ?? given;
}
