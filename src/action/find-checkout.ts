/** The repository that is judged: the one around the configuration that has the event's commit checked out. */

import { dirname, join, relative, sep } from 'node:path';
import { findRepository, openObjectReader } from '../git/object-reader.ts';
import { resolveCommit } from '../git/read-object.ts';
import type { EventContext } from '../github/read-event.ts';
import { BadInputError } from '../model/errors.ts';
import type { ActionInputs } from './inputs.ts';
import type { ActionJob } from './job.ts';

type Wanted = Pick<ActionInputs, 'workspace' | 'workingDirectory' | 'config' | 'approved'>;

/**
 * The top of the checkout, which is not GITHUB_WORKSPACE itself where actions/checkout was given a `path`. Of several
 * repositories, as with submodules, it is the one at the commit of the event, the outermost first: its base decides.
 * @throws BadInputError where nothing is checked out around the configuration, or nobody knows what
 */
export async function findCheckout(
  { workspace, workingDirectory, config, approved }: Wanted,
  { sha, change }: Pick<EventContext, 'sha' | 'change'>,
): Promise<string> {
  const directory = dirname(join(workingDirectory, config));
  const tops = listUpTo(workspace, directory).filter((path) => findRepository(path) !== null);
  const [first, ...others] = tops;
  if (first === undefined)
    throw new BadInputError(
      `nothing is checked out in ${directory}: put a step with actions/checkout (with fetch-depth: 2) before this one, and name its path in working-directory where it has one`,
    );
  if (others.length === 0) return first;
  const wanted = [sha, change?.headSha, approved?.headSha];
  for (const top of tops) if (wanted.includes((await resolveCommit(openObjectReader(top), 'HEAD')) ?? '')) return top;
  throw new BadInputError(
    `${tops.join(', ')}: several repositories are around the configuration, and none of them has ${sha} checked out; accepted: actions/checkout of the commit of the event`,
  );
}

/** The job with the top of the checkout as its workspace. @throws BadInputError as `findCheckout` */
export async function inCheckout(job: ActionJob): Promise<ActionJob> {
  return { ...job, inputs: { ...job.inputs, workspace: await findCheckout(job.inputs, job.context) } };
}

/** `root`, and each directory on the way from it to `directory`. */
function listUpTo(root: string, directory: string): string[] {
  const parts = relative(root, directory)
    .split(sep)
    .filter((part) => part !== '');
  return [root, ...parts.map((_, index) => join(root, ...parts.slice(0, index + 1)))];
}
