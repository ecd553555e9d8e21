/** A microVM: Cloud Hypervisor, told by its API socket what to run, the channel on vsock. Its virtio devices are on PCI. */

import { join } from 'node:path';
import * as v from 'valibot';
import { findRealProgram } from '../../host/find-program.ts';
import type { IsolationConfig, Resources } from '../../model/config.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Instance, Isolation, StartContext } from '../../model/isolation.ts';
import { VMM_UID } from '../../model/uids.ts';
import { listenOnce } from '../channel/listener.ts';
import { guestIs, hostIs, hostMatches, otherKernelThanHost, type Rule } from '../evidence/contradictions.ts';
import { holdsKvmVm, vmmEvidence } from '../evidence/vm-rules.ts';
import { NOTHING_MISSING, requireCommand, requireVmmHost } from '../requirements.ts';
import { type BootFiles, placeBootFiles } from './boot-files.ts';
import { cloudHypervisorConfig } from './cloud-hypervisor-config.ts';
import { bootImage, CHANNEL_PORT, STDERR_PORT } from './guest-boot.ts';
import { untestedNotes } from './kvm-record.ts';
import { requireKvm } from './require-device.ts';
import { startVm, startVmAtHome, VMM_OPTIONS } from './vm-instance.ts';
import { AnswerWord, openVmmApi, untilListening } from './vmm-api.ts';

const PROGRAM = 'cloud-hypervisor';
const NAME = 'Cloud Hypervisor';
/** Before it, its vsock device did not understand guests with Linux 6.3 and later (its release notes). */
const OLDEST_VERSION = '35.0';
const API_ROOT = '/api/v1';

const Ping = v.fallback(v.object({ version: AnswerWord }), { version: '' });
const Info = v.fallback(v.object({ state: AnswerWord }), { state: '' });

export function cloudHypervisorIsolation(config: IsolationConfig): Isolation {
  const binary = findRealProgram(PROGRAM) ?? PROGRAM;
  return {
    config,
    async probe() {
      const { version, missing } = await requireCommand({
        what: NAME,
        command: binary,
        atLeast: OLDEST_VERSION,
        fix: 'put a release of cloud-hypervisor (its project publishes static ones) on PATH or into /opt/isogate/bin under that name',
      });
      const more = missing ?? (await requireVmmHost(PROGRAM)) ?? (await requireKvm());
      return { version, ...(more ?? NOTHING_MISSING), notes: untestedNotes(PROGRAM) };
    },
    async prepare(image, { runId }) {
      placeBootFiles(runId, bootFiles(image));
    },
    start: (image, resources, context) => startCloudHypervisor(binary, image, resources, context),
  };
}

function bootFiles(image: FunctionImage): BootFiles {
  const { kernel, initramfsPath, diskPath } = bootImage(image, 'pci-vsock');
  return { kernel: kernel.vmlinuxPath, initramfs: initramfsPath, disk: diskPath };
}

async function startCloudHypervisor(
  binary: string,
  image: FunctionImage,
  resources: Resources,
  context: StartContext,
): Promise<Instance> {
  const { kernel } = bootImage(image, 'pci-vsock');
  const files = placeBootFiles(context.runId, bootFiles(image));
  return startVmAtHome(context, resources, async ({ home, guestBytes, startedMs }) => {
    const vsockPath = join(context.instanceDir, 'vsock');
    const channel = await listenOnce(`${vsockPath}_${CHANNEL_PORT}`, VMM_UID);
    const stderr = await listenOnce(`${vsockPath}_${STDERR_PORT}`, VMM_UID);
    const socketPath = join(context.instanceDir, 'api');
    const config = cloudHypervisorConfig({
      cpus: resources.cpus,
      memoryBytes: guestBytes,
      kernelPath: files.kernel,
      initramfsPath: files.initramfs,
      diskPath: files.disk,
      vsockPath,
    });
    const over = new AbortController();
    const api = openVmmApi({ vmm: NAME, socketPath, timeoutMs: context.startTimeoutMs });
    return startVm({
      vmm: NAME,
      image,
      home,
      command: [binary, '--api-socket', `path=${socketPath}`, '--seccomp', 'true'],
      options: VMM_OPTIONS,
      context,
      startedMs,
      channel,
      stderr,
      async created(_, child) {
        await untilListening(socketPath, over.signal);
        const { version } = v.parse(Ping, await api.call('GET', `${API_ROOT}/vmm.ping`));
        const apiMs = performance.now() - startedMs;
        await api.call('PUT', `${API_ROOT}/vm.create`, config);
        const bootAskedMs = performance.now() - startedMs;
        await api.call('PUT', `${API_ROOT}/vm.boot`);
        return {
          hostFacts: async () => ({
            ...(await vmmEvidence(child.pid ?? 0)),
            vm_state: v.parse(Info, await api.call('GET', `${API_ROOT}/vm.info`).catch(() => null)).state,
            vmm_version: version,
            api_ms: apiMs.toFixed(3),
            boot_asked_ms: bootAskedMs.toFixed(3),
          }),
        };
      },
      guestBytes,
      rules: rulesOf(binary, kernel.release),
      close() {
        over.abort();
        api.close();
      },
    });
  });
}

const rulesOf = (binary: string, kernelRelease: string): Rule[] => [
  otherKernelThanHost(kernelRelease),
  guestIs('hypervisor', 'true'),
  hostIs('exe', binary),
  hostMatches('argv', / --seccomp true$/, 'its seccomp filters on'),
  hostIs('uid', String(VMM_UID)),
  holdsKvmVm,
  // The main thread, without one, only waits for the others; a thread of the kernel's KVM may be among them (names are cut
  // to 15 characters).
  hostMatches('filtered_threads', /./, 'threads with seccomp filters'),
  hostMatches('unfiltered_threads', /^(?:(?:cloud-hyperviso|kvm-nx-lpage-re) ?)*$/, 'none but the main thread'),
  hostIs('vm_state', 'Running'),
];
