/** Static requirements that several adapters share: what is missing, and the command that would fix it. */

import { readFile } from 'node:fs/promises';
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

/**
 * A uid that nobody else has: no account, and no subordinate range.
 * trust.md: a function never shares a uid with anything.
 */
export async function requireFreeUid(uid: number): Promise<Missing | null> {
  const account = await execa('getent', ['passwd', String(uid)], { reject: false, stdin: 'ignore' });
  if (account.exitCode === 0)
    return {
      reason: `uid ${uid} belongs to an account: ${account.stdout.split(':')[0]}`,
      fix: 'give that account another uid',
    };
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const taken = rangesOf(await readFile(file, 'utf8').catch(() => '')).find(
      (range) => range.first <= uid && uid <= range.last,
    );
    if (taken)
      return {
        reason: `uid ${uid} lies in a subordinate range of ${taken.owner} in ${file}`,
        fix: `move that range in ${file}`,
      };
  }
  return null;
}

/** `owner:first:count` a line (subuid(5)). */
function rangesOf(text: string): { owner: string; first: number; last: number }[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === 3)
    .map(([owner, first, count]) => ({
      owner: owner ?? '',
      first: Number(first),
      last: Number(first) + Number(count) - 1,
    }));
}
