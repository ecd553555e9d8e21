/** Guests that are less than they should be: each is told by its evidence, on real guests. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { createIsolation } from '../../src/isolation/create-isolation.ts';
import { contradictionsOf } from '../../src/isolation/evidence/contradictions.ts';
import { hostIdentity } from '../../src/isolation/evidence/host-evidence.ts';
import { vmRules } from '../../src/isolation/evidence/vm-rules.ts';
import { qemuIsolation } from '../../src/isolation/vm/qemu.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Evidence, Isolation } from '../../src/model/isolation.ts';
import { GUEST_DIR } from '../support/env.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationConfig, isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

const GUEST_BYTES = RESOURCES.memoryBytes + RESOURCES.guestOverheadBytes;
const directory = mkdtempSync(join(tmpdir(), 'isogate-weak-guest-'));
let bench: NullBench;
beforeAll(async () => {
  bench = await openNullBench(true);
}, HOST_WAIT_MS);
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await bench.end();
  rmSync(directory, { recursive: true });
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

async function evidenceOf(isolation: Isolation, image: FunctionImage = bench.image): Promise<Evidence> {
  const instance = await isolation.start(image, RESOURCES, bench.claim.nextContext(20_000));
  try {
    return await instance.evidence();
  } finally {
    await instance.stop();
  }
}

it('another kernel than the one that was given', async () => {
  const { vm } = bench.image;
  if (!vm) throw new Error('the image has no disk');
  const image = { ...bench.image, vm: { ...vm, kernel: { ...vm.kernel, release: '6.99.0' } } };
  expect((await evidenceOf(isolationOf('qemu-microvm'), image)).contradictions).toEqual([
    `guest evidence kernel_release is "${vm.kernel.release}", expected "6.99.0"`,
  ]);
});

it('weaker mitigations: noted where the CPU is emulated, a contradiction under KVM', async () => {
  const weak = qemuIsolation(isolationConfig('qemu-microvm'), 'tcg', {
    machine: 'microvm',
    words: ['mitigations=off'],
  });
  const { contradictions, ...evidence } = await evidenceOf(weak);
  expect(contradictions).toEqual([]);
  expect(evidence.host['weaker_mitigations']).toBe('spectre_v1 spectre_v2');
  expect(contradictionsOf(evidence, await hostIdentity(), vmRules(GUEST_BYTES, false))).toEqual([
    'host evidence weaker_mitigations is "spectre_v1 spectre_v2", expected "none"',
  ]);
});

it('the guest as it is has mitigations no weaker than the host’s, also by the rule for KVM', async () => {
  const { contradictions, ...evidence } = await evidenceOf(isolationOf('qemu-microvm'));
  expect(contradictions).toEqual([]);
  expect(evidence.host['weaker_mitigations']).toBe('none');
  expect(contradictionsOf(evidence, await hostIdentity(), vmRules(GUEST_BYTES, false))).toEqual([]);
});

const hostTscKhz = (): number => Number(execFileSync(join(GUEST_DIR, 'agent'), ['tsc'], { encoding: 'utf8' }));

/** QEMU takes the last of options that are given twice. */
function qemuWith(...words: string[]): void {
  const file = join(directory, 'qemu-system-x86_64');
  // An emulated guest that is not told the clock's rate may hang on a busy host; as for KVM, the adapter does not tell it.
  const told = `case $word in *tsc_early_khz*) ;; *tsc=reliable*) word="$word tsc_early_khz=${hostTscKhz()}" ;; esac`;
  const each = `left=$#\nwhile [ $left -gt 0 ]; do word=$1; shift; ${told}; set -- "$@" "$word"; left=$((left - 1)); done`;
  writeFileSync(file, `#!/bin/sh\n${each}\nexec ${findProgram('qemu-system-x86_64')} "$@" ${words.join(' ')}\n`);
  chmodSync(file, 0o755);
  // It runs as the VMM's user.
  chmodSync(directory, 0o755);
  vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
}

it('emulation where the command line says KVM', async ({ skip }) => {
  skip(!existsSync('/dev/kvm'), 'there is no /dev/kvm to pretend with');
  qemuWith('-cpu', 'max', '-machine', 'accel=tcg,pit=on,pic=on,rtc=on');
  const isolation = createIsolation(isolationConfig('qemu-microvm'), 'kvm');
  const { host, contradictions } = await evidenceOf(isolation);
  expect(host['argv']).toMatch(/ -machine microvm,accel=kvm,/);
  expect(contradictions).toEqual(['host evidence kvm_enabled is "false", expected "true"']);
});

// Emulated, a second processor on one CPU now and then does not come up: such a guest says nothing of evidence.
it('less memory than was asked for, and more processors', { retry: 4, timeout: 30_000 }, async () => {
  qemuWith('-m', '256M', '-smp', '2');
  const { contradictions } = await evidenceOf(isolationOf('qemu-microvm'));
  expect(contradictions).toEqual([
    'guest evidence cpus is "2", expected "1"',
    expect.stringMatching(/^guest evidence memory_kb is "\d+", expected what a kernel leaves of 393216 kB$/),
  ]);
});
