/** Starts an image under a container engine: its client in the instance's cgroup, its container below it. */

import { writeFile } from 'node:fs/promises';
import { type Cgroup, destroyCgroups, existingCgroup } from '../../host/cgroup.ts';
import { addWatches } from '../../host/memory-peak.ts';
import type { Resources } from '../../model/config.ts';
import { InstanceError, messageOf } from '../../model/errors.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Instance, StartContext } from '../../model/isolation.ts';
import { OUT_OF_MEMORY } from '../channel/serve-instance.ts';
import { engineRules } from '../evidence/engine-rules.ts';
import { type InstanceHome, startAtHome } from '../instance-home.ts';
import { startPiped } from '../process/piped-instance.ts';
import { cgroupParent, containerName, isInSlice, runArgs } from './engine-args.ts';
import type { EngineRecord } from './engine-client.ts';
import { askEngine } from './engine-client.ts';
import { importImage, writeSeccomp } from './engine-image.ts';
import {
  awaitTidying,
  cgroupPathOf,
  type Inspected,
  inspectContainer,
  kindOf,
  pssBytes,
  type RuntimeKind,
  rootMountOf,
  shimOf,
} from './engine-inspect.ts';

export interface Engine {
  record: EngineRecord;
  cgroupDriver: 'cgroupfs' | 'systemd';
  /** As given at every start; null where the engine's default, or its record's, is taken. */
  runtime: string | null;
  /** As the engine has to repeat it; null where it is the engine's choice. */
  expectedRuntime: string | null;
  runArgs: string[];
  /** `rm` that kills at once. */
  removeArgs: string[];
}

/** The client and the shim live in the instance's cgroup too: room for them on top of the container's own limit. */
const CLIENT_BYTES = 128 * 2 ** 20;
const INSPECT_MS = 10_000;
const REMOVE_MS = 10_000;
const EXPLAIN_MS = 2_000;

interface Settled {
  inspected: Inspected;
  kind: RuntimeKind;
  shim: number | null;
}

export async function startEngine(
  engine: Engine,
  image: FunctionImage,
  resources: Resources,
  context: StartContext,
): Promise<Instance> {
  const imported = await importImage(engine.record, image, context);
  const seccompFile = writeSeccomp(image, context.runId);
  const { runId, instanceId, cpuset } = context;
  const name = containerName(instanceId);
  const startedMs = performance.now();
  const startedAtMs = Date.now();
  const limits = { memoryBytes: resources.memoryBytes + CLIENT_BYTES };
  return startAtHome(context, limits, async (plainHome) => {
    const elsewhere: string[] = [];
    const home = engineHome(engine, name, plainHome, elsewhere);
    // Asked once, after the first response: before, it would be part of what is measured.
    let settling: Promise<Settled> | null = null;
    const settled = (): Promise<Settled> => {
      settling ??= settle(engine, name, plainHome.cgroup, { runId, elsewhere });
      return settling;
    };
    const instance = await startPiped({
      image,
      home,
      context,
      startedMs,
      command: [
        ...engine.record.command,
        ...runArgs({
          runId,
          instanceId,
          image: imported.reference,
          process: image.process,
          resources,
          cpuset,
          seccompFile,
          cgroupParent: cgroupParent(engine.cgroupDriver, runId, instanceId),
          runtime: engine.runtime,
          extra: engine.runArgs,
        }),
      ],
      env: engine.record.env,
      created: async () => null,
      pid: async () => {
        const { kind, inspected } = await settled();
        return kind === 'container' ? null : inspected.pid;
      },
      hostFacts: async (_, client) => hostFacts(await settled(), imported.id, client.pid, home.cgroup),
      explainEnd: () => explainEnd(engine, name, home.cgroup, resources.memoryBytes),
      rules: engineRules(engine.expectedRuntime, resources.memoryBytes),
    });
    instance.phasesMs.created = null;
    const afterwards = async (): Promise<void> => {
      const { inspected } = await settled().catch((error: unknown) => {
        throw new InstanceError('crashed', 'first-response', messageOf(error));
      });
      instance.phasesMs.created ??= createdMs(inspected.startedAtMs - startedAtMs, instance.phasesMs.ready);
    };
    return {
      ...instance,
      async invoke(event, repeat, timeoutMs) {
        const reply = await instance.invoke(event, repeat, timeoutMs);
        if (settling === null) await afterwards();
        return reply;
      },
    };
  });
}

/**
 * The engine's clock is the host's, but a wall clock: one that was set meanwhile tells nothing. It is read when the runtime
 * has reported back, by when the function may have spoken.
 */
const createdMs = (ms: number, readyMs: number | null): number | null =>
  ms >= 0 && ms < 3_600_000 ? Math.min(ms, readyMs ?? ms) : null;

