import type { GitRemote } from '../model/git.ts';
import type { EventContext } from './read-event.ts';

/** Variables that give whoever reads them the rights of the job. */
const isSecret = (name: string): boolean =>
  /^(INPUT_GITHUB-TOKEN|GITHUB_TOKEN|GH_TOKEN)$/i.test(name) || /^ACTIONS_/i.test(name);

/**
 * Returns the token from the input `github-token`, and removes it and every other credential of the runner from `env`, so
 * that nothing which this process starts can inherit them.
 */
export function takeSecrets(env: NodeJS.ProcessEnv): string {
  const token = (env['INPUT_GITHUB-TOKEN'] ?? '').trim();
  for (const name of Object.keys(env)) if (isSecret(name)) delete env[name];
  return token;
}

/**
 * The repository over HTTPS, with the job's token as git accepts it; null where the server's address is no such URL.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
 */
export function makeRemote(
  { serverUrl, owner, repo }: Pick<EventContext, 'serverUrl' | 'owner' | 'repo'>,
  token: string,
): GitRemote | null {
  if (!/^https?:/.test(serverUrl) || !URL.canParse(serverUrl)) return null;
  const url = `${serverUrl.replace(/\/+$/, '')}/${owner}/${repo}`;
  const login = Buffer.from(`x-access-token:${token}`).toString('base64');
  return { url, ...(token !== '' && { authorization: `basic ${login}` }) };
}
