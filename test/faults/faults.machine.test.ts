import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNullImage } from '../../src/image/build-image.ts';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import { claimHost, type HostClaim } from '../../src/isolation/cleanup/claim-host.ts';
import { InstanceError } from '../../src/model/errors.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Instance } from '../../src/model/isolation.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { isVm } from '../support/arms.ts';
import { runCli } from '../support/cli-run.ts';
import { GUEST_DIR } from '../support/env.ts';
import { BAD_FUNCTIONS, buildFunction } from '../support/function-bench.ts';
import { type HostState, hostState, processesWith } from '../support/host-state.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, RESOURCES } from '../support/null-bench.ts';
import { FAULTS, type Fault, pairs, TYPES } from './faults.ts';
import { openArm } from './open-arm.ts';
import { bundleHarness, type Harness, type HarnessTask, type KillPhase, startHarness } from './run-harness.ts';
import { writeFaultTable } from './write-fault-table.ts';

const FULL = process.env['ISOGATE_FULL'] !== undefined;
const STARTS = 50;

let directory: string;
let cacheDir: string;
let bundle: string;
let before: HostState;
const results = new Map<string, string>();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'isogate-faults-'));
  chmodSync(directory, 0o755);
  cacheDir = join(directory, 'cache');
  mkdirSync(cacheDir);
  mkdirSync(join(directory, 'fn'));
  writeFileSync(join(directory, 'fn/fn.mjs'), 'export const handler = () => null;\n');
  bundle = await bundleHarness(directory);
  // Built before anything is broken, and once.
  await findGuestKernel({ source: null, cacheDir, guestDir: GUEST_DIR });
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  const report = process.env['ISOGATE_FULL_REPORT'];
  if (report !== undefined) writeFaultTable(join(report, '../faults.md'), { types: TYPES, faults: FAULTS, results });
});

/** Looked for host-wide and by the run's id, the way an administrator would. */
async function expectNothingLeft(runId: string, engineObjects: () => Promise<string[]>): Promise<void> {
  expect(leftovers(runId)).toEqual([]);
  expect(processesWith(runId)).toEqual([]);
  expect(await engineObjects()).toEqual([]);
  expect(hostState()).toEqual(before);
  expect(readdirSync(join(directory, 'tmp'))).toEqual([]);
}

describe.sequential.each(pairs(FULL))('$fault: $type', ({ fault, type }) => {
  it(
    'leaves nothing',
    async (context) => {
      const arm = await openArm(type);
      try {
        if (arm.unusable !== null) {
          results.set(`${fault} ${type}`, 'skipped');
          context.skip(arm.unusable);
        }
        results.set(`${fault} ${type}`, 'FAILED');
        mkdirSync(join(directory, 'tmp'), { recursive: true });
        before = hostState();
        await act(fault, type, arm);
        results.set(`${fault} ${type}`, 'clean');
      } finally {
        await arm.close();
      }
    },
    HOST_WAIT_MS,
  );
});

type OpenArm = Awaited<ReturnType<typeof openArm>>;

async function act(fault: Fault, type: IsolationType, arm: OpenArm): Promise<void> {
  if (fault.startsWith('killed in ')) return killHarness(type, fault.slice('killed in '.length) as KillPhase, arm);
  if (fault === 'disk full') return fillDisk(type, arm);
  const claim = await claimHost(1, () => {}, new AbortController().signal);
  try {
    if (fault === 'runtime killed') await killRuntime(type, claim);
    else if (fault === 'kernel panic') await panic(type, claim);
    else if (fault === 'daemon stopped') await stopDaemon(type, claim, arm);
    else if (fault === 'out of memory') await exhaustMemory(type, claim);
    else await startMany(type, claim);
    expect(readdirSync(claim.directory).filter((name) => name.startsWith(claim.runId))).toEqual([]);
  } finally {
    await claim.release();
  }
  if (fault === 'daemon stopped') await clean(claim.runId);
  await expectNothingLeft(claim.runId, () => arm.objects(claim.runId));
}

// ---- the harness is killed ----------------------------------------------------------------------------------------

/** Moments after the harness said that it is there. In a full run several, as a start goes through many steps. */
const DELAYS_MS: Record<KillPhase, number[]> = {
  'image build': [400],
  start: FULL ? [0, 15, 60, 250] : [15],
  boot: FULL ? [0, 300, 1_000] : [300],
  'warm-up': [20],
  measuring: [50],
  stop: FULL ? [0, 2, 10] : [2],
};

async function killHarness(type: IsolationType, phase: KillPhase, arm: OpenArm): Promise<void> {
  for (const delayMs of DELAYS_MS[phase]) {
    const harness = await start({ type, phase });
    expect(await harness.reached).toBeNull();
    if (phase === 'boot') await vmmOf(harness.runId);
    await sleep(delayMs);
    harness.child.kill('SIGKILL');
    await harness.ended;
    await clean(harness.runId);
    await expectNothingLeft(harness.runId, () => arm.objects(harness.runId));
  }
}

const start = (task: Pick<HarnessTask, 'type' | 'phase'>, prefix?: string[]): Promise<Harness> =>
  startHarness(
    bundle,
    { ...task, cacheDir, guestDir: GUEST_DIR, directory: join(directory, 'fn') },
    { TMPDIR: join(directory, 'tmp') },
    prefix,
  );

async function vmmOf(runId: string): Promise<void> {
  while (!processesWith(runId).some((one) => one.includes('/qemu-system'))) await sleep(5);
}

/** By the command, or by whoever measured in between. */
async function clean(runId: string): Promise<void> {
  const cleaned = await runCli(['clean', '--json']);
  expect({ code: cleaned.code, log: cleaned.log }).toMatchObject({ code: 0 });
  expect(JSON.parse(cleaned.out).alive).not.toContain(runId);
}

