/** The post step, which runs however the job ended: ends a check that was left open, and removes what a killed run left. */

import * as core from '@actions/core';
import { clean } from '../gate/clean.ts';
import { takeSecrets } from '../github/credentials.ts';
import { trustPath } from '../host/find-program.ts';
import { logLine } from '../lib/text.ts';
import { messageOf } from '../model/errors.ts';
import { endOpenCheck } from './check.ts';

export async function runPost(): Promise<void> {
  const token = takeSecrets(process.env);
  trustPath(process.env);
  if (token !== '') core.setSecret(token);
  const log = (line: string) => core.info(logLine(line));
  try {
    await endOpenCheck(token, log);
  } catch (error) {
    core.warning(logLine(`the check was left open: ${messageOf(error)}`));
  }
  try {
    const { removed, alive } = await clean(log);
    core.info(`Cleaned up: ${removed.length} left-over removed, ${alive.length} runs still alive`);
  } catch (error) {
    // The verdict is out: a machine that could not be cleaned is warned of and does not turn the job red.
    core.warning(logLine(`clean-up failed: ${messageOf(error)}; run: isogate clean`));
  }
}
