/** Flow part: a re-run carries on from what the earlier attempts of the same workflow run have measured, and from their spent alpha. */

import type { EventContext } from '../github/read-event.ts';
import { messageOf } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';
import { readEarlier } from '../samples/read-samples.ts';
import { type FetchedSamples, fetchSamples } from './fetch-samples.ts';
import type { ActionJob } from './job.ts';

export interface EarlierAttempt {
  /** Its samples.jsonl; null where there is none to carry on from. */
  path: string | null;
  warnings: Warning[];
  remove(): Promise<void>;
}

const NONE: EarlierAttempt = { path: null, warnings: [], remove: async () => {} };

/** Measured anew, and the report says so. */
export function attemptAlone(
  { inputs }: Pick<ActionJob, 'inputs'>,
  { attempt }: EventContext,
  why: string,
): EarlierAttempt {
  const message = `this is attempt ${attempt} of its run, and it does not carry on from the samples of the one before: ${why}. So it has only what that one left of the alpha of passes, a fiftieth, and passes only what is clearly within its limits. Upload \`out\` after each attempt (if: always()) as the artifact ${inputs.artifact}, and give the job \`actions: read\``;
  return { ...NONE, warnings: [{ code: 'attempt-alone', message }] };
}

/** Never throws: what cannot be carried on is measured anew. */
export async function earlierAttempt(job: ActionJob, context: EventContext): Promise<EarlierAttempt> {
  const { inputs, github } = job;
  const { attempt, runId } = context;
  if (attempt <= 1 || runId === null) return NONE;
  const alone = (why: string): EarlierAttempt => attemptAlone(job, context, why);
  if (github === null) return alone('there is no token to fetch them with');
  let fetched: FetchedSamples | null = null;
  try {
    fetched = await fetchSamples(job, github, runId);
    if (fetched === null) return alone(`the run has no artifact called ${inputs.artifact}`);
    const { path, remove } = fetched;
    const { samples } = await readEarlier(path);
    if (samples.header.attempt >= attempt) throw new Error(`they are of attempt ${samples.header.attempt}`);
    return { path, warnings: [], remove };
  } catch (error) {
    await fetched?.remove();
    return alone(messageOf(error));
  }
}
