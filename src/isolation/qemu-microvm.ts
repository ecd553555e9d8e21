/** A microVM: QEMU's microvm machine, the image's disk and initramfs, the channel on a virtio-serial port. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { execa } from 'execa';
import { InstanceError } from '../errors.ts';
import {
  type FunctionImage,
  type Instance,
  type Isolation,
  type IsolationConfig,
  type Resources,
  type StartContext,
  VMM_UID,
} from '../types.ts';
import { guestIs, hostIs, hostMatches, otherKernelThanHost, type Rule } from './contradictions.ts';
import { type InstanceHome, startAtHome } from './instance-home.ts';
import { launchArgs } from './launcher.ts';
import { type Listener, listenOnce } from './listener.ts';
import { qemuMicrovmArgs } from './qemu-args.ts';
import { openQmp } from './qmp.ts';
import { requireKvm } from './require-device.ts';
import { NOTHING_MISSING, requireCgroup, requireCommand, requireFreeUid, requireRoot } from './requirements.ts';
import { startVm } from './vm-instance.ts';

const BINARY = 'qemu-system-x86_64';
/** QEMU's own memory under TCG: its translation buffer may take a gigabyte by default. */
const VMM_ALLOWANCE_BYTES = 2 ** 30 + 2 ** 28;

/** `accelerator` is the one that the probe saw a guest boot under. */
export function qemuMicrovmIsolation(config: IsolationConfig, accelerator: 'kvm' | 'tcg'): Isolation {
  let tsc: Promise<number> | null = null;
  return {
    config,
    family: 'microvm',
    probe: () => probeQemu(accelerator),
    async start(image, resources, context) {
      // Measured once, and before the clock of a cold start runs.
      if (accelerator === 'tcg') tsc ??= readTscKhz(agentOf(image));
      return startQemu(image, resources, context, { accelerator, tscKhz: await tsc });
    },
  };
}

const agentOf = (image: FunctionImage): string => join(image.rootfsDir, '.isogate/agent');

/** `agent tsc` counts the time stamp counter against the monotonic clock, in kHz. */
async function readTscKhz(agentPath: string): Promise<number> {
  const { stdout } = await execa(agentPath, ['tsc'], { timeout: 5_000, stdin: 'ignore' });
  return Number(stdout);
}

async function probeQemu(accelerator: 'kvm' | 'tcg'): ReturnType<Isolation['probe']> {
  const { version, missing } = await requireCommand({ what: 'QEMU', command: BINARY, package: 'qemu-system-x86' });
  const more = missing ?? requireRoot('qemu-microvm') ?? requireCgroup() ?? (await requireFreeUid(VMM_UID));
  const device = more === null && accelerator === 'kvm' ? await requireKvm() : null;
  return { version, ...(more ?? device ?? NOTHING_MISSING) };
}

interface Accelerated {
  accelerator: 'kvm' | 'tcg';
  tscKhz: number | null;
}

async function startQemu(
  image: FunctionImage,
  resources: Resources,
  context: StartContext,
  accelerated: Accelerated,
): Promise<Instance> {
  const startedMs = performance.now();
  const guestBytes = resources.memoryBytes + resources.guestOverheadBytes;
  return startAtHome(context, { memoryBytes: guestBytes + VMM_ALLOWANCE_BYTES, owner: VMM_UID }, (home) =>
    startUnderQemu({ image, cpus: resources.cpus, guestBytes, context, startedMs, home, ...accelerated }),
  );
}

interface QemuStart extends Accelerated {
  image: FunctionImage;
  cpus: number;
  guestBytes: number;
  context: StartContext;
  startedMs: number;
  home: InstanceHome;
}

async function startUnderQemu(start: QemuStart): Promise<Instance> {
  const { image, context, startedMs, home, accelerator, tscKhz, guestBytes } = start;
  if (!image.vm) throw new InstanceError('start-failed', 'start', 'the image was built without a VM disk');
  const initramfs = image.vm.initramfs['mmio-serial'];
  if (initramfs.path === null) throw new InstanceError('start-failed', 'start', initramfs.problem);
  const { instanceDir } = context;
  const [channel, stderr, qmpSocket] = (await Promise.all(
    ['channel', 'stderr', 'qmp'].map((name) => listenOnce(join(instanceDir, name), VMM_UID)),
  )) as [Listener, Listener, Listener];
  const command = qemuMicrovmArgs({
    accelerator,
    tscKhz,
    cpus: start.cpus,
    memoryBytes: guestBytes,
    kernelPath: image.vm.kernel.vmlinuxPath,
    initramfsPath: initramfs.path,
    diskPath: image.vm.diskPath,
    sockets: { channel: channel.path, stderr: stderr.path, qmp: qmpSocket.path },
  });
  const [file, args] = launchArgs(
    {
      agentPath: agentOf(image),
      cgroupProcs: home.cgroup.procsFiles,
      uid: VMM_UID,
      gid: VMM_UID,
      ...(accelerator === 'kvm' && { device: '/dev/kvm' }),
      dieWithParent: true,
    },
    [BINARY, ...command],
  );
  const child = spawn(file, args, {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return startVm({
    vmm: 'QEMU',
    child,
    home,
    context,
    startedMs,
    channel,
    stderr,
    async created(fail) {
      const [qmpStream] = await Promise.all([qmpSocket.connection, channel.connection, stderr.connection]);
      const qmp = openQmp(qmpStream, () => fail('stopped the guest'));
      return { hostFacts: async () => ({ kvm_enabled: String((await qmp.query('query-kvm'))['enabled']) }) };
    },
    rules: rulesOf(image.vm.kernel.release, accelerator),
    close: () => qmpSocket.close(),
  });
}

const rulesOf = (kernelRelease: string, accelerator: 'kvm' | 'tcg'): Rule[] => [
  otherKernelThanHost(kernelRelease),
  guestIs('hypervisor', 'true'),
  hostMatches('exe', /\/qemu-system-x86_64$/, 'the QEMU binary'),
  hostMatches(
    'argv',
    new RegExp(`-machine microvm,accel=${accelerator},`),
    `a microvm machine with accel=${accelerator}`,
  ),
  hostIs('kvm_enabled', String(accelerator === 'kvm')),
  hostIs('uid', String(VMM_UID)),
];
