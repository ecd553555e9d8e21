import { logLine } from '../lib/text.ts';
import type { Octokit } from './create-octokit.ts';
import type { EventContext } from './read-event.ts';

/** GitHub's API for one repository. */
export interface Github {
  octokit: Octokit;
  owner: string;
  repo: string;
}

/** Null without a token. */
export async function openGithub(
  { owner, repo, apiUrl }: Pick<EventContext, 'owner' | 'repo' | 'apiUrl'>,
  token: string,
  log: (line: string) => void,
): Promise<Github | null> {
  if (token === '') return null;
  // Its library reads the event file when it is loaded, and throws a stack where that is no JSON: readEvent comes first.
  const { createOctokit } = await import('./create-octokit.ts');
  return { octokit: createOctokit({ token, baseUrl: apiUrl, log: (line) => log(logLine(line)) }), owner, repo };
}
