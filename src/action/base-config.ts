import { describeConfigDifferences } from '../config/config-differences.ts';
import { findMergeParent } from '../git/comparison-base.ts';
import type { Revisions } from '../git/open-revisions.ts';
import { hasCommit, readBlob } from '../git/read-object.ts';
import type { ChangedCommits, EventContext } from '../github/read-event.ts';
import { shortCommit } from '../lib/text.ts';
import { messageOf, NotMeasurableError } from '../model/errors.ts';
import type { GitReader } from '../model/git.ts';
import type { Warning } from '../model/warnings.ts';

export interface BaseConfig {
  /** The base revision's isogate.yml; null where the file in the checkout decides. */
  text: string | null;
  /** The base's commit; null where there is none. */
  base: string | null;
  /** False: the base has no configuration yet, so the run shows what would be decided and decides nothing. */
  enforced: boolean;
  warnings: Warning[];
}

/**
 * The commit whose configuration is trusted: the tip of the base branch that the event names. A shallow checkout of depth 2
 * may lack it, and then holds the first parent of GitHub's merge commit. This need not be the commit that the change is
 * measured against (comparison-base.ts), which is older where the pull request's own head is checked out.
 */
async function findTrustedCommit(git: GitReader, sha: string, change: ChangedCommits): Promise<string | null> {
  if (await hasCommit(git, change.baseSha)) return change.baseSha;
  const parent = await findMergeParent(git, sha, change.headSha);
  return parent !== null && (await hasCommit(git, parent)) ? parent : null;
}

/**
 * The configuration of the base decides, because that of the pull request could raise its own budgets; what the pull request
 * changes in it is warned of.
 * @param file path of isogate.yml relative to the repository's top
 * @throws NotMeasurableError where the base cannot be read, and where it has no configuration although the default branch has
 */
export async function readBaseConfig(
  git: GitReader,
  context: EventContext,
  file: string,
  headText: string | null,
  branchTip: Revisions['branchTip'],
): Promise<BaseConfig> {
  if (context.change === null) return { base: null, text: null, enforced: true, warnings: [] };
  const base = await findTrustedCommit(git, context.sha, context.change);
  if (base === null) {
    throw new NotMeasurableError(
      `the base commit ${context.change.baseSha} is not in this checkout and could not be fetched, and a pull request’s own ${file} does not decide; give the job \`permissions: contents: read\`, or check out into GITHUB_WORKSPACE itself, with fetch-depth: 2 for actions/checkout`,
    );
  }
  const text = await readBlob(git, base, file);
  if (text === null) {
    await refuseWithoutRules(context.change.baseRef, context.defaultBranch, file, branchTip);
    const message = `${file} is not on the base (${shortCommit(base)}) yet: nothing is enforced, the verdict shows what this pull request’s own would decide`;
    return { base, text: null, enforced: false, warnings: [{ code: 'config-new', message }] };
  }
  if (text === headText) return { base, text, enforced: true, warnings: [] };
  const differences = describeConfigDifferences(text, headText).join('; ');
  const message = `this pull request changes ${file}; the base’s version decided. ${differences}`;
  return { base, text, enforced: true, warnings: [{ code: 'config-changed', message }] };
}

/**
 * A branch without rules beside others that have some is no set-up: whoever proposes the same commit to it would have a
 * neutral check of the same name, which satisfies the other branch's rule.
 */
async function refuseWithoutRules(
  baseRef: string,
  defaultBranch: string | null,
  file: string,
  branchTip: Revisions['branchTip'],
): Promise<void> {
  if (baseRef === defaultBranch) return;
  const hint = `add ${file} to ${baseRef}, or let the workflow run for other branches only (on: pull_request: branches:)`;
  if (defaultBranch === null)
    throw new NotMeasurableError(
      `${baseRef} has no ${file}, and the event does not name the default branch, whose configuration could tell whether this is the first: nothing decides; ${hint}`,
    );
  const tip = await branchTip(defaultBranch).catch((error: unknown) => {
    throw new NotMeasurableError(
      `${baseRef} has no ${file}, and whether the default branch ${defaultBranch} has one could not be found out (${messageOf(error)}), so nothing decides; give the job \`permissions: contents: read\`; ${hint}`,
      { cause: error },
    );
  });
  if ((await readBlob(tip.git, tip.commit, file)) !== null)
    throw new NotMeasurableError(
      `${baseRef} has no ${file}, and the default branch ${defaultBranch} has one, so this is no first configuration and nothing decides; ${hint}`,
    );
}
