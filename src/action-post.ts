/** Flow: the Action's post step. Runs however the job ended, and removes what a killed run left on the machine. */

import * as core from '@actions/core';
import { clean } from './clean.ts';
import { messageOf } from './errors.ts';
import { logLine } from './github/log-line.ts';
import { takeSecrets } from './github/take-secrets.ts';
import { trustPath } from './trust-path.ts';

export async function runPost(): Promise<void> {
  takeSecrets(process.env);
  trustPath(process.env);
  try {
    const { removed, alive } = await clean({ log: (line) => core.info(logLine(line)) });
    core.info(`Cleaned up: ${removed.length} left-over removed, ${alive.length} runs still alive`);
  } catch (error) {
    // The verdict is out: a machine that could not be tidied is told of, and does not turn the job red.
    core.warning(logLine(`clean-up failed: ${messageOf(error)}; run: isogate clean`));
  }
}
