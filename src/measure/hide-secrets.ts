/** Shorter ones stand in texts by chance. */
const SHORTEST = 4;

/**
 * Takes values of the runner's environment out of what a function wrote, as GitHub does in its logs: it may have printed them,
 * and its last words go into samples and reports.
 */
export function secretHider(taken: Record<string, string>): (text: string) => string {
  // The longest first, because one may be a part of another. A value of several lines may be printed line by line,
  // and any of them as JSON.
  const secrets = Object.values(taken)
    .flatMap((value) => [value, ...value.split('\n')])
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
