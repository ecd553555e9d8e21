/** The parts of test:kvm on this machine: which can run at all, and the figures of those. */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNullImage } from '../src/image/build-image.ts';
import { findGuestKernel } from '../src/image/kernel/find-guest-kernel.ts';
import { claimHost, type HostClaim } from '../src/isolation/cleanup/claim-host.ts';
import { createIsolation } from '../src/isolation/create-isolation.ts';
import type { KvmFigures } from '../src/isolation/vm/kvm-record.ts';
import { messageOf } from '../src/model/errors.ts';
import type { FunctionImage, GuestKernel } from '../src/model/image.ts';
import type { Isolation } from '../src/model/isolation.ts';
import { measurePart, SPECIFIED } from './kvm-figures.ts';
import type { KvmPart } from './kvm-parts.ts';

/** As long as the probe gives a guest under KVM, and an emulated one. */
const KVM_TIMEOUT_MS = 10_000;
const EMULATED_TIMEOUT_MS = 90_000;

/** What the tests' stand-ins say of themselves; they boot guests, and show the evidence that is asked for. */
const STAND_IN = 'stand-in';

export interface KvmRun {
  root: string;
  parts: KvmPart[];
  boots: number;
  exercise: boolean;
  signal: AbortSignal;
  log: (line: string) => void;
}

export interface AblePart {
  part: KvmPart;
  version: string;
}

export interface UnablePart {
  part: KvmPart;
  reason: string;
}

interface Bed {
  image: FunctionImage;
  kernel: GuestKernel;
  claim: HostClaim;
}

/** Each is believed after it has booted a guest that answers, and that is what it says. */
export async function tryParts(run: KvmRun): Promise<{ able: AblePart[]; unable: UnablePart[]; guestKernel: string }> {
  const unable: UnablePart[] = [];
  const present: AblePart[] = [];
  for (const part of run.parts) {
    const { version, reason, fix } = await isolationOf(part, run.exercise).probe();
    if (!run.exercise && version?.includes(STAND_IN))
      unable.push({ part, reason: `${version} is what the tests use in place of a VMM` });
    else if (reason !== null) unable.push({ part, reason: fix === null ? reason : `${reason}; fix: ${fix}` });
    else present.push({ part, version: version ?? '' });
  }
  // Without a guest to boot nobody has to be waited for.
  if (present.length === 0) return { able: [], unable, guestKernel: '' };
  return withBed(run, async (bed) => {
    const able: AblePart[] = [];
    for (const one of present) {
      run.signal.throwIfAborted();
      run.log(`${one.part.name}: does a guest boot?`);
      await boot(isolationOf(one.part, run.exercise), bed, timeoutOf(run)).then(
        () => able.push(one),
        (error) => unable.push({ part: one.part, reason: whyNot(error, run.exercise) }),
      );
    }
    return { able, unable, guestKernel: `${bed.kernel.release} (${bed.kernel.digest})` };
  });
}

const whyNot = (error: unknown, exercise: boolean): string =>
  exercise ? messageOf(error) : `/dev/kvm opens, but no guest boots under it: ${messageOf(error)}`;

/** One part after another, so that none pays for another's memory. */
export function measureParts(
  run: KvmRun,
  able: AblePart[],
): Promise<{ figures: KvmFigures[]; failures: UnablePart[] }> {
  return withBed(run, async ({ image, claim }) => {
    const figures: KvmFigures[] = [];
    const failures: UnablePart[] = [];
    for (const { part } of able) {
      run.signal.throwIfAborted();
      run.log(`${part.name}: ${run.boots} boots`);
      await measurePart({
        part,
        isolation: isolationOf(part, run.exercise),
        image,
        claim,
        agentPath: join(image.rootfsDir, '.isogate/agent'),
        boots: run.boots,
        startTimeoutMs: timeoutOf(run),
      }).then(
        (one) => figures.push(one),
        (error) => failures.push({ part, reason: messageOf(error) }),
      );
    }
    return { figures, failures };
  });
}

const timeoutOf = ({ exercise }: KvmRun): number => (exercise ? EMULATED_TIMEOUT_MS : KVM_TIMEOUT_MS);

const isolationOf = ({ config }: KvmPart, exercise: boolean): Isolation =>
  exercise && config.type.startsWith('qemu-')
    ? createIsolation({ ...config, accelerator: ['tcg'] }, 'tcg')
    : createIsolation(config, 'kvm');

async function boot(isolation: Isolation, { image, claim }: Bed, timeoutMs: number): Promise<void> {
  const instance = await isolation.start(image, SPECIFIED, claim.nextContext(timeoutMs));
  try {
    await instance.invoke(null, 1, timeoutMs);
    const { contradictions } = await instance.evidence();
    if (contradictions[0] !== undefined) throw new Error(`it runs, but is not what it says: ${contradictions[0]}`);
  } finally {
    await instance.stop();
  }
}

async function withBed<T>({ root, signal, log }: KvmRun, use: (bed: Bed) => Promise<T>): Promise<T> {
  const cacheDir = mkdtempSync(join(tmpdir(), 'isogate-test-kvm-'));
  try {
    // The VMM's user has to get at the disk.
    chmodSync(cacheDir, 0o755);
    const guestDir = join(root, 'dist/guest');
    const kernel = await findGuestKernel({ source: null, cacheDir, guestDir });
    const image = await buildNullImage({ resources: SPECIFIED, cacheDir, guestDir, kernel, log });
    const claim = await claimHost(SPECIFIED.cpus, log, signal);
    try {
      return await use({ image, kernel, claim });
    } finally {
      await claim.release();
    }
  } finally {
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

export function describeMachine(): string {
  const distribution = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  return `${distribution}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim() || 'unknown CPU'}`;
}
