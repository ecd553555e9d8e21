import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realFlows } from '../../src/commands/context.ts';
import type { HostFacts, ProbeResult } from '../../src/model/probe.ts';
import { isogate } from './world.ts';

type Flows = typeof realFlows;

const HOST: HostFacts = {
  ...{ cpuModel: 'Some CPU', cpus: 4, memoryBytes: 2 ** 33, kernel: '6.1', cgroup: 'v1', virtualised: 'KVM' },
  mitigations: { mds: 'Not affected', retbleed: 'Vulnerable', spectre_v1: 'Mitigation: barriers' },
  loadAverage: 0.25,
  warnings: [
    {
      code: 'governor',
      message:
        'CPU frequency follows the load (governor powersave); `echo performance | sudo tee /sys/devices/system/x`',
    },
  ],
  details: {
    ...{ microcode: '0x1', sockets: 1, cores: 2, smt: 'on', governors: ['powersave'], energyPreferences: [] },
    ...{ turbo: 'off', kvm: ['kvm_intel, nested on'], cgroupLayout: 'hybrid', availableMemoryBytes: 2 ** 32 },
    ...{ swapUsedBytes: 0, numaNodes: 1, clocksource: 'tsc', clocksources: ['tsc'], ksm: false },
    ...{ transparentHugePages: 'madvise', entropyBits: 256, stealPercent: 0.4, otherGuests: [] },
    pressurePercent: { cpu: 1.5, memory: 0, io: null },
  },
};
const result = (isolation: string, more: Partial<ProbeResult>): ProbeResult => ({
  ...{ isolation, type: 'runc', usable: true, version: null, reason: null, fix: null },
  ...{ accelerator: null, emulated: false, provedMs: 912.4, notes: [] },
  ...more,
});
const MICRO = result('micro', {
  ...{ type: 'qemu-microvm', version: 'QEMU 7.2', accelerator: 'tcg', emulated: true },
  notes: ['kvm does not work here: /dev/kvm opens, but no guest boots under it: not ready within 10000 ms'],
});
const CRUN = result('crun', {
  ...{
    type: 'crun',
    usable: false,
    provedMs: null,
    version: 'crun version 1.8.1',
    reason: 'crun needs pure cgroup v2',
  },
  fix: "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&systemd.unified_cgroup_hierarchy=1 /' /etc/default/grub && sudo update-grub",
});
const EARLIER = result('gvisor', { type: 'gvisor', provedAt: '2026-11-23T11:02:24.796Z', version: 'v'.repeat(100) });

const flowsWith = (host: HostFacts, isolations: ProbeResult[], seen: Record<string, unknown> = {}): Flows => ({
  ...realFlows,
  probe: async (options, env) => {
    Object.assign(seen, options, env);
    return { host, isolations, fingerprint: { kernel: '6.1' } };
  },
});

test('probe prints host, isolations and warnings in a hundred columns; a command to copy stays on one line', async () => {
  const { code, out } = await isogate(['probe'], { flows: flowsWith(HOST, [MICRO, CRUN, EARLIER]) });
  expect(code).toBe(0);
  expect(out).toBe(`CPU          Some CPU, microcode 0x1, 4 CPUs (1 socket, 2 cores, SMT on), governor powersave, turbo
             off
memory       8.0 GiB, 4.0 GiB available, transparent huge pages madvise
kernel       Linux 6.1, cgroup hybrid, on a virtual machine: KVM, KVM by kvm_intel, nested on, clock
             tsc
load         average 0.25, waiting for CPU 1.5 %, for memory 0 %, stolen 0.4 %
mitigations  1 in force, 1 not needed, vulnerable: retbleed

isolation  here        first answer          version
micro      emulated    912 ms tcg            QEMU 7.2
    note kvm does not work here: /dev/kvm opens, but no guest boots under it: not ready within 10000
         ms
crun       not usable  –                     crun version 1.8.1
    why  crun needs pure cgroup v2
    fix  sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&systemd.unified_cgroup_hierarchy=1 /' /etc/default/grub && sudo update-grub
gvisor     usable      912 ms @ 11-23 11:02  vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv…

@: found by an earlier run, at this time (UTC); isogate probe --fresh boots everything again

warning: CPU frequency follows the load (governor powersave);
  \`echo performance | sudo tee /sys/devices/system/x\`
`);
});

test('a host that tells little is described in few words', async () => {
  const { details: _, ...plain } = { ...HOST, mitigations: {}, warnings: [], virtualised: null };
  const { out } = await isogate(['probe'], { flows: flowsWith(plain, []) });
  expect(out).toBe(`CPU     Some CPU, 4 CPUs
memory  8.0 GiB
kernel  Linux 6.1, cgroup v1, on bare metal
load    average 0.25

isolation  here  first answer  version
`);
});

test('probe with nothing usable ends with 3; its JSON is complete', async () => {
  const { code, out } = await isogate(['probe', '--json'], { flows: flowsWith(HOST, [CRUN]) });
  expect(code).toBe(3);
  expect(JSON.parse(out)).toEqual({ host: HOST, isolations: [CRUN], fingerprint: { kernel: '6.1' } });
});

test.each([
  [[], false],
  [['--fresh'], true],
])('probe %j: proofs are made afresh: %j, images never', async (argv, fresh) => {
  const seen: Record<string, unknown> = {};
  await isogate(['probe', '--cache-dir', '/nonexistent/cache', ...argv], { flows: flowsWith(HOST, [MICRO], seen) });
  expect(seen).toMatchObject({ fresh, cacheDir: '/nonexistent/cache' });
});

test('probe takes isogate.yml where there is one, and no config elsewhere', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-probe-'));
  const seen: { configPath?: string | null } = {};
  const before = process.cwd();
  process.chdir(directory);
  try {
    await isogate(['probe'], { flows: flowsWith(HOST, [MICRO], seen) });
    expect(seen.configPath).toBeNull();
    writeFileSync('isogate.yml', '');
    await isogate(['probe'], { flows: flowsWith(HOST, [MICRO], seen) });
    expect(seen.configPath).toBe('isogate.yml');
  } finally {
    process.chdir(before);
    rmSync(directory, { recursive: true });
  }
});
