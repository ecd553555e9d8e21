import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { BadInputError, messageOf } from '../errors.ts';

export interface PullRequest {
  number: number;
  headSha: string;
  /** Tip of the base branch when the event was sent. */
  baseSha: string;
  /** Null where the fork was deleted. */
  headRepository: string | null;
  author: string;
}

/** What started this run and where, as far as Isogate needs it. */
export interface EventContext {
  event: string;
  owner: string;
  repo: string;
  actor: string;
  /** `refs/heads/main`; empty where the runner does not say. */
  ref: string;
  /** Null where the event does not say. */
  defaultBranch: string | null;
  /** The commit that the runner checked out: for pull requests GitHub's merge commit. */
  sha: string;
  pullRequest: PullRequest | null;
  apiUrl: string;
  /** `https://github.com`, or an Enterprise server. */
  serverUrl: string;
  /** This run's page, null outside of a workflow. */
  runUrl: string | null;
  /** Of this workflow run, from 1. */
  attempt: number;
}

/** Events that run. Only `pull_request` is commented on. */
const EVENTS = ['pull_request', 'push', 'schedule', 'workflow_dispatch'];

/** GitHub's own cap of a webhook payload: https://docs.github.com/en/webhooks/webhook-events-and-payloads */
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;

const sha = v.pipe(v.string(), v.regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'not a commit id'));
const fullName = v.pipe(v.string(), v.maxLength(200), v.regex(/^[\w.-]+\/[\w.-]+$/, 'not OWNER/NAME'));

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
const pullRequestPayload = v.object({
  pull_request: v.object({
    number: v.pipe(v.number(), v.integer(), v.minValue(1)),
    user: v.object({ login: v.pipe(v.string(), v.maxLength(200)) }),
    head: v.object({ sha, repo: v.nullable(v.object({ full_name: fullName })) }),
    base: v.object({ sha, repo: v.object({ full_name: fullName }) }),
  }),
});

const repositoryPayload = v.object({
  repository: v.object({ default_branch: v.pipe(v.string(), v.minLength(1), v.maxLength(255)) }),
});

/**
 * The runner's variables and event file. @throws BadInputError for events that Isogate does not run on, and for what
 * is missing or malformed
 */
export function readEvent(env: NodeJS.ProcessEnv): EventContext {
  const event = env['GITHUB_EVENT_NAME'] ?? '';
  if (event === 'pull_request_target') {
    throw new BadInputError(
      'event pull_request_target: refused, because it runs a pull request’s code with the base’s secrets and token; use pull_request',
    );
  }
  if (!EVENTS.includes(event)) {
    throw new BadInputError(`event ${JSON.stringify(event)}: not supported; accepted: ${EVENTS.join(', ')}`);
  }
  const repository = v.safeParse(fullName, env['GITHUB_REPOSITORY'] ?? '');
  if (!repository.success) {
    throw new BadInputError(`GITHUB_REPOSITORY ${JSON.stringify(env['GITHUB_REPOSITORY'])}: accepted: OWNER/NAME`);
  }
  const [owner = '', repo = ''] = repository.output.split('/');
  return {
    event,
    owner,
    repo,
    actor: env['GITHUB_ACTOR'] ?? '',
    ref: env['GITHUB_REF'] ?? '',
    defaultBranch: defaultBranchOf(env['GITHUB_EVENT_PATH']),
    sha: env['GITHUB_SHA'] ?? '',
    pullRequest: event === 'pull_request' ? readPullRequest(env['GITHUB_EVENT_PATH'], repository.output) : null,
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    serverUrl: env['GITHUB_SERVER_URL'] || 'https://github.com',
    runUrl: runUrlOf(env, repository.output),
    attempt: Math.max(1, Number.parseInt(env['GITHUB_RUN_ATTEMPT'] ?? '1', 10) || 1),
  };
}

function readPullRequest(path: string | undefined, repository: string): PullRequest {
  const parsed = v.safeParse(pullRequestPayload, readPayload(path));
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new BadInputError(`event file ${path}: ${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`);
  }
  const { number, user, head, base } = parsed.output.pull_request;
  if (base.repo.full_name.toLowerCase() !== repository.toLowerCase()) {
    throw new BadInputError(
      `event file ${path}: pull request of ${base.repo.full_name}, but this runs in ${repository}`,
    );
  }
  return {
    number,
    headSha: head.sha,
    baseSha: base.sha,
    headRepository: head.repo?.full_name ?? null,
    author: user.login,
  };
}

/** What no pull request needs is asked for leniently. */
function defaultBranchOf(path: string | undefined): string | null {
  try {
    return v.parse(repositoryPayload, readPayload(path)).repository.default_branch;
  } catch {
    return null;
  }
}

function readPayload(path: string | undefined): unknown {
  if (!path) throw new BadInputError('GITHUB_EVENT_PATH: not set; Isogate’s Action runs inside a workflow');
  try {
    if (statSync(path).size > MAX_PAYLOAD_BYTES) throw new Error(`larger than ${MAX_PAYLOAD_BYTES} bytes`);
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new BadInputError(`event file ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function runUrlOf(env: NodeJS.ProcessEnv, repository: string): string | null {
  const id = env['GITHUB_RUN_ID'] ?? '';
  const server = env['GITHUB_SERVER_URL'] || 'https://github.com';
  return /^\d+$/.test(id) && URL.canParse(server) ? `${server}/${repository}/actions/runs/${id}` : null;
}
