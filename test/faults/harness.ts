/**
 * A harness to be killed: brings one instance to one phase, says so on stdout, and stays there. Run as a process of its own.
 * Argument: JSON `{type, phase, cacheDir, directory}`. Lines: `run RUNID`, `at PHASE`, or `failed MESSAGE`.
 */

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage, buildNullImage } from '../../src/image/build-image.ts';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import { claimHost } from '../../src/isolation/cleanup/claim-host.ts';
import { messageOf } from '../../src/model/errors.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import { isVm } from '../support/arms.ts';
import { isolationOf, RESOURCES } from '../support/null-bench.ts';
import { fixtureFunction } from './fixture-function.ts';
import type { HarnessTask } from './run-harness.ts';

const task = JSON.parse(process.argv[2] ?? '{}') as HarnessTask;
const { type, phase, cacheDir } = task;
const say = (line: string): unknown => process.stdout.write(`${line}\n`);
const common = { resources: RESOURCES, cacheDir, guestDir: task.guestDir, log: () => {} };

const claim = await claimHost(1, () => {}, new AbortController().signal);
say(`run ${claim.runId}`);
if (phase === 'image build') {
  say(`at ${phase}`);
  await buildImage({ ...common, function: fixtureFunction(task.directory, ['sleep', '600']), kernel: null });
}
const kernel = isVm(type) ? await findGuestKernel({ source: null, cacheDir, guestDir: task.guestDir }) : null;
const image = await buildNullImage({ ...common, kernel });
try {
  await live(image);
} catch (error) {
  say(`failed ${messageOf(error).replaceAll('\n', ' ')}`);
  await claim.release();
}

async function live(of: FunctionImage): Promise<void> {
  const isolation = isolationOf(type);
  await isolation.prepare?.(of, claim.nextContext(0));
  if (phase === 'disk full') fill(claim.directory);
  if (phase === 'start' || phase === 'boot') say(`at ${phase}`);
  const instance = await isolation.start(of, RESOURCES, claim.nextContext(90_000));
  await instance.invoke(null, 1, 60_000);
  if (phase === 'stop') {
    say(`at ${phase}`);
    await instance.stop();
    return new Promise(() => setInterval(() => {}, 60_000));
  }
  say(`at ${phase}`);
  for (;;) {
    await instance.invoke(null, 1, 60_000);
    if (phase === 'measuring') await instance.usage();
  }
}

/** Until nothing more fits. The file goes again, so that what follows is about the instance alone. */
function fill(directory: string): void {
  const file = join(directory, 'filler');
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(1024);
  try {
    for (;;) writeSync(descriptor, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  closeSync(descriptor);
  process.on('exit', () => rmSync(file, { force: true }));
}
