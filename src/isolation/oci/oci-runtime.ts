/** Starts an OCI bundle by a runtime's command line, detached, so that the container holds our pipes itself. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cgroup } from '../../host/cgroup.ts';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import { shortenStart } from '../../lib/text.ts';
import type { Resources } from '../../model/config.ts';
import { InstanceError } from '../../model/errors.ts';
import type { FunctionImage } from '../../model/image.ts';
import type { Instance, StartContext } from '../../model/isolation.ts';
import { keepTail } from '../channel/process-end.ts';
import type { Rule } from '../evidence/contradictions.ts';
import { rootFact } from '../evidence/host-evidence.ts';
import { startAtHome } from '../instance-home.ts';
import { startPiped } from '../process/piped-instance.ts';

export interface OciRuntime {
  binary: string;
  /** Global options, before the verb; the state directory is added to them. */
  options: string[];
  /** Null where the runtime leaves its processes in the cgroup that it was started in. */
  cgroupsPath: ((cgroup: Cgroup) => string) | null;
  /** Whether the container's process has the image's tree as its root directory, for the host to see. */
  showsRoot: boolean;
  rules: Rule[];
}

export async function startOci(
  runtime: OciRuntime,
  image: FunctionImage,
  resources: Resources,
  context: StartContext,
): Promise<Instance> {
  const startedMs = performance.now();
  const { instanceDir, instanceId } = context;
  return startAtHome(context, { memoryBytes: resources.memoryBytes }, async (home) => {
    writeBundle(image.bundleDir, instanceDir, runtime.cgroupsPath?.(home.cgroup) ?? null);
    const pidFile = join(instanceDir, 'pid');
    const state = join(instanceDir, 'state');
    const paths = ['--bundle', instanceDir, '--pid-file', pidFile];
    return startPiped({
      image,
      home,
      context,
      startedMs,
      command: [runtime.binary, ...runtime.options, '--root', state, 'run', '--detach', ...paths, instanceId],
      env: { PATH: SYSTEM_PATH },
      ...(runtime.showsRoot && { hostFacts: rootFact(image.rootfsDir) }),
      rules: runtime.rules,
      async created(child) {
        await clientDone(child, runtime.binary);
        return Number(await readFile(pidFile, 'utf8'));
      },
    });
  });
}

/** Resolves when the client has ended, which it does once the container runs. @throws InstanceError with the client's last words */
async function clientDone(child: ChildProcess, binary: string): Promise<void> {
  const words = child.stderr ? keepTail(child.stderr) : () => '';
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0)
    throw new InstanceError(
      'start-failed',
      'start',
      `${binary} exited with code ${code}: ${shortenStart(words(), 500)}`,
    );
}

/** The image's bundle with what differs by instance filled in. */
function writeBundle(bundleDir: string, instanceDir: string, cgroupsPath: string | null): void {
  const config = JSON.parse(readFileSync(join(bundleDir, 'config.json'), 'utf8'));
  if (cgroupsPath !== null) config.linux.cgroupsPath = cgroupsPath;
  writeFileSync(join(instanceDir, 'config.json'), JSON.stringify(config));
}
