import ignore from 'ignore';

/**
 * What no function needs at run time, and what changes without the function being another one; as in .gitignore. A
 * directory called .env is mostly a virtual environment of Python.
 */
const NEVER_NEEDED = [
  ...['.git', '.hg', '.svn', '.github/', 'isogate-out', '.isogate/', 'isogate.yml', '.DS_Store'],
  ...['.env*', '!.env*/', '*.log', '!*.log/'],
  // With the time of each installation in them, and pnpm's store a second copy of all packages.
  ...['.pnpm-store/', '**/node_modules/.modules.yaml', '**/node_modules/.pnpm-workspace-state*.json'],
  ...['**/node_modules/.cache/', '.pytest_cache/', '.mypy_cache/', '.ruff_cache/', '.nyc_output/'],
];
/** Bytecode of a checkout names times that are others in the image, so that it would never be used there. */
const STALE = ['__pycache__/'];

/** Their absence surprises nobody. */
const UNSAID =
  /(^|\/)(\.git|\.hg|\.svn|\.github|isogate-out|\.isogate|isogate\.yml|\.DS_Store|__pycache__|\.\w+_cache)$/;

export interface FileChoice {
  /** Whether something is left out, with everything below it. Asked of parents first. */
  leavesOut: (path: string, isDirectory: boolean) => boolean;
}

/**
 * @param own patterns of the configuration: they add to the default ones, and `!` brings back
 * @param as what is listed: a checkout, or what a build has left
 */
export function chooseFiles(own: readonly string[], as: 'checkout' | 'built'): FileChoice {
  const rules = ignore({ ignorecase: false })
    .add([...NEVER_NEEDED, ...(as === 'checkout' ? STALE : [])])
    .add([...own]);
  return { leavesOut: (path, isDirectory) => rules.ignores(isDirectory ? `${path}/` : path) };
}

/** Whether somebody may miss it, so that the log has to say that it is left out. */
export const isWorthSaying = (path: string): boolean => !UNSAID.test(path);
