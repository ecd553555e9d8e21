/** Static requirements that several adapters share: what is missing, and the command that would fix it. */

import { execa } from 'execa';

export interface Missing {
  reason: string;
  fix: string;
}

export function requireRoot(what: string): Missing | null {
  if (process.getuid?.() === 0) return null;
  return { reason: `${what} needs root, and this is uid ${process.getuid?.()}`, fix: 'sudo isogate gate' };
}

/** First line of `COMMAND --version`, or null when it cannot be executed. */
export async function versionLine(command: string): Promise<string | null> {
  const result = await execa(command, ['--version'], { reject: false, timeout: 5_000, stdin: 'ignore' });
  return result.exitCode === 0 ? (result.stdout.split('\n')[0] ?? '').trim() : null;
}
