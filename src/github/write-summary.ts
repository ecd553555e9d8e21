import * as core from '@actions/core';
import { messageOf } from '../model/errors.ts';

/** Appends to the job's summary. Where the runner has none, says so and goes on: a summary decides nothing. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(markdown, true).write();
  } catch (error) {
    core.warning(`no job summary was written: ${messageOf(error)}`);
  }
}
