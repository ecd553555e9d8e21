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
  // The library reads the event file as soon as it is loaded, and throws where that is no JSON; so it is loaded after
  // readEvent, which reports such a file in one line.
  const { createOctokit } = await import('./create-octokit.ts');
  return { octokit: createOctokit({ token, baseUrl: apiUrl, log: (line) => log(logLine(line)) }), owner, repo };
}
