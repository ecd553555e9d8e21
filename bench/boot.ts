/** How soon guests boot and what memory they take, in turns and in one run (docs/project/benchmarks.md). Run by bench/run.mjs. */

import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type QemuFlavour, qemuIsolation } from '../src/isolation/vm/qemu.ts';
import type { IsolationConfig } from '../src/model/config.ts';
import { messageOf } from '../src/model/errors.ts';
import type { FunctionImage } from '../src/model/image.ts';
import { RESOURCES, TIMEOUT_MS } from './bed.ts';
import { type BootBed, openBootBed } from './boot-bed.ts';
import { type Ratio, summarisePairs, takePairs } from './pairs.ts';
import { renderBoot } from './render-boot.ts';

type Accelerator = 'kvm' | 'tcg';

export interface BootComparison {
  name: string;
  bareName: string;
  /** Largest ratio of boot times that is aimed at, null where the figure is for information. */
  aim: number | null;
  /** Milliseconds to `booted`. */
  bootedMs: Ratio;
  /** Bytes that the instance's cgroup was charged with right after. */
  chargedBytes: Ratio;
  /** Bytes of QEMU's proportional set size (proc(5), smaps_rollup) at the same time. */
  pssBytes: Ratio;
}

export interface BootResult {
  schema: 'isogate.bench-boot/1';
  measuredAt: string;
  host: {
    cpuModel: string;
    cpus: number;
    node: string;
    qemu: string | null;
    accelerator: Accelerator;
    kernels: { distribution: string; built: string };
    loadBefore: number;
    loadAfter: number;
  };
  comparisons: BootComparison[];
}

interface Boot {
  image: FunctionImage;
  flavour: QemuFlavour;
}

interface Reading {
  bootedMs: number;
  chargedBytes: number;
  pssBytes: number;
}

/** What initramfs-tools' init reads: where the root file system is, and what to start there. */
const STOCK_WORDS = ['root=/dev/vda', 'rootfstype=squashfs', 'ro', 'init=/init'];
/** The first pair finds caches of this process cold. */
const DISCARD = 1;

async function runBench(
  root: string,
  options: { accelerator: Accelerator; pairs: number },
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<BootResult> {
  const loadBefore = loadavg()[0] ?? 0;
  const bed = await openBootBed(root, log, signal);
  const { accelerator } = options;
  try {
    const comparisons: BootComparison[] = [];
    for (const { ours, bare, ...names } of pairsOf(bed)) {
      log(`${names.name}: ${options.pairs} pairs`);
      comparisons.push({ ...names, ...(await compare(bed, ours, bare, options, signal)) });
    }
    const { version } = await qemuIsolation(config(accelerator), accelerator, { machine: 'q35' }).probe();
    const kernels = {
      distribution: bed.distribution.vm?.kernel.release ?? '',
      built: bed.built.vm?.kernel.release ?? '',
    };
    const machine = { cpuModel: cpus()[0]?.model ?? '', cpus: cpus().length, node: process.version };
    return {
      schema: 'isogate.bench-boot/1',
      measuredAt: new Date().toISOString(),
      host: { ...machine, qemu: version, accelerator, kernels, loadBefore, loadAfter: loadavg()[0] ?? 0 },
      comparisons,
    };
  } finally {
    await bed.end();
  }
}

type Named = Pick<BootComparison, 'name' | 'bareName' | 'aim'> & { ours: Boot; bare: Boot };

function pairsOf({ distribution, built, stock }: BootBed): Named[] {
  const microvm = { image: distribution, flavour: { machine: 'microvm' } } as const;
  const small = { image: built, flavour: { machine: 'microvm' } } as const;
  return [
    {
      ...{ name: 'qemu-microvm', bareName: 'qemu-q35 with firmware and a stock initramfs', aim: 0.5 },
      ...{ ours: microvm, bare: { image: stock, flavour: { machine: 'q35', words: STOCK_WORDS } } },
    },
    {
      ...{ name: 'qemu-microvm, built kernel', bareName: 'qemu-microvm, the distribution’s kernel', aim: 0.4 },
      ...{ ours: small, bare: microvm },
    },
    {
      ...{ name: 'qemu-microvm', bareName: 'qemu-q35, initramfs of ours', aim: null },
      ...{ ours: microvm, bare: { image: distribution, flavour: { machine: 'q35' } } },
    },
    {
      ...{ name: 'qemu-microvm, built kernel', bareName: 'qemu-q35, built kernel', aim: null },
      ...{ ours: small, bare: { image: built, flavour: { machine: 'q35' } } },
    },
  ];
}

async function compare(
  bed: BootBed,
  ours: Boot,
  bare: Boot,
  { accelerator, pairs }: { accelerator: Accelerator; pairs: number },
  signal: AbortSignal,
): Promise<Pick<BootComparison, 'bootedMs' | 'chargedBytes' | 'pssBytes'>> {
  const readings: { ours: Reading[]; bare: Reading[] } = { ours: [], bare: [] };
  const take = (one: Boot, into: Reading[]) => async (): Promise<number> => {
    const reading = await boot(bed, one, accelerator);
    into.push(reading);
    return reading.bootedMs;
  };
  await takePairs(pairs, signal, take(ours, readings.ours), take(bare, readings.bare), DISCARD);
  const ratioOf = (key: keyof Reading): Ratio =>
    summarisePairs(
      readings.ours
        .slice(DISCARD)
        .map((one, at) => ({ ours: one[key], bare: readings.bare[at + DISCARD]?.[key] ?? 0 })),
    );
  return { bootedMs: ratioOf('bootedMs'), chargedBytes: ratioOf('chargedBytes'), pssBytes: ratioOf('pssBytes') };
}

async function boot(bed: BootBed, { image, flavour }: Boot, accelerator: Accelerator): Promise<Reading> {
  const context = bed.claim.nextContext(TIMEOUT_MS);
  const instance = await qemuIsolation(config(accelerator), accelerator, flavour).start(image, RESOURCES, context);
  try {
    const { memoryBytes } = await instance.usage();
    const { host, contradictions } = await instance.evidence();
    if (contradictions[0] !== undefined) throw new Error(`it is not what it says: ${contradictions[0]}`);
    return { bootedMs: instance.phasesMs.booted ?? 0, chargedBytes: memoryBytes, pssBytes: pssOf(host['pid'] ?? '') };
  } finally {
    await instance.stop();
  }
}

function pssOf(pid: string): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

const config = (accelerator: Accelerator): IsolationConfig => ({
  ...{ name: 'vm', type: 'qemu-q35', required: true, platform: 'systrap', runtime: null, kernel: null },
  ...{ accelerator: [accelerator], pci: false, jailer: false, configure: 'api' },
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, kvm: { type: 'boolean' }, pairs: { type: 'string' } },
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(new Error(`got ${signal}`)));
try {
  const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
  const options = { accelerator: values.kvm ? 'kvm' : 'tcg', pairs: Number(values.pairs ?? 20) } as const;
  const result = await runBench(positionals[0] ?? '.', options, log, stop.signal);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : renderBoot(result));
} catch (error) {
  const cause = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`bench: could not measure: ${messageOf(cause)}\n`);
  process.exitCode = 3;
}
