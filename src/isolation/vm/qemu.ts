/** A guest under QEMU, whichever its machine: the image's disk and initramfs, the channel on a virtio-serial port. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../host/find-program.ts';
import { askCommand } from '../../lib/run-tool.ts';
import type { IsolationConfig } from '../../model/config.ts';
import type { FunctionImage, GuestDevices } from '../../model/image.ts';
import type { Instance, Isolation, StartContext } from '../../model/isolation.ts';
import type { Accelerator } from '../../model/isolation-types.ts';
import { VMM_UID } from '../../model/uids.ts';
import { listenOnce } from '../channel/listener.ts';
import { guestIs, hostIs, hostMatches, otherKernelThanHost, type Rule } from '../evidence/contradictions.ts';
import { requireCommand, requireVmmHost } from '../requirements.ts';
import { type BootFiles, placeBootFiles } from './boot-files.ts';
import { bootImage } from './guest-boot.ts';
import { type QemuMachine, qemuArgs, qemuDeviations } from './qemu-args.ts';
import { openQmp } from './qmp.ts';
import { requireKvm } from './require-device.ts';
import { startVm, startVmAtHome, VMM_OPTIONS, type VmPlace } from './vm-instance.ts';

const BINARY = 'qemu-system-x86_64';
/** QEMU's translation buffer under TCG may take a gigabyte by default. */
const TRANSLATION_BYTES = 2 ** 30;

const DEVICES = { microvm: 'mmio-serial', q35: 'pci-serial' } as const satisfies Record<QemuMachine, GuestDevices>;

/** What is different about each machine, for the report: all else is equal among VMs (docs/reference/isolations.md). */
const NOTES: Record<QemuMachine, string> = {
  microvm:
    'microvm machine with qboot: disk, entropy and channel on virtio-mmio, found through ACPI; the kernel as an ELF',
  q35: 'q35 machine with SeaBIOS, ACPI and its chipset: disk, entropy and channel on PCI; the kernel as a bzImage by the firmware',
};

export interface QemuFlavour {
  machine: QemuMachine;
  /** More words for the guest's command line, in front of all others. */
  words?: string[];
}

interface Accelerated {
  accelerator: Accelerator;
  tscKhz: number | null;
  tscDeadline: boolean;
}

/** `accelerator` is the one that the probe saw a guest boot under. */
export function qemuIsolation(config: IsolationConfig, accelerator: Accelerator, flavour: QemuFlavour): Isolation {
  let host: Promise<Omit<Accelerated, 'accelerator'>> | null = null;
  return {
    config,
    probe: () => probeQemu(config, accelerator, flavour),
    async prepare(image, { runId }) {
      placeBootFiles(runId, bootFiles(image, flavour.machine));
    },
    async start(image, resources, context) {
      // Measured once, and before the clock of a cold start runs.
      host ??= readClock(join(image.rootfsDir, '.isogate/agent'), accelerator);
      const accelerated = { accelerator, ...(await host) };
      const files = placeBootFiles(context.runId, bootFiles(image, flavour.machine));
      const start = (place: VmPlace): Promise<Instance> =>
        startUnderQemu({ image, files, cpus: resources.cpus, context, ...place, ...accelerated, ...flavour });
      return startVmAtHome(context, resources, start, TRANSLATION_BYTES);
    },
  };
}

/** `agent tsc` counts the time stamp counter against the monotonic clock, in kHz. */
async function readClock(agentPath: string, accelerator: Accelerator): Promise<Omit<Accelerated, 'accelerator'>> {
  if (accelerator === 'kvm') {
    const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
    return { tscKhz: null, tscDeadline: /^flags\s*:.*\btsc_deadline_timer\b/m.test(cpuinfo) };
  }
  const answer = await askCommand(agentPath, ['tsc']);
  if (answer.outcome !== 'answered') throw new Error(`${agentPath} tsc does not answer (${answer.outcome})`);
  return { tscKhz: Number(answer.stdout), tscDeadline: false };
}

