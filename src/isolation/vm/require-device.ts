/** Devices of the kernel that VMMs need: whether they are there and open, and else the command that changes it. */

import { open, readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Missing } from '../requirements.ts';

/** What is known of a device that does not open. */
export interface DeviceState {
  /** Of open(2); null when it opens. */
  error: string | null;
  mode: number;
  gid: number;
}

/** Says nothing on whether a guest runs: only a boot does (src/probe). */
export async function requireKvm(root = '/'): Promise<Missing | null> {
  const state = await tryOpen(join(root, 'dev/kvm'));
  if (state.error === null) return null;
  const kvmGid = gidOf(await readText(join(root, 'etc/group')), 'kvm');
  if (state.error !== 'ENOENT') return deniedDevice('kvm', state, kvmGid, userInfo().username);
  const loaded = await Promise.all(
    ['kvm_intel', 'kvm_amd'].map((name) =>
      stat(join(root, 'sys/module', name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return absentKvm(await readText(join(root, 'proc/cpuinfo')), loaded.includes(true));
}

/** Why there is no /dev/kvm: the CPU (or whoever lends it) does not offer it, or the kernel's module is not loaded. */
export function absentKvm(cpuinfo: string, moduleLoaded: boolean): Missing {
  const flags = cpuinfo.match(/^flags\s*:.*$/m)?.[0] ?? '';
  const module = /\bsvm\b/.test(flags) ? 'kvm_amd' : 'kvm_intel';
  if (/\b(vmx|svm)\b/.test(flags) && !moduleLoaded)
    return {
      reason: 'there is no /dev/kvm: the CPU offers virtualisation, and the kernel module is not loaded',
      fix: `sudo modprobe ${module}`,
    };
  if (moduleLoaded)
    return {
      reason: 'there is no /dev/kvm here although the kernel has its module: this is a container without the device',
      fix: 'start this container with --device /dev/kvm',
    };
  if (/\bhypervisor\b/.test(flags))
    return {
      reason: 'there is no /dev/kvm: this machine is a virtual one without nested virtualisation',
      fix: 'turn on nested virtualisation for this machine at its provider, or use a bare-metal machine',
    };
  return {
    reason: 'there is no /dev/kvm: the CPU offers no virtualisation',
    fix: 'turn on VT-x or AMD-V (SVM) in the firmware',
  };
}

/** Never made world-writable: whoever opens /dev/kvm is one kernel bug from the machine. */
export function deniedDevice(name: string, state: DeviceState, kvmGid: number | null, user: string): Missing {
  const shown = `/dev/${name} (mode ${(state.mode & 0o777).toString(8).padStart(4, '0')}, group ${state.gid})`;
  if (state.error !== 'EACCES')
    return {
      reason: `${shown} does not open: ${state.error}; a container's device rules may forbid it, or another hypervisor holds it`,
      fix: `start this container with --device /dev/${name}; outside of one, stop the other hypervisor`,
    };
  if (state.gid === kvmGid && (state.mode & 0o060) === 0o060)
    return {
      reason: `${shown} belongs to group kvm, and ${user} is not in it`,
      fix: `sudo usermod -aG kvm ${user}  # then log in again`,
    };
  const rule = `KERNEL=="${name}", GROUP="kvm", MODE="0660"`;
  return {
    reason: `${shown} does not open for ${user}`,
    fix: `echo '${rule}' | sudo tee /etc/udev/rules.d/60-isogate-${name}.rules && sudo udevadm control --reload && sudo udevadm trigger --name-match=${name} && sudo usermod -aG kvm ${user}  # then log in again`,
  };
}

async function tryOpen(path: string): Promise<DeviceState> {
  const { mode, gid } = await stat(path).catch(() => ({ mode: 0, gid: 0 }));
  try {
    // access(2) knows nothing of a container's device rules, and root always passes it.
    await (await open(path, 'r+')).close();
    return { error: null, mode, gid };
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code ?? 'an unknown error', mode, gid };
  }
}

const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** From group(5): `name:password:gid:members` a line. */
const gidOf = (groups: string, name: string): number | null => {
  const found = groups.match(new RegExp(`^${name}:[^:]*:(\\d+):`, 'm'))?.[1];
  return found === undefined ? null : Number(found);
};
