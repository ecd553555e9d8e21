/** Everything that could change what a proof finds, as one digest. */

import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { programDirectories } from '../host/find-program.ts';
import { listPrograms } from '../isolation/create-isolation.ts';
import { digestJson } from '../lib/digest.ts';
import { SYSTEM_PATH } from '../lib/run-tool.ts';
import type { Resources } from '../model/config.ts';
import type { Env } from '../model/env.ts';
import { messageOf } from '../model/errors.ts';
import type { FunctionImage, GuestKernel } from '../model/image.ts';
import type { IsolationType } from '../model/isolation-types.ts';
import { openProofCache } from './proof-cache.ts';
import type { Attempt, KvmTrials, ProofBench, ProveOptions } from './prove.ts';

const ENGINE_CONFIGS = [
  '/etc/docker/daemon.json',
  '/etc/containers/containers.conf',
  '/etc/containers/storage.conf',
  '/etc/kata-containers/configuration.toml',
];

/** The same for every attempt of a run: the paths of cached entries are named by what they were made from. */
const imageState = (image: FunctionImage, kernel: GuestKernel | null, resources: Resources): string[] => [
  image.digest,
  image.bundleDir,
  image.vm?.diskPath ?? '',
  ...Object.values(image.vm?.initramfs ?? {}).map(({ path, problem }) => path ?? problem),
  kernel?.digest ?? '',
  kernel?.bzImagePath ?? '',
  JSON.stringify(resources),
];

/** The machine's own part: the boot, the kernel and its KVM, devices, cgroups, who we are. */
export async function machineState(): Promise<string[]> {
  return [
    await textOf('/proc/sys/kernel/random/boot_id'),
    await textOf('/proc/version'),
    `uid ${process.geteuid?.()}`,
    ...(await stampsOf(['/dev/kvm', '/dev/vhost-vsock', '/sys/fs/cgroup/cgroup.controllers'])),
    ...(await kvmModules()),
    ...(await stampsOf(ENGINE_CONFIGS)),
    // Another daemon, which may be weaker.
    `docker ${process.env['DOCKER_HOST'] ?? ''} ${process.env['DOCKER_CONTEXT'] ?? ''}`,
    // Isogate itself.
    ...(await stampsOf(process.argv.slice(1, 2))),
  ];
}

async function proofKey(attempt: Attempt, machine: string[], image: string[]): Promise<string> {
  const { required: _, ...config } = attempt.config;
  const parts = {
    machine,
    image,
    config,
    accelerator: attempt.accelerator,
    version: attempt.facts.version,
    programs: await stampsOf(programsOf(attempt.config.type)),
  };
  return digestJson(parts);
}

/** Of the finding that KVM boots no guest, whichever monitor it was met with. */
const kvmKey = (machine: string[], image: string[]): string => digestJson({ kvm: true, machine, image });

function programsOf(type: IsolationType): string[] {
  // A client may be started with the system's own PATH in place of ours.
  const directories = [...programDirectories(), ...SYSTEM_PATH.split(delimiter)];
  return listPrograms(type).flatMap((program) =>
    [...new Set(directories)].map((directory) => join(directory, program)),
  );
}

/** Of those that exist: where they lead, and what changes with their content. */
async function stampsOf(paths: string[]): Promise<string[]> {
  const stamps = await Promise.all(
    paths.map(async (path) => {
      const [real, found] = await Promise.all([realpath(path).catch(() => path), stat(path).catch(() => null)]);
      if (found === null) return [];
      const { ino, size, mtimeMs, ctimeMs, mode, uid, gid } = found;
      // Devices change their times with use.
      const times = found.isFile() ? [ino, size, mtimeMs, ctimeMs] : [];
      return [[path, real, ...times, mode, uid, gid].join(' ')];
    }),
  );
  return stamps.flat();
}

/** Which modules offer KVM, and whether they may nest. */
async function kvmModules(): Promise<string[]> {
  const names = (await readdir('/sys/module').catch(() => [])).filter((name) => name.startsWith('kvm'));
  return Promise.all(
    names.sort().map(async (name) => `${name} ${await textOf(`/sys/module/${name}/parameters/nested`)}`),
  );
}

const textOf = async (path: string): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).trim();

interface ProofMemory {
  kvmHung: KvmTrials['hung'];
  find: NonNullable<ProofBench['remembered']>;
  remember: NonNullable<ProofBench['remember']>;
  save(): Promise<void>;
}

export async function rememberProofs(
  options: Pick<Env, 'cacheDir' | 'log'> & ProveOptions & { image: FunctionImage; kernel: GuestKernel | null },
): Promise<ProofMemory> {
  const { cacheDir, config, log, image, kernel } = options;
  const cache = await openProofCache(cacheDir);
  const machine = await machineState();
  const imageParts = imageState(image, kernel, config.resources);
  const hangKey = kvmKey(machine, imageParts);
  const hang = options.reuse === 'nothing' ? null : cache.find(hangKey);
  return {
    kvmHung: hang && {
      under: hang.result.isolation,
      when: `, ${minutesAgo(hang.at)}; isogate probe --fresh tries again`,
    },
    async find(attempt) {
      const proof = cache.find(await proofKey(attempt, machine, imageParts));
      if (proof === null) return null;
      return { ...proof.result, isolation: attempt.config.name, provedAt: new Date(proof.at).toISOString() };
    },
    async remember(attempt, result, kvmHung) {
      const at = Date.now();
      cache.put({ key: await proofKey(attempt, machine, imageParts), at, result });
      if (kvmHung) cache.put({ key: hangKey, at, result });
    },
    save: () =>
      cache.save().catch((error) => log(`the proofs could not be kept for the next run: ${messageOf(error)}`)),
  };
}

const minutesAgo = (at: number): string => {
  const minutes = Math.max(0, Math.round((Date.now() - at) / 60_000));
  return minutes < 1 ? 'less than a minute ago' : `${minutes} min ago`;
};
