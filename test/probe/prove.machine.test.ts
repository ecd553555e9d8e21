import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createIsolation } from '../../src/isolation/create-isolation.ts';
import type { IsolationConfig } from '../../src/model/config.ts';
import type { StartContext } from '../../src/model/isolation.ts';
import { type ProofBench, proveIsolation } from '../../src/probe/prove.ts';
import { buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';
import { weakenBundle } from '../support/weaken-bundle.ts';

const directory = mkdtempSync(join(tmpdir(), 'isogate-prove-'));
let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(true);
}, HOST_WAIT_MS);
afterEach(() => {
  expect(leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one))).toEqual([]);
  expect(readdirSync(bench.claim.directory)).toEqual(['owner.json']);
});
afterAll(async () => {
  await bench.end();
  rmSync(directory, { recursive: true });
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

/** With `longestMs` no start is waited for longer. */
const proof = (more: Partial<ProofBench> = {}, longestMs = Number.POSITIVE_INFINITY): ProofBench => ({
  image: bench.image,
  resources: RESOURCES,
  nextContext: (timeoutMs): StartContext => bench.claim.nextContext(Math.min(timeoutMs, longestMs)),
  create: createIsolation,
  ...more,
});

const versionOf = (command: string): string =>
  execFileSync(command, ['--version'], { encoding: 'utf8' }).split('\n')[0]?.trim() ?? '';
const RUNSC = existsSync('/opt/isogate/bin/runsc') ? '/opt/isogate/bin/runsc' : 'runsc';

describe('an isolation that works', () => {
  it.each([
    ['native', null, null],
    ['runc', 'runc', null],
    ['gvisor', RUNSC, null],
    ['qemu-microvm', 'qemu-system-x86_64', 'tcg'],
  ] as const)('%s is proven by the answer of what was booted', async (type, command, accelerator) => {
    const version = command === null ? null : versionOf(command);
    const result = await proveIsolation(isolationConfig(type, `my-${type}`), proof());
    expect(result).toEqual({
      ...{ isolation: `my-${type}`, type, usable: true, version, reason: null, fix: null },
      ...{ accelerator, emulated: accelerator === 'tcg', provedMs: expect.any(Number), notes: expect.any(Array) },
    });
    expect(result.provedMs).toBeGreaterThan(0);
  });
});

describe('one that does not', () => {
  it.each([
    ['runc', 'runc is not installed', 'sudo apt-get install -y runc'],
    ['qemu-microvm', 'QEMU is not installed', 'sudo apt-get install -y qemu-system-x86'],
  ] as const)('%s without its binary: what is missing, and the command that installs it', async (type, reason, fix) => {
    const path = process.env['PATH'];
    process.env['PATH'] = directory;
    try {
      expect(await proveIsolation(isolationConfig(type), proof())).toMatchObject({
        ...{ usable: false, version: null, reason, fix, provedMs: null },
      });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('runs, but is weaker than its name says', async () => {
    const image = weakenBundle(bench.image, join(directory, 'weak'), ({ linux }) => {
      delete linux.seccomp;
    });
    expect(await proveIsolation(isolationConfig('runc'), proof({ image }))).toMatchObject({
      usable: false,
      reason: 'it runs, but is not what it says: host evidence seccomp is "0", expected "2"',
    });
  });

  it('a function that never gets ready is given up in time', async () => {
    const source = join(directory, 'hangs');
    execFileSync('mkdir', [source]);
    writeFileSync(join(source, 'hangs.mjs'), 'for (;;);\nexport const handler = () => null;');
    const image = await buildFunction(bench, source, 'hangs.mjs#handler');
    const result = await proveIsolation(isolationConfig('runc'), proof({ image }, 700));
    expect(result).toMatchObject({ usable: false, reason: 'not ready within 700 ms', fix: null });
  });

  // Where KVM is broken, gVisor's own client hangs on it for ever.
  it('a runtime whose client hangs is given up in time', async () => {
    const config: IsolationConfig = { ...isolationConfig('gvisor'), platform: 'kvm' };
    const result = await proveIsolation(config, proof({}, 2_000));
    if (!result.usable) expect(result.reason).toMatch(/not ready within 2000 ms|runsc exited with code/);
  });

  it('an abort ends the proof at once', async () => {
    const controller = new AbortController();
    const nextContext: ProofBench['nextContext'] = (timeoutMs) => ({
      ...bench.claim.nextContext(timeoutMs),
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('stopped by a test')), 300);
    const result = await proveIsolation(isolationConfig('qemu-microvm'), proof({ nextContext }));
    expect(result).toMatchObject({ usable: false, reason: 'stopped by a test' });
  });
});

describe('KVM', () => {
  const NO_KVM = 'there is no /dev/kvm on this machine';
  const vm = (...accelerator: ('kvm' | 'tcg')[]): IsolationConfig => ({
    ...isolationConfig('qemu-microvm', 'vm'),
    accelerator,
  });

  it('is believed only where a guest boots; else emulation, where the config allows it', async (context) => {
    context.skip(!existsSync('/dev/kvm'), NO_KVM);
    const result = await proveIsolation(vm('kvm', 'tcg'), proof());
    expect(result.usable).toBe(true);
    if (result.accelerator === 'kvm') expect(result).toMatchObject({ emulated: false });
    else {
      expect(result).toMatchObject({ accelerator: 'tcg', emulated: true, reason: null, fix: null });
      expect(result.notes[0]).toMatch(/^kvm does not work here: \/dev\/kvm opens, but no guest boots under it: ./);
    }
  });

  it('once met hanging is not waited for again, and who met it is named', async (context) => {
    context.skip(!existsSync('/dev/kvm'), NO_KVM);
    const kvm = { works: false, hung: { under: 'fc', when: ', 12 min ago' } };
    const result = await proveIsolation(vm('kvm'), proof({ kvm }));
    expect(result).toMatchObject({
      usable: false,
      reason: '/dev/kvm opens, but no guest boots under it (tried with fc, 12 min ago)',
    });
  });

  it('that hangs under one monitor is a finding for the next', async (context) => {
    context.skip(!existsSync('/dev/kvm'), NO_KVM);
    const kvm = { works: false, hung: null };
    const first = await proveIsolation(vm('kvm'), proof({ kvm }, 3_000));
    context.skip(first.usable, 'KVM works on this machine');
    context.skip(!first.reason?.includes('within'), 'KVM does not hang on this machine, it fails at once');
    const second = await proveIsolation({ ...vm('kvm'), name: 'next', type: 'qemu-q35' }, proof({ kvm }));
    expect(second.reason).toBe('/dev/kvm opens, but no guest boots under it (tried with vm)');
  });

  it('alone and broken: why, and both ways out', async (context) => {
    context.skip(!existsSync('/dev/kvm'), NO_KVM);
    const result = await proveIsolation(vm('kvm'), proof({}, 3_000));
    context.skip(result.usable, 'KVM works on this machine');
    expect(result).toMatchObject({
      ...{ usable: false, accelerator: null, emulated: false, provedMs: null },
      reason: expect.stringMatching(/^\/dev\/kvm opens, but no guest boots under it: ./),
      fix: 'use a host with working (nested) virtualisation; or allow emulation, not gated: isolations.vm.accelerator: [kvm, tcg]',
    });
  });
});
