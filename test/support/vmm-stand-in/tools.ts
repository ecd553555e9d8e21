/**
 * What a stand-in VMM needs on this machine. It is looked up once, by the test that installs the stand-in, and handed
 * over in a file: a VMM is started with no environment of the harness's, as a user who may not read the repository.
 */

import { accessSync, constants, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { execa } from 'execa';

export interface Tools {
  node: string;
  qemu: string;
  /** rust-vmm's vhost-user backend of a virtio-vsock device, with Firecracker's scheme of unix sockets. */
  vhostVsock: string;
  setpriv: string;
  compiler: string;
  /** The host's TSC, which emulated guests share (docs/reference/isolations.md). */
  tscKhz: number;
}

const VHOST_VSOCK = '/opt/isogate/dev/bin/vhost-device-vsock';
const AGENT = new URL('../../../dist/guest/agent', import.meta.url).pathname;

/** Returns what is missing, as a reason to skip, where a guest cannot be booted with a virtio-vsock device. */
export async function findTools(): Promise<Tools | string> {
  const found: Partial<Record<'qemu' | 'setpriv' | 'compiler' | 'vhostVsock', string>> = {};
  for (const [tool, candidates, source] of [
    ['qemu', onPath('qemu-system-x86_64'), 'scripts/setup-runner'],
    ['setpriv', onPath('setpriv'), 'apt-get install util-linux'],
    ['compiler', onPath('musl-gcc'), 'scripts/setup-runner --dev'],
    ['vhostVsock', [...onPath('vhost-device-vsock'), VHOST_VSOCK], 'scripts/setup-runner --dev, with cargo on PATH'],
  ] as const) {
    const path = candidates.find(executable);
    if (path === undefined)
      return `${tool === 'vhostVsock' ? VHOST_VSOCK : basename(candidates[0] ?? tool)} is missing: ${source}`;
    found[tool] = path;
  }
  const { stdout } = await execa(AGENT, ['tsc'], { timeout: 5_000, stdin: 'ignore' });
  return { node: process.execPath, ...(found as Required<typeof found>), tscKhz: Number(stdout) };
}

export const readTools = (file: string): Tools => JSON.parse(readFileSync(file, 'utf8'));

const onPath = (name: string): string[] => (process.env['PATH'] ?? '').split(':').map((dir) => `${dir}/${name}`);

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
