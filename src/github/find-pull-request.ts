import * as v from 'valibot';
import { NotMeasurableError } from '../model/errors.ts';
import type { Octokit } from './create-octokit.ts';
import { type Asked, explainError, READING_PULLS, READING_RUNS } from './explain-error.ts';
import { branch, commitId, type DescribedPull, describePull } from './read-event.ts';

const name = v.pipe(v.string(), v.maxLength(300));

const pullSchema = v.object({
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  state: name,
  user: v.nullable(v.object({ login: name })),
  head: v.object({ sha: commitId, repo: v.nullable(v.object({ full_name: name })) }),
  base: v.object({ sha: commitId, ref: branch }),
});

const fail =
  (what: string, asked: Asked) =>
  (error: unknown): never => {
    throw new NotMeasurableError(`${what}: ${explainError(error, asked)}`, { cause: error });
  };

interface Repository {
  owner: string;
  repo: string;
}

/** An open pull request, and the branch that it goes onto. */
export interface OpenPull {
  number: number;
  baseRef: string;
}

/**
 * All open pull requests of that head. They are looked for among all that are open, because branches of several names and
 * repositories can have one head.
 * @throws NotMeasurableError where GitHub does not tell
 */
export async function listPullsOfHead(
  octokit: Octokit,
  { owner, repo }: Repository,
  headSha: string,
): Promise<OpenPull[]> {
  const parameters = { owner, repo, state: 'open', per_page: 100 } as const;
  const all = await octokit
    .paginate(octokit.rest.pulls.list, parameters)
    .catch(fail('open pull requests of this commit', READING_PULLS));
  return all
    .map((one) => v.parse(pullSchema, one))
    .filter((one) => one.head.sha === headSha)
    .map(({ number, base }) => ({ number, baseRef: base.ref }));
}

/**
 * A pull request that somebody with permission to start workflows approved at exactly that commit.
 * @throws NotMeasurableError where it is closed, or has another head by now
 */
export async function findApproved(
  octokit: Octokit,
  { owner, repo }: Repository,
  { number, headSha }: { number: number; headSha: string },
): Promise<DescribedPull> {
  const { data } = await octokit.rest.pulls
    .get({ owner, repo, pull_number: number })
    .catch(fail(`pull request #${number}`, READING_PULLS));
  const pull = v.parse(pullSchema, data);
  if (pull.state !== 'open') throw new NotMeasurableError(`pull request #${number} is ${pull.state}: not measured`);
  if (pull.head.sha !== headSha)
    throw new NotMeasurableError(
      `pull request #${number} was approved at ${headSha}, and its head is ${pull.head.sha} now: nothing of it was run; read what was added, and start the workflow again with that commit`,
    );
  return describePull(pull);
}

/** The workflow run that ended, as GitHub describes it: none of this is taken from what the run itself reports. */
export interface EndedRun {
  event: string;
  /** `.github/workflows/isogate.yml`. */
  path: string;
  headSha: string;
  headBranch: string | null;
  headRepository: string | null;
  attempt: number;
}

const runSchema = v.object({
  event: name,
  path: name,
  head_sha: commitId,
  head_branch: v.nullable(name),
  head_repository: v.nullable(v.object({ full_name: name })),
  run_attempt: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
});

/** @throws NotMeasurableError where GitHub does not tell */
export async function readEndedRun(octokit: Octokit, { owner, repo }: Repository, run_id: number): Promise<EndedRun> {
  const { data } = await octokit.rest.actions
    .getWorkflowRun({ owner, repo, run_id })
    .catch(fail(`workflow run ${run_id}`, READING_RUNS));
  const run = v.parse(runSchema, data);
  return {
    event: run.event,
    // GitHub may add the ref: `.github/workflows/isogate.yml@main`.
    path: run.path.replace(/@.*$/, ''),
    headSha: run.head_sha,
    headBranch: run.head_branch,
    headRepository: run.head_repository?.full_name ?? null,
    attempt: run.run_attempt,
  };
}

/**
 * The open pull requests whose head is that run's, by repository, branch and exact commit: of one branch there are several
 * where it is proposed to several. What the run itself says about it is ignored.
 * @throws NotMeasurableError where GitHub does not tell
 */
export async function findPullRequestsOf(
  octokit: Octokit,
  { owner, repo }: Repository,
  { headRepository, headBranch, headSha }: EndedRun,
): Promise<DescribedPull[]> {
  if (headRepository === null || headBranch === null) return [];
  const head = `${headRepository.split('/')[0]}:${headBranch}`;
  const parameters = { owner, repo, state: 'open', head, per_page: 100 } as const;
  const { data } = await octokit.rest.pulls.list(parameters).catch(fail(`pull requests of ${head}`, READING_PULLS));
  return data
    .map((one) => v.parse(pullSchema, one))
    .filter(
      (one) => one.head.sha === headSha && one.head.repo?.full_name.toLowerCase() === headRepository.toLowerCase(),
    )
    .map(describePull);
}
