/** Pure: the argument vector of bubblewrap around an image's process. docs/reference/isolations.md explains it. */

import type { ImageProcess } from '../../model/image.ts';

export interface BubblewrapOptions {
  rootfsDir: string;
  process: ImageProcess;
}

/** As in the OCI bundle and in `agent launch --root`. */
const SHM_BYTES = 64 * 2 ** 20;
const TMP_BYTES = 64 * 2 ** 20;
/** Of sysfs, which bubblewrap cannot mount anew, only what language runtimes read: CPUs, their caches, memory. */
const SYS_SHOWN = '/sys/devices/system';
/** In the image; becomes the user, which bubblewrap as root leaves to its command. */
const AGENT = '/.isogate/agent';

export function bubblewrapArgs({ rootfsDir, process }: BubblewrapOptions): string[] {
  const ids = ['--uid', String(process.uid), '--gid', String(process.gid)];
  return [
    ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup'],
    ...['--hostname', 'function', '--new-session', '--die-with-parent'],
    // For the change of user only: the agent drops these as well.
    ...['--cap-drop', 'ALL', ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`])],
    ...['--ro-bind', rootfsDir, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--perms', '1777', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    // Made by itself, a directory would be closed to all but root.
    ...['--perms', '0755', '--tmpfs', '/sys', '--perms', '0755', '--dir', '/sys/devices'],
    ...['--ro-bind', SYS_SHOWN, SYS_SHOWN, '--remount-ro', '/sys'],
    ...['--perms', '1777', '--size', String(TMP_BYTES), '--tmpfs', '/tmp', '--chdir', process.cwd, '--'],
    ...[AGENT, 'launch', '--no-bounding-set', ...ids, '--', ...process.args],
  ];
}
