import type { Annotation } from '../model/warnings.ts';
import { parseIdentity, type RecordedIdentity } from './check-identity.ts';
import type { Octokit } from './create-octokit.ts';
import { CHECKING, explainError, isForbidden, SETTING_STATUS } from './explain-error.ts';

/** Where a verdict shows on the commit: GitHub's check runs, https://docs.github.com/en/rest/checks/runs */
export interface CheckTarget {
  owner: string;
  repo: string;
  /** The change's head, never GitHub's merge commit. */
  headSha: string;
  /** What a branch rule names. */
  name: string;
  detailsUrl: string | null;
  /** What the check is about (check-identity.ts); null as long as that is not known. */
  externalId: string | null;
}

/** What the verdict is written to. With `none`, only the exit code of the job tells it. */
export type StartedCheck = { kind: 'check'; id: number } | { kind: 'status' } | { kind: 'none' };

export interface CheckOutcome {
  conclusion: 'success' | 'failure' | 'neutral';
  title: string;
  /** Markdown. */
  summary: string;
  annotations: readonly Annotation[];
}

const MAX_ANNOTATIONS = 50;
/** Characters that GitHub shows for certain, of an output's title and of an annotation's message. */
const MAX_TITLE = 250;
const MAX_MESSAGE = 4000;
/** https://docs.github.com/en/rest/commits/statuses */
const MAX_DESCRIPTION = 140;

const cut = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text);

const linkDetails = ({ detailsUrl, externalId }: CheckTarget): { details_url?: string; external_id?: string } => ({
  ...(detailsUrl !== null && { details_url: detailsUrl }),
  ...(externalId !== null && { external_id: externalId }),
});

/**
 * Shows that the gate is at work, by a commit status where check runs may not be written. Never throws.
 * @returns problems: what could not be written, and why
 */
export async function startCheck(
  octokit: Octokit,
  target: CheckTarget,
): Promise<{ check: StartedCheck; problems: string[] }> {
  const { owner, repo, headSha, name } = target;
  try {
    const { data } = await octokit.rest.checks.create({
      owner,
      repo,
      name,
      head_sha: headSha,
      status: 'in_progress',
      ...linkDetails(target),
    });
    return { check: { kind: 'check', id: data.id }, problems: [] };
  } catch (error) {
    const problems = [`No check run: ${explainError(error, CHECKING)}`];
    if (!isForbidden(error)) return { check: { kind: 'none' }, problems };
    const problem = await setStatus(octokit, target, 'pending', 'measuring');
    return problem === null
      ? { check: { kind: 'status' }, problems }
      : { check: { kind: 'none' }, problems: [...problems, problem] };
  }
}

/**
 * Identities of the checks of that name on that commit which the same app made, without `ownId`, the oldest first.
 * @throws what the client throws
 */
export async function listOtherChecks(
  octokit: Octokit,
  { owner, repo, headSha, name }: CheckTarget,
  ownId: number,
): Promise<RecordedIdentity[]> {
  const parameters = { owner, repo, ref: headSha, check_name: name, filter: 'all', per_page: 100 } as const;
  const all = await octokit.paginate(octokit.rest.checks.listForRef, parameters);
  const app = all.find(({ id }) => id === ownId)?.app?.id;
  return all
    .filter((one) => one.id !== ownId && (app === undefined || one.app?.id === app))
    .sort((a, b) => a.id - b.id)
    .flatMap(({ external_id }) => parseIdentity(external_id) ?? []);
}

/** @returns problems, as from `startCheck` */
export async function finishCheck(
  octokit: Octokit,
  target: CheckTarget,
  check: StartedCheck,
  outcome: CheckOutcome,
): Promise<string[]> {
  if (check.kind === 'none') return [];
  if (check.kind === 'check') return completeRun(octokit, target, check.id, outcome);
  // A status has no neutral state: what does not fail the job does not block the merge.
  const state = outcome.conclusion === 'failure' ? 'failure' : 'success';
  const problem = await setStatus(octokit, target, state, outcome.title);
  return problem === null ? [] : [problem];
}

async function completeRun(
  octokit: Octokit,
  target: CheckTarget,
  check_run_id: number,
  { conclusion, title, summary, annotations }: CheckOutcome,
): Promise<string[]> {
  const { owner, repo } = target;
  try {
    await octokit.rest.checks.update({
      owner,
      repo,
      check_run_id,
      status: 'completed',
      conclusion,
      ...linkDetails(target),
      output: {
        title: cut(title, MAX_TITLE),
        summary,
        annotations: annotations.slice(0, MAX_ANNOTATIONS).map((one) => ({
          path: one.path,
          start_line: one.line,
          end_line: one.line,
          annotation_level: one.level,
          title: cut(one.title, MAX_TITLE),
          message: cut(one.message, MAX_MESSAGE),
        })),
      },
    });
    return [];
  } catch (error) {
    return [`The check run was not completed: ${explainError(error, CHECKING)}`];
  }
}

/** Whether the newest status of that name on the commit that is over is red. @throws what the client throws */
export async function isStatusRed(octokit: Octokit, { owner, repo, headSha, name }: CheckTarget): Promise<boolean> {
  const parameters = { owner, repo, ref: headSha, per_page: 100 };
  const all = await octokit.paginate(octokit.rest.repos.listCommitStatusesForRef, parameters);
  const own = all.filter(({ context, state }) => context === name && state !== 'pending').sort((a, b) => b.id - a.id);
  return own[0]?.state === 'failure' || own[0]?.state === 'error';
}

async function setStatus(
  octokit: Octokit,
  { owner, repo, headSha, name, detailsUrl }: CheckTarget,
  state: 'pending' | 'success' | 'failure',
  description: string,
): Promise<string | null> {
  try {
    await octokit.rest.repos.createCommitStatus({
      owner,
      repo,
      sha: headSha,
      state,
      context: name,
      description: cut(description, MAX_DESCRIPTION),
      ...(detailsUrl !== null && { target_url: detailsUrl }),
    });
    return null;
  } catch (error) {
    return `No commit status: ${explainError(error, SETTING_STATUS)}`;
  }
}
