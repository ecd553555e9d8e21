import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';

export type Octokit = ReturnType<typeof getOctokit>;

export interface OctokitOptions {
  token: string;
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise server. */
  baseUrl: string;
  /** Receives a line on what is waited for. */
  log: (line: string) => void;
  /** One step of the back-off in milliseconds, which waits 1, 4 and 9 steps. Tests make it shorter. */
  stepMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
/** A comment is not worth a longer wait, since the report is in the job summary as well. */
const LONGEST_WAIT_S = 120;

/** The official client. It tries again after 5xx and lost connections, and waits as long as GitHub's rate limits ask for. */
export function createOctokit({ token, baseUrl, log, stepMs = 1000 }: OctokitOptions): Octokit {
  const onLimit = (afterSeconds: number, request: object, _octokit: unknown, tried: number): boolean => {
    const again = tried < 2 && afterSeconds <= LONGEST_WAIT_S;
    const { method, url } = request as { method: string; url: string };
    log(`GitHub’s rate limit asks for ${afterSeconds} s before ${method} ${url}: ${again ? 'waiting' : 'giving up'}`);
    return again;
  };
  const octokit = getOctokit(
    token,
    {
      baseUrl,
      userAgent: 'isogate',
      retry: { retryAfterBaseValue: stepMs },
      throttle: { id: baseUrl, onRateLimit: onLimit, onSecondaryRateLimit: onLimit, retryAfterBaseValue: stepMs },
    },
    retry,
    throttling,
  );
  octokit.hook.before('request', (options) => {
    options.request = { ...options.request, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
  });
  return octokit;
}
