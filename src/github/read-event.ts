import * as v from 'valibot';
import { readBounded } from '../lib/read-bounded.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import { COMMIT_ID } from '../model/git.ts';
import type { WorkflowRun } from '../model/samples.ts';

export interface PullRequest {
  number: number;
  /** Null where the fork was deleted. */
  headRepository: string | null;
  author: string;
}

/** The commits whose difference is judged. */
export interface ChangedCommits {
  headSha: string;
  /** Tip of the base branch when the event was sent. */
  baseSha: string;
  /** The branch that the change goes onto: `main`. */
  baseRef: string;
}

export interface DescribedPull {
  pullRequest: PullRequest;
  change: ChangedCommits;
}

/** What started this run, and where. */
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
  /** Null except for pull requests and merge groups. */
  change: ChangedCommits | null;
  /** What is commented on; null for merge groups too. */
  pullRequest: PullRequest | null;
  /** The run that ended; null except for `workflow_run`. */
  endedRunId: number | null;
  apiUrl: string;
  /** `https://github.com`, or an Enterprise server. */
  serverUrl: string;
  /** Grows from run to run; null outside of a workflow. */
  runId: number | null;
  /** This run's page, null outside of a workflow. */
  runUrl: string | null;
  /** Number of the attempt of this workflow run, from 1. */
  attempt: number;
}

/** Events that Isogate runs on at all; each mode accepts some of them (action.ts). */
const EVENTS = ['pull_request', 'merge_group', 'push', 'schedule', 'workflow_dispatch', 'workflow_run'];

/** GitHub's own cap of a webhook payload: https://docs.github.com/en/webhooks/webhook-events-and-payloads */
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;

export const commitId = v.pipe(v.string(), v.regex(COMMIT_ID, 'not a commit id'));
export const branch = v.pipe(v.string(), v.minLength(1), v.maxLength(300));
const fullName = v.pipe(v.string(), v.maxLength(200), v.regex(/^[\w.-]+\/[\w.-]+$/, 'not OWNER/NAME'));

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
const pullRequestPayload = v.object({
  pull_request: v.object({
    number: v.pipe(v.number(), v.integer(), v.minValue(1)),
    user: v.object({ login: v.pipe(v.string(), v.maxLength(200)) }),
    head: v.object({ sha: commitId, repo: v.nullable(v.object({ full_name: fullName })) }),
    base: v.object({ sha: commitId, ref: branch, repo: v.object({ full_name: fullName }) }),
  }),
});

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group
const mergeGroupPayload = v.object({
  merge_group: v.object({ head_sha: commitId, base_sha: commitId, base_ref: branch }),
});

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
const workflowRunPayload = v.object({
  workflow_run: v.object({ id: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
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
  const runId = /^\d{1,15}$/.test(env['GITHUB_RUN_ID'] ?? '') ? Number(env['GITHUB_RUN_ID']) : null;
  const serverUrl = env['GITHUB_SERVER_URL'] || 'https://github.com';
  return {
    event,
    owner,
    repo,
    actor: env['GITHUB_ACTOR'] ?? '',
    ref: env['GITHUB_REF'] ?? '',
    defaultBranch: readDefaultBranch(env['GITHUB_EVENT_PATH']),
    sha: env['GITHUB_SHA'] ?? '',
    ...readChange(event, env['GITHUB_EVENT_PATH'], repository.output),
    endedRunId:
      event === 'workflow_run' ? parsePayload(workflowRunPayload, env['GITHUB_EVENT_PATH']).workflow_run.id : null,
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    serverUrl,
    runId,
    runUrl:
      runId === null || !URL.canParse(serverUrl) ? null : `${serverUrl}/${repository.output}/actions/runs/${runId}`,
    attempt: Math.max(1, Number.parseInt(env['GITHUB_RUN_ATTEMPT'] ?? '1', 10) || 1),
  };
}

type Change = Pick<EventContext, 'change' | 'pullRequest'>;

function readChange(event: string, path: string | undefined, repository: string): Change {
  if (event === 'merge_group') {
    const { head_sha: headSha, base_sha: baseSha, base_ref: ref } = parsePayload(mergeGroupPayload, path).merge_group;
    return { change: { headSha, baseSha, baseRef: ref.replace(/^refs\/heads\//, '') }, pullRequest: null };
  }
  if (event !== 'pull_request') return { change: null, pullRequest: null };
  const pull = parsePayload(pullRequestPayload, path).pull_request;
  const { full_name: name } = pull.base.repo;
  if (name.toLowerCase() !== repository.toLowerCase())
    throw new BadInputError(`event file ${path}: pull request of ${name}, but this runs in ${repository}`);
  return describePull(pull);
}

/** A pull request in an event or in an answer of GitHub's API. */
interface RawPull {
  number: number;
  user: { login: string } | null;
  head: { sha: string; repo: { full_name: string } | null };
  base: { sha: string; ref: string };
}

export const describePull = ({ number, user, head, base }: RawPull): DescribedPull => ({
  pullRequest: { number, headRepository: head.repo?.full_name ?? null, author: user?.login ?? '' },
  change: { headSha: head.sha, baseSha: base.sha, baseRef: base.ref },
});

/** What samples are bound to; null outside of a workflow. */
export const describeWorkflow = ({
  owner,
  repo,
  runId,
  attempt,
  pullRequest,
  change,
}: Pick<EventContext, 'owner' | 'repo' | 'runId' | 'attempt' | 'pullRequest' | 'change'>): WorkflowRun | null =>
  runId === null
    ? null
    : {
        ...{ repository: `${owner}/${repo}`, run: runId, attempt },
        ...{ pullRequest: pullRequest?.number ?? null, baseRef: change?.baseRef ?? null },
      };

function parsePayload<T>(schema: v.GenericSchema<unknown, T>, path: string | undefined): T {
  const result = v.safeParse(schema, readPayload(path));
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new BadInputError(`event file ${path}: ${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`);
}

/** Whether the code under test is that of the default branch, on which every schedule runs. */
export const isDefaultBranch = ({ event, ref, defaultBranch }: EventContext): boolean =>
  event === 'schedule' || ref === `refs/heads/${defaultBranch}`;

/** Null where there is no event file, or it does not say. @throws BadInputError where it is no JSON */
function readDefaultBranch(path: string | undefined): string | null {
  if (!path) return null;
  const found = v.safeParse(repositoryPayload, readPayload(path));
  return found.success ? found.output.repository.default_branch : null;
}

function readPayload(path: string | undefined): unknown {
  if (!path) throw new BadInputError('GITHUB_EVENT_PATH: not set; Isogate’s Action runs inside a workflow');
  const text = readBounded(path, MAX_PAYLOAD_BYTES, `event file ${path}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInputError(`event file ${path}: ${messageOf(error)}`, { cause: error });
  }
}