async function probeQemu(
  config: IsolationConfig,
  accelerator: Accelerator,
  { machine }: QemuFlavour,
): ReturnType<Isolation['probe']> {
  const { version, missing } = await requireCommand({
    what: 'QEMU',
    command: findProgram(BINARY) ?? BINARY,
    package: 'qemu-system-x86',
  });
  const more = missing ?? (await requireVmmHost(config.type)) ?? (accelerator === 'kvm' ? await requireKvm() : null);
  if (more) return { version, ...more };
  const words = [...qemuDeviations(null), ...(accelerator === 'tcg' ? ['tsc_early_khz=RATE'] : [])].join(' ');
  const notes = [NOTES[machine], `the kernel's command line has besides the common words: ${words}`];
  return { version, reason: null, fix: null, notes };
}

function bootFiles(image: FunctionImage, machine: QemuMachine): BootFiles {
  const { kernel, initramfsPath, diskPath } = bootImage(image, DEVICES[machine]);
  // Firmware boots what a boot loader would; a microvm's has nothing to unpack it with.
  const compressed = machine === 'q35' ? kernel.bzImagePath : null;
  return { kernel: compressed ?? kernel.vmlinuxPath, initramfs: initramfsPath, disk: diskPath };
}

interface QemuStart extends Accelerated, QemuFlavour, VmPlace {
  image: FunctionImage;
  files: BootFiles;
  cpus: number;
  context: StartContext;
}

async function startUnderQemu(start: QemuStart): Promise<Instance> {
  const { image, context, startedMs, home, accelerator, machine } = start;
  const { kernel } = bootImage(image, DEVICES[machine]);
  const [channel, stderr, qmpSocket] = await Promise.all([
    listenOnce(join(context.instanceDir, 'channel'), VMM_UID),
    listenOnce(join(context.instanceDir, 'stderr'), VMM_UID),
    listenOnce(join(context.instanceDir, 'qmp'), VMM_UID),
  ]);
  const args = qemuArgs({
    ...start,
    memoryBytes: start.guestBytes,
    kernelPath: start.files.kernel,
    initramfsPath: start.files.initramfs,
    diskPath: start.files.disk,
    sockets: { channel: channel.path, stderr: stderr.path, qmp: qmpSocket.path },
  });
  const { device, ...plain } = VMM_OPTIONS;
  return startVm({
    vmm: 'QEMU',
    image,
    home,
    command: [findProgram(BINARY) ?? BINARY, ...args],
    options: accelerator === 'kvm' ? { ...plain, device } : plain,
    context,
    startedMs,
    channel,
    stderr,
    async created(fail) {
      const [qmpStream] = await Promise.all([qmpSocket.connection, channel.connection, stderr.connection]);
      const qmp = openQmp(qmpStream, fail);
      return { hostFacts: async () => ({ kvm_enabled: String((await qmp.query('query-kvm'))['enabled']) }) };
    },
    guestBytes: start.guestBytes,
    emulated: accelerator === 'tcg',
    rules: qemuRules(kernel.release, accelerator, machine),
    close: () => qmpSocket.close(),
  });
}

/** What must hold of a guest on this machine, besides what holds of every guest. */
export const qemuRules = (kernelRelease: string, accelerator: Accelerator, machine: QemuMachine): Rule[] => [
  otherKernelThanHost(kernelRelease),
  guestIs('hypervisor', 'true'),
  hostMatches('exe', /\/qemu-system-x86_64$/, 'the QEMU binary'),
  hostMatches(
    'argv',
    new RegExp(` -machine ${machine},accel=${accelerator}[, ]`),
    `a ${machine} machine with accel=${accelerator}`,
  ),
  hostIs('kvm_enabled', String(accelerator === 'kvm')),
  hostIs('uid', String(VMM_UID)),
];
