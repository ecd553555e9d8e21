/** Everything of a kind that isolations make and a run may leave, host-wide: equal before and after. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

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

/** Namespaces that a process lives in which carries this text in its arguments. */
export const processesWith = (text: string): string[] =>
  list('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(text))
    .map((pid) => `${pid} ${link(`/proc/${pid}/exe`)}`);

const list = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};
const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const link = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};
