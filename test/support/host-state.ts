/** Everything of a kind that isolations make and a run may leave, host-wide: equal before and after. */

import { link, list, read } from './read-quietly.ts';

export interface HostState {
  loopDevices: string[];
  networkDevices: string[];
  networkNamespaces: string[];
  mounts: string[];
}

export const hostState = (): HostState => ({
  // A loop device in use names its file; an unused one has no such directory.
  loopDevices: list('/sys/block').filter(
    (name) => /^loop\d+$/.test(name) && list(`/sys/block/${name}/loop`).length > 0,
  ),
  networkDevices: list('/sys/class/net').sort(),
  networkNamespaces: [...new Set([...list('/run/netns'), ...list('/run/docker/netns')])].sort(),
  mounts: read('/proc/mounts').split('\n').filter(Boolean),
});

/** Processes that carry this text in their arguments, with their programs. */
export const processesWith = (text: string): string[] =>
  list('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(text))
    .map((pid) => `${pid} ${link(`/proc/${pid}/exe`)}`);