/** A home whose removal also removes the container from the engine. */
function engineHome(engine: Engine, name: string, home: InstanceHome, elsewhere: string[]): InstanceHome {
  return {
    cgroup: withOthers(home.cgroup, elsewhere),
    async remove() {
      // While its shim lives the engine tidies up at once. Where it does not answer the processes die by their cgroup, and
      // the run's end or the next sweep asks it again (engine-sweep.ts).
      await askEngine(engine.record, [...engine.removeArgs, name], REMOVE_MS);
      await home.remove();
      for (const path of elsewhere) await destroyCgroups(path);
      await awaitTidying(engine.record, name);
    },
  };
}

/** systemd puts a container into a scope of its own, so an instance is counted over two cgroups. */
function withOthers(own: Cgroup, others: readonly string[]): Cgroup {
  const all = (): Cgroup[] => [own, ...others.map((path) => existingCgroup(path, own.limits))];
  return {
    ...own,
    async usage() {
      const usages = await Promise.all(all().map((one) => one.usage()));
      const sum = (key: 'memoryBytes' | 'cpuMs'): number => usages.reduce((total, usage) => total + usage[key], 0);
      return { memoryBytes: sum('memoryBytes'), cpuMs: sum('cpuMs'), source: usages[0]?.source ?? 'pss' };
    },
    watchPeak: () => addWatches(all().map((one) => one.watchPeak())),
    ranOutOfMemory: async () => (await Promise.all(all().map((one) => one.ranOutOfMemory()))).includes(true),
    pids: async () => (await Promise.all(all().map((one) => one.pids()))).flat(),
  };
}

/** @throws Error when the engine does not answer */
async function settle(
  engine: Engine,
  name: string,
  cgroup: Cgroup,
  { runId, elsewhere }: { runId: string; elsewhere: string[] },
): Promise<Settled> {
  const inspected = await inspectContainer(engine.record, name, INSPECT_MS);
  const path = await cgroupPathOf(inspected.pid);
  // Everything in this cgroup will be killed, and the process id may have passed to a process in some other cgroup.
  if (path !== null && isInSlice(path, runId)) elsewhere.push(path);
  const shim = await shimOf(inspected);
  if (shim !== null && !(await cgroup.pids()).includes(shim)) await adopt(cgroup, shim);
  return { inspected, kind: await kindOf(inspected.pid), shim };
}

/** Moves a process with all its threads into the cgroup; the file `tasks` would move one thread. */
async function adopt(cgroup: Cgroup, pid: number): Promise<void> {
  for (const file of cgroup.procsFiles)
    await writeFile(file.replace(/tasks$/, 'cgroup.procs'), String(pid)).catch(() => {});
}

async function hostFacts(
  { inspected, kind, shim }: Settled,
  imageId: string,
  client: number | undefined,
  cgroup: Cgroup,
): Promise<Record<string, string>> {
  const found: Record<string, string | number | null> = {
    runtime: inspected.runtime,
    runtime_kind: kind,
    image: inspected.imageId === imageId ? 'imported' : `another: ${inspected.imageId}`,
    image_id: inspected.imageId,
    root_mount: await rootMountOf(inspected.pid),
    container_memory_limit: await memoryLimitOf(inspected.pid),
    shim_in_cgroup: shim === null ? null : String((await cgroup.pids()).includes(shim)),
    shim_memory_bytes: shim === null ? null : await pssBytes(shim),
    client_memory_bytes: client === undefined ? null : await pssBytes(client),
  };
  const facts: Record<string, string> = {};
  for (const [key, value] of Object.entries(found)) if (value !== null) facts[key] = String(value);
  return facts;
}

async function memoryLimitOf(pid: number): Promise<string | null> {
  const path = await cgroupPathOf(pid);
  if (path === null) return null;
  return existingCgroup(path, { cpuset: [], memoryBytes: null }).memoryLimit();
}

/** 128 + SIGKILL. */
const KILLED = 137;
/** The kernel charges in batches. */
const NEARLY_BYTES = 2 ** 20;

/** Null where the engine knows no reason. */
async function explainEnd(engine: Engine, name: string, cgroup: Cgroup, memoryBytes: number): Promise<string | null> {
  try {
    const { ranOutOfMemory, exitCode } = await inspectContainer(engine.record, name, EXPLAIN_MS);
    // Podman under cgroup v1 does not see it, and by now the container's cgroup, which counted it, is gone.
    const full = ((await cgroup.peakBytes()) ?? 0) > memoryBytes - NEARLY_BYTES;
    return ranOutOfMemory || (exitCode === KILLED && full) ? OUT_OF_MEMORY : null;
  } catch (error) {
    const problem = messageOf(error);
    return /no such (container|object)/i.test(problem)
      ? null
      : `${engine.record.name} does not answer any more, and the function went with its client: ${problem}`;
  }
}
