/** Where this process looks for programs, all of which it may start as root. */

import { delimiter, isAbsolute } from 'node:path';

/**
 * Takes out of PATH what npm, npx and their like put in front, directories of what a repository's dependencies brought, and
 * what depends on the working directory: a `runc`, `tar` or `git` in there is the pull request's, not the machine's.
 */
export function trustPath(env: NodeJS.ProcessEnv): void {
  const path = env['PATH'];
  if (path === undefined) return;
  env['PATH'] = path
    .split(delimiter)
    .filter((directory) => isAbsolute(directory) && !`${directory}/`.includes('/node_modules/'))
    .join(delimiter);
}
