/**
 * A microVM: Firecracker, told by its API socket or by a file what to run, the channel on vsock, started by its jailer
 * where that is asked for.
 */

import { once } from 'node:events';
import { existsSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import * as v from 'valibot';
import { CGROUP_MOUNT } from '../../host/cgroup.ts';
import { findProgram, findRealProgram } from '../../host/find-program.ts';
import type { IsolationConfig, Resources } from '../../model/config.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Instance, Isolation, StartContext } from '../../model/isolation.ts';
import { VMM_UID } from '../../model/uids.ts';
import { listenOnce } from '../channel/listener.ts';
import { keepTail } from '../channel/process-end.ts';
import {
  guestIs,
  hostIs,
  hostMatches,
  otherKernelThanHost,
  ownNamespaces,
  type Rule,
} from '../evidence/contradictions.ts';
import { rootFact } from '../evidence/host-evidence.ts';
import { holdsKvmVm, vmmEvidence } from '../evidence/vm-rules.ts';
import { type Missing, NOTHING_MISSING, requireCommand, requireVmmHost } from '../requirements.ts';
import { type BootFiles, placeBootFiles } from './boot-files.ts';
import {
  bootTimerUs,
  firecrackerArgs,
  firecrackerCalls,
  firecrackerConfig,
  INSTANCE_START,
} from './firecracker-config.ts';
import { bootImage, CHANNEL_PORT, STDERR_PORT } from './guest-boot.ts';
import { type Jail, jailerArgs, jailProblem, makeJail } from './jail.ts';
import { untestedNotes } from './kvm-record.ts';
import { requireKvm } from './require-device.ts';
import { startVm, startVmAtHome, VMM_OPTIONS, type VmPlace } from './vm-instance.ts';
import { AnswerWord, openVmmApi, untilListening } from './vmm-api.ts';

const PROGRAM = 'firecracker';
const NAME = 'Firecracker';
const JAILER = 'jailer';
/** The API is that of 1.7 onwards; `--enable-pci` came with 1.13 (its CHANGELOG). */
const OLDEST_VERSION = '1.7';
const OLDEST_WITH_PCI = '1.13';
const FIX = 'put firecracker (and jailer) of its project’s releases on PATH or into /opt/isogate/bin';

const Info = v.fallback(v.object({ state: AnswerWord, vmm_version: AnswerWord }), { state: '', vmm_version: '' });

export function firecrackerIsolation(config: IsolationConfig): Isolation {
  const binary = findRealProgram(PROGRAM) ?? PROGRAM;
  return {
    config,
    probe: () => probeFirecracker(binary, config),
    async prepare(image, { runId }) {
      placeBootFiles(runId, bootFiles(image, config));
    },
    start: (image, resources, context) => startFirecracker({ binary, config, image, resources, context }),
  };
}

async function probeFirecracker(binary: string, config: IsolationConfig): ReturnType<Isolation['probe']> {
  const atLeast = config.pci ? OLDEST_WITH_PCI : OLDEST_VERSION;
  const { version, missing } = await requireCommand({ what: NAME, command: binary, atLeast, fix: FIX });
  const more = missing ?? (await requireJailer(config)) ?? (await requireVmmHost(PROGRAM)) ?? (await requireKvm());
  return { version, ...(more ?? NOTHING_MISSING), notes: untestedNotes(PROGRAM) };
}

async function requireJailer(config: IsolationConfig): Promise<Missing | null> {
  if (!config.jailer) return null;
  const { missing } = await requireCommand({
    what: 'Firecracker’s jailer',
    command: findProgram(JAILER) ?? JAILER,
    atLeast: OLDEST_VERSION,
    fix: FIX,
  });
  return missing ?? (await jailProblem());
}

interface Start {
  binary: string;
  config: IsolationConfig;
  image: FunctionImage;
  resources: Resources;
  context: StartContext;
}

/** @throws InstanceError when the image or its kernel cannot do what this configuration asks for */
function bootFiles(image: FunctionImage, config: IsolationConfig): BootFiles {
  const { kernel, initramfsPath, diskPath } = bootImage(image, config.pci ? 'pci-vsock' : 'mmio-vsock');
  return { kernel: kernel.vmlinuxPath, initramfs: initramfsPath, disk: diskPath };
}

async function startFirecracker(start: Start): Promise<Instance> {
  const { binary, image, config, resources, context } = start;
  const files = placeBootFiles(context.runId, bootFiles(image, config));
  return startVmAtHome(context, resources, async (place) => {
    const where = { runId: context.runId, instanceId: context.instanceId, program: basename(binary) };
    const jail = config.jailer ? makeJail(where, files) : null;
    try {
      return await startInside({ ...start, ...place, files, jail });
    } catch (error) {
      await place.home.remove();
      await jail?.remove();
      throw error;
    }
  });
}

interface Inside extends Start, VmPlace {
  files: BootFiles;
  jail: Jail | null;
}

async function startInside(start: Inside): Promise<Instance> {
  const { config, image, context, jail, home, startedMs } = start;
  // Each file has two names: the host's, and the one that Firecracker sees.
  const hostDir = jail?.rootDir ?? context.instanceDir;
  const ownDir = jail ? '/' : context.instanceDir;
  const own = (name: string): string => join(ownDir, name);
  const host = (name: string): string => join(hostDir, name);
  const channel = await listenOnce(host(`vsock_${CHANNEL_PORT}`), VMM_UID);
  const stderr = await listenOnce(host(`vsock_${STDERR_PORT}`), VMM_UID);
  const document = firecrackerConfig({
    cpus: start.resources.cpus,
    memoryBytes: start.guestBytes,
    pci: config.pci,
    kernelPath: jail ? own('kernel') : start.files.kernel,
    initramfsPath: jail ? own('initramfs') : start.files.initramfs,
    diskPath: jail ? own('disk') : start.files.disk,
    vsockPath: own('vsock'),
  });
  const byApi = config.configure === 'api';
  if (!byApi) writeFileSync(host('config.json'), JSON.stringify(document), { mode: 0o644 });
  const over = new AbortController();
  const timeoutMs = context.startTimeoutMs;
  const api = byApi ? openVmmApi({ vmm: NAME, socketPath: host('api'), timeoutMs }) : null;
  const timesMs: Record<string, string> = {};
  const mark = (name: string): void => {
    timesMs[name] = (performance.now() - startedMs).toFixed(3);
  };
  return startVm({
    vmm: NAME,
    image,
    home,
    command: commandOf(start, byApi ? { apiSocket: own('api') } : { configFile: own('config.json') }),
    // The jailer gives up root by itself.
    options: jail ? { dieWithParent: true } : VMM_OPTIONS,
    context,
    startedMs,
    channel,
    stderr,
    keepsStdout: true,
    async created(_, child) {
      const log = child.stdout ? keepTail(child.stdout) : () => '';
      if (api) {
        await untilListening(host('api'), over.signal);
        mark('api_ms');
        for (const { path, body } of firecrackerCalls(document)) await api.call('PUT', path, body);
        mark('boot_asked_ms');
        await api.call('PUT', INSTANCE_START.path, INSTANCE_START.body);
      } else await untilThere(host('vsock'), over.signal);
      const pid = child.pid ?? 0;
      return {
        hostFacts: async () => ({
          ...(await vmmEvidence(pid)),
          ...(jail && (await rootFact(jail.rootDir, 'jail')(pid))),
          ...(api && infoFacts(await api.call('GET', '/').catch(() => null))),
          ...timesMs,
          ...timerFact(log()),
        }),
      };
    },
    guestBytes: start.guestBytes,
    rules: rulesOf(start.binary, image.vm?.kernel.release ?? '', config),
    async close() {
      over.abort();
      api?.close();
      await jail?.remove();
    },
  });
}

function infoFacts(answer: unknown): Record<string, string> {
  const { state, vmm_version } = v.parse(Info, answer);
  return { vm_state: state, vmm_version };
}

/** Firecracker's own boot time. It is a fact besides our phases, since it begins and ends at other moments. */
function timerFact(log: string): Record<string, string> {
  const us = bootTimerUs(log);
  return us === null ? {} : { boot_timer_us: us };
}

type Told = Parameters<typeof firecrackerArgs>[0]['told'];

function commandOf({ binary, config, context, jail, home }: Inside, told: Told): string[] {
  const { instanceId } = context;
  const args = firecrackerArgs({ instanceId, pci: config.pci, told });
  if (!jail) return [binary, ...args];
  const cgroup = {
    version: home.cgroup.version,
    path: relative(CGROUP_MOUNT, dirname(home.cgroup.procsFiles[0] ?? '')),
  };
  // The jailer names the instance itself.
  return jailerArgs(
    { jailer: findProgram(JAILER) ?? JAILER, firecracker: binary, instanceId, baseDir: jail.baseDir, cgroup },
    args.slice(args.indexOf(instanceId) + 1),
  );
}

/** Not by connecting: whoever connects to a vsock device's socket has to say where to. */
async function untilThere(path: string, signal: AbortSignal): Promise<void> {
  const watcher = watch(dirname(path), { signal, persistent: false });
  try {
    for (;;) {
      const change = once(watcher, 'change', { signal });
      change.catch(() => {});
      if (existsSync(path)) return;
      await change;
    }
  } finally {
    watcher.close();
  }
}

const rulesOf = (binary: string, kernelRelease: string, config: IsolationConfig): Rule[] => [
  otherKernelThanHost(kernelRelease),
  guestIs('hypervisor', 'true'),
  // In a jail it is a copy, whose name starts at the jail's root.
  config.jailer ? hostEndsWith('exe', `/${basename(binary)}`) : hostIs('exe', binary),
  ...argvRules(config),
  hostIs('uid', String(VMM_UID)),
  holdsKvmVm,
  // Filters of its own on each thread; a thread of the kernel's KVM may be among them (comm is cut to 15 characters).
  hostIs('seccomp', '2'),
  hostMatches('unfiltered_threads', /^(?:kvm-nx-lpage-re)?$/, 'none of its own threads'),
  ...(config.configure === 'api' ? [hostIs('vm_state', 'Running')] : []),
  ...(config.jailer ? [hostIs('root', 'jail'), ownNamespaces('mnt')] : []),
];

const hostEndsWith =
  (key: string, end: string): Rule =>
  (evidence, host) =>
    evidence.host[key]?.endsWith(end) ? null : hostIs(key, `…${end}`)(evidence, host);

/** How it was told what to run, that its filters were not turned off, and on which bus its devices are. */
const argvRules = ({ configure, pci }: IsolationConfig): Rule[] => [
  configure === 'api'
    ? hostMatches('argv', / --api-sock /, 'an API socket')
    : hostMatches('argv', / --no-api --config-file /, 'a configuration file and no API'),
  hostMatches('argv', /^(?!.* --no-seccomp\b)(?!.* --seccomp-filter\b)/, 'its own seccomp filters'),
  hostMatches('argv', pci ? / --enable-pci\b/ : /^(?!.* --enable-pci\b)/, pci ? 'PCI enabled' : 'no PCI'),
];
