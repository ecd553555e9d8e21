/** From the first side effect to the first answer: a container through the harness and one by `runc run` itself. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CGROUP_ROOT, destroyCgroups } from '../src/host/cgroup.ts';
import type { FunctionImage } from '../src/model/image.ts';
import { type Bed, RESOURCES, TIMEOUT_MS } from './bed.ts';
import { type Conversation, converse } from './converse.ts';

/** As the harness writes its first request. */
const REQUEST = '{"id":1,"event":{},"repeat":1}\n';

/**
 * @param settleMs waited for after the end: the kernel takes namespaces and cgroups apart later than it says, and who
 * starts meanwhile waits for it
 * @returns milliseconds
 */
export async function startByHarness(bed: Bed, image: FunctionImage, settleMs: number): Promise<number> {
  const context = bed.claim.nextContext(TIMEOUT_MS);
  const startedMs = performance.now();
  const instance = await bed.runc.start(image, RESOURCES, context);
  try {
    const reply = await instance.invoke({}, 1, TIMEOUT_MS);
    const elapsedMs = performance.now() - startedMs;
    if (!reply.ok) throw new Error(`the function failed: ${reply.error.message}`);
    return elapsedMs;
  } finally {
    await instance.stop();
    await sleep(settleMs);
  }
}

/**
 * In the foreground with pipes, as one would by hand, on the instance's CPUs; its cgroup is made by runc. State and
 * cgroup lie where the sweep finds them. The bundle is written before the clock starts: a bare run has one already.
 *
 * @returns milliseconds
 */
export async function startByHand(bed: Bed, image: FunctionImage, settleMs: number): Promise<number> {
  const { instanceId, instanceDir, runId, cpuset } = bed.claim.nextContext(TIMEOUT_MS);
  const cgroup = `${CGROUP_ROOT}/${runId}/${instanceId}`;
  mkdirSync(instanceDir, { mode: 0o700 });
  const config = JSON.parse(readFileSync(join(image.bundleDir, 'config.json'), 'utf8'));
  config.linux.cgroupsPath = `/${cgroup}`;
  writeFileSync(join(instanceDir, 'config.json'), JSON.stringify(config));
  const runc = ['runc', '--root', join(instanceDir, 'state'), 'run', '--bundle', instanceDir, instanceId];
  let talk: Conversation | null = null;
  try {
    const startedMs = performance.now();
    const child = spawn('taskset', ['-c', cpuset.join(','), ...runc], { cwd: '/' });
    talk = converse(child, bed.signal);
    await talk.line('"hello"');
    await talk.line('"ready"');
    child.stdin.write(REQUEST);
    await talk.line('"ok":true');
    const elapsedMs = performance.now() - startedMs;
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;
    return elapsedMs;
  } finally {
    await talk?.end();
    await destroyCgroups(cgroup);
    rmSync(instanceDir, { recursive: true, force: true });
    await sleep(settleMs);
  }
}
