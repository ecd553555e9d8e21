import { findOnPath } from '../../host/host-program.ts';
import { NotMeasurableError } from '../../model/errors.ts';

/** The size of a file in bytes: as much as a whole function may have. */
const LIMITS = { nofile: 4096, core: 0, fsize: 2 * 2 ** 30 };
/** Far more than npm or make start. Counted by user, so only where the build has the function's, which nobody else has. */
const MAX_PROCESSES = 512;

/**
 * The argument vector that starts bubblewrap for a build.
 *
 * The agent closes every descriptor but the standard ones: bubblewrap passes on what it inherits. `unshare` is there for
 * the end: bubblewrap exits with its first process, before those in the background are dead; as the first process of a
 * process namespace around it, it is reaped only after all of them (pid_namespaces(7)). Without root there is no such
 * namespace, and they end moments later.
 *
 * @throws NotMeasurableError when a program is not installed
 */
export function buildCommand(
  options: { agent: string; asRoot: boolean; fileBytes?: number; cgroupProcs?: string | undefined },
  sandboxArgs: string[],
): string[] {
  const sizes = options.fileBytes === undefined ? {} : { fsize: options.fileBytes };
  const limits = Object.entries({ ...LIMITS, ...sizes, ...(options.asRoot ? { nproc: MAX_PROCESSES } : {}) });
  return [
    ...[options.agent, 'launch', ...(options.cgroupProcs ? ['--cgroup', options.cgroupProcs] : [])],
    ...['--die-with-parent', '--'],
    ...[program('prlimit', 'util-linux'), ...limits.map(([name, value]) => `--${name}=${value}`), '--'],
    ...(options.asRoot ? [program('unshare', 'util-linux'), '--pid', '--fork', '--kill-child=SIGKILL', '--'] : []),
    ...[program('bwrap', 'bubblewrap'), ...sandboxArgs],
  ];
}

function program(name: string, debianPackage: string): string {
  const found = findOnPath(name);
  if (found !== null) return found;
  throw new NotMeasurableError(`${name} is not installed: run scripts/setup-runner (Debian package ${debianPackage})`);
}
