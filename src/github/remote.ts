import type { GitRemote } from '../model/git.ts';
import type { EventContext } from './read-event.ts';

/**
 * The repository over HTTPS, with the job's token as git takes it; null where the server's address is none.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
 */
export function remoteOf(
  { serverUrl, owner, repo }: Pick<EventContext, 'serverUrl' | 'owner' | 'repo'>,
  token: string,
): GitRemote | null {
  if (!/^https?:/.test(serverUrl) || !URL.canParse(serverUrl)) return null;
  const url = `${serverUrl.replace(/\/+$/, '')}/${owner}/${repo}`;
  const login = Buffer.from(`x-access-token:${token}`).toString('base64');
  return { url, ...(token !== '' && { authorization: `basic ${login}` }) };
}