/** In a mount namespace of its own, whose /run/isogate holds next to nothing. */
async function fillDisk(type: IsolationType, arm: OpenArm): Promise<void> {
  const script = 'mkdir -p /run/isogate && mount -t tmpfs -o size=256k,mode=755 tmpfs /run/isogate && exec "$@"';
  const harness = await start({ type, phase: 'disk full' }, ['unshare', '--mount', 'sh', '-c', script, 'sh']);
  const failure = await harness.reached;
  // Some need no file to start: these go on as if nothing were.
  if (failure === null) harness.child.kill('SIGKILL');
  else expect(failure).toMatch(/ENOSPC|[Nn]o space left on device/);
  await harness.ended;
  await clean(harness.runId);
  await expectNothingLeft(harness.runId, () => arm.objects(harness.runId));
}

// ---- what was started is killed -----------------------------------------------------------------------------------

async function nullImage(type: IsolationType): Promise<FunctionImage> {
  const kernel = isVm(type) ? await findGuestKernel({ source: null, cacheDir, guestDir: GUEST_DIR }) : null;
  return buildNullImage({ resources: RESOURCES, cacheDir, guestDir: GUEST_DIR, kernel, log: () => {} });
}

async function startOne(
  type: IsolationType,
  claim: HostClaim,
  image: FunctionImage,
  timeoutMs = 90_000,
): Promise<Instance> {
  const isolation = isolationOf(type);
  await isolation.prepare?.(image, claim.nextContext(0));
  return isolation.start(image, RESOURCES, claim.nextContext(timeoutMs));
}

async function killRuntime(type: IsolationType, claim: HostClaim): Promise<void> {
  const instance = await startOne(type, claim, await nullImage(type));
  try {
    expect(await instance.invoke(null, 1, 30_000)).toMatchObject({ ok: true });
    const { host } = await instance.evidence();
    process.kill(Number(host['pid']), 'SIGKILL');
    await expect(untilItFails(instance)).rejects.toMatchObject({ status: 'crashed' });
  } finally {
    await instance.stop();
  }
}

/** What a stand-in started may answer a moment longer than the stand-in lives. */
async function untilItFails(instance: Instance): Promise<never> {
  for (;;) await instance.invoke(null, 1, 30_000);
}

/** An initramfs without an init: the kernel has nothing to run, and panics. */
async function panic(type: IsolationType, claim: HostClaim): Promise<void> {
  const image = await nullImage(type);
  if (!image.vm) throw new Error('a VM was asked for');
  const broken = join(directory, 'broken.cpio');
  writeFileSync(broken, '');
  const initramfs = { path: broken, problem: null } as const;
  const all = { 'mmio-serial': initramfs, 'mmio-vsock': initramfs, 'pci-serial': initramfs, 'pci-vsock': initramfs };
  // Cloud Hypervisor restarts a guest that resets itself, which panics again: that ends when the start's time does.
  const restarts = type === 'cloud-hypervisor';
  const started = startOne(type, claim, { ...image, vm: { ...image.vm, initramfs: all } }, restarts ? 8_000 : 90_000);
  const status = restarts ? 'timeout' : 'start-failed';
  await expect(started).rejects.toMatchObject({ name: 'InstanceError', status });
}

async function stopDaemon(type: IsolationType, claim: HostClaim, arm: OpenArm): Promise<void> {
  const instance = await startOne(type, claim, await nullImage(type));
  try {
    expect(await instance.invoke(null, 1, 30_000)).toMatchObject({ ok: true });
    await arm.stopDaemon();
    await expect(instance.invoke(null, 1, 30_000)).rejects.toMatchObject({ status: 'crashed' });
  } finally {
    await instance.stop();
    await arm.startDaemon();
  }
}

const OUT_OF_MEMORY = { status: 'crashed', message: expect.stringMatching(/memory/) };

async function exhaustMemory(type: IsolationType, claim: HostClaim): Promise<void> {
  const from = join(directory, `oom-${type}`);
  cpSync(BAD_FUNCTIONS, from, { recursive: true });
  writeFileSync(
    join(from, 'eats.mjs'),
    'const kept = [];\nexport const handler = () => {\n  for (;;) kept.push(Buffer.alloc(16 * 2 ** 20, 1));\n};\n',
  );
  const kernel = isVm(type) ? await findGuestKernel({ source: null, cacheDir, guestDir: GUEST_DIR }) : null;
  const image = await buildFunction({ cacheDir, kernel }, from, 'eats.mjs#handler');
  const instance = await startOne(type, claim, image);
  try {
    const failure = await instance.invoke({}, 1, isVm(type) ? 45_000 : 15_000).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InstanceError);
    const { status, message } = failure as InstanceError;
    // A guest may come to spend its time on reading back the pages of programs that it keeps dropping.
    if (!isVm(type) || status !== 'timeout') expect({ status, message }).toMatchObject(OUT_OF_MEMORY);
  } finally {
    await instance.stop();
  }
}

async function startMany(type: IsolationType, claim: HostClaim): Promise<void> {
  const image = await nullImage(type);
  const descriptors: number[] = [];
  for (let count = 0; count < STARTS; count++) {
    const instance = await startOne(type, claim, image);
    expect(await instance.invoke(null, 1, 30_000)).toMatchObject({ ok: true });
    await instance.stop();
    descriptors.push(readdirSync('/proc/self/fd').length);
  }
  // The first start may open what stays open; none after it does.
  expect(Math.max(...descriptors.slice(-10))).toBeLessThanOrEqual(Math.max(...descriptors.slice(0, 10)));
}
