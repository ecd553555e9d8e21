import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { renderKvmDocument } from '../../bench/kvm-document.ts';
import { quantile } from '../../bench/kvm-figures.ts';
import { KVM_PARTS } from '../../bench/kvm-parts.ts';
import { newRecord } from '../../bench/kvm-record-of.ts';
import { summariseTests } from '../../bench/kvm-tests.ts';
import { parseSmaps, vmmMemory } from '../../bench/smaps.ts';
import { KVM_RECORD, type KvmFigures, untestedNotes } from '../../src/isolation/vm/kvm-record.ts';
import type { StandIn } from '../support/vmm-stand-in/install.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/project/test-kvm.md');

describe('memory beside the guest', () => {
  // A VMM with a guest of 128 MiB: its text, its guest, its heap.
  const SMAPS = `559babbff000-559bac110000 r-xp 002b1000 fe:00 5308692                    /opt/vmm
Size:               5188 kB
KernelPageSize:        4 kB
Rss:                4740 kB
Pss:                4740 kB
VmFlags: rd ex mr mw me
7f5b40000000-7f5b48000000 rw-s 00000000 00:01 2052                       /memfd:ch_ram (deleted)
Size:             131072 kB
Rss:               60416 kB
Pss:               60416 kB
AnonHugePages:         0 kB
7f5b4a000000-7f5b4a200000 rw-p 00000000 00:00 0
Size:               2048 kB
Rss:                 512 kB
VmFlags: rd wr mr mw me ac
`;

  it('is what is resident in all other mappings', () => {
    expect(parseSmaps(SMAPS)).toEqual([
      { sizeKb: 5188, rssKb: 4740 },
      { sizeKb: 131072, rssKb: 60416 },
      { sizeKb: 2048, rssKb: 512 },
    ]);
    expect(vmmMemory(parseSmaps(SMAPS), 128 * 2 ** 20)).toEqual({ overheadKb: 5252, guestKb: 60416 });
  });

  it('is unknown where no mapping is the guest’s', () => {
    expect(vmmMemory(parseSmaps(SMAPS), 256 * 2 ** 20)).toBeNull();
    expect(parseSmaps('')).toEqual([]);
  });
});

it('quantiles are values that were seen', () => {
  const values = Array.from({ length: 30 }, (_, index) => 30 - index);
  expect([0.5, 0.99, 0, 1].map((share) => quantile(values, share))).toEqual([15, 30, 1, 30]);
  expect(quantile([7], 0.99)).toBe(7);
  expect(() => quantile([], 0.5)).toThrow('no values');
});

describe('the tests’ outcome', () => {
  const file = (name: string, ...tests: [part: string, status: string][]) => ({
    name: `/repo/test/isolation/${name}.machine.test.ts`,
    status: 'passed',
    assertionResults: tests.map(([part, status]) => ({ ancestorTitles: [part], status, title: 'it boots' })),
  });

  it('proves a part only by all of its own tests', () => {
    const report = {
      testResults: [
        file(
          'kvm-parts',
          ['whole', 'passed'],
          ['whole', 'passed'],
          ['half', 'passed'],
          ['half', 'skipped'],
          ['bad', 'failed'],
        ),
        // The name alone does not make it one of a part's own.
        file('firecracker', ['absent', 'passed']),
      ],
    };
    expect(summariseTests(report, 1, ['whole', 'half', 'bad', 'absent'])).toEqual({
      ...{ passed: 4, failed: 1, unproven: ['half', 'bad', 'absent'] },
    });
  });

  it('a run that ends badly without a failed test has failed', () => {
    const report = { testResults: [file('kvm-parts', ['whole', 'passed'])] };
    expect(summariseTests(report, 1, ['whole'])).toEqual({ passed: 1, failed: 1, unproven: [] });
    expect(summariseTests(report, 0, ['whole'])).toEqual({ passed: 1, failed: 0, unproven: [] });
  });
});

describe('the record', () => {
  const part = (name: string) => KVM_PARTS.find((one) => one.name === name) as (typeof KVM_PARTS)[number];
  const able = (...names: string[]) => names.map((name) => ({ part: part(name), version: `${name} 9.9` }));
  const figures = (name: string): KvmFigures => ({
    ...{ part: name, boots: 30, bootP50Ms: 61.5, bootP99Ms: 80, readyP50Ms: 90, timerP50Ms: 48.5 },
    ...{ vmmWallP50Ms: 11, vmmWallP99Ms: 14, vmmCpuP50Ms: 6.25, memoryP50Kb: 3072 },
  });
  const empty = { firecracker: null, 'cloud-hypervisor': null, 'qemu-microvm': null, 'qemu-q35': null };
  const run = { guestKernel: '6.1 (sha256:k)', machine: 'a machine', date: '2026-01-02', passed: 32 };

  it('is written for a VMM all of whose parts ran, and for no other', () => {
    const names = ['cloud-hypervisor', 'firecracker', 'firecracker-pci', 'gvisor-kvm'];
    const record = newRecord(empty, { ...run, able: able(...names), figures: names.map(figures) });
    expect(record).toEqual({
      ...empty,
      'cloud-hypervisor': { ...run, version: 'cloud-hypervisor 9.9', figures: [figures('cloud-hypervisor')] },
    });
    expect(renderKvmDocument(record).split('\n').slice(-10)).toEqual([
      '- `firecracker`: nothing. It is called _untested on the real binary_.',
      '- `cloud-hypervisor`: 2026-01-02, cloud-hypervisor 9.9, 32 tests passed; a machine; guest kernel 6.1 (sha256:k).',
      '- `qemu-microvm`: nothing. It is called _untested on the real binary_ under KVM.',
      '- `qemu-q35`: nothing. It is called _untested on the real binary_ under KVM.',
      '',
      expect.stringMatching(/^\| what +\| boots \|/),
      expect.stringMatching(/^\| :-+ \|/),
      expect.stringMatching(
        /^\| cloud-hypervisor +\| +30 \| +61.5 \/ 80 \| +48.5 \| +90 \| +11 \/ 14 \| +6.25 \| +3.00 \|$/,
      ),
      expect.stringMatching(/^\| _Firecracker’s SPECIFICATION_ .* ≤ 125 .* 6–60, typically 12 .* ≤ 8 .* ≤ 5 \|$/),
      '',
    ]);
  });

  it('as it stands is what the page says, and what the probe’s notes are made of', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(renderKvmDocument(KVM_RECORD));
    for (const vmm of ['firecracker', 'cloud-hypervisor'] as const)
      expect(untestedNotes(vmm)).toHaveLength(KVM_RECORD[vmm] === null ? 1 : 0);
  });
});

describe('the command', () => {
  let standIn: StandIn | string | null = null;
  afterEach(() => {
    if (standIn !== null && typeof standIn !== 'string') standIn.remove();
    standIn = null;
  });
  const testKvm = (...args: string[]) =>
    execa(process.execPath, [join(ROOT, 'bench/run.mjs'), 'test-kvm', ...args], { reject: false, stdin: 'ignore' });

  it.each([
    [['--part', 'xen'], '--part xen: known are qemu-microvm, '],
    [['--boots', '0'], '--boots 0: a whole number from 1 is needed'],
  ])('refuses %j', async (args, words) => {
    const { stderr, exitCode } = await testKvm(...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
  });
});
