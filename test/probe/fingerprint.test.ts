import { expect, it } from 'vitest';
import type { HostDetails, HostFacts, ProbeResult } from '../../src/model/probe.ts';
import { fingerprintOf } from '../../src/probe/fingerprint.ts';

const HOST: HostFacts = {
  cpuModel: 'Example CPU @ 2.60GHz',
  cpus: 8,
  memoryBytes: 16_000_000_000,
  kernel: '6.1.0-18-amd64',
  cgroup: 'v2',
  virtualised: null,
  mitigations: { mds: 'Not affected', spectre_v2: 'Mitigation: Retpolines' },
  loadAverage: 7.5,
  warnings: [{ code: 'busy-host', message: 'busy' }],
  details: { microcode: '0x1' } as HostDetails,
};
const RESOURCES = { cpus: 2, memoryBytes: 268_435_456, guestOverheadBytes: 67_108_864, tmpBytes: 512 * 2 ** 20 };

const probe = (isolation: string, more: Partial<ProbeResult>): ProbeResult => ({
  ...{ isolation, type: 'runc', usable: true, version: null, reason: null, fix: null },
  ...{ accelerator: null, emulated: false, provedMs: 12.3, notes: [] },
  ...more,
});

it('holds what numbers depend on, flat, and nothing that changes by itself', () => {
  const probes = [
    probe('native', { type: 'native' }),
    probe('runc', { version: 'runc version 1.1.5' }),
    probe('vm', { type: 'qemu-microvm', version: 'QEMU emulator version 7.2', accelerator: 'tcg', emulated: true }),
    probe('gvisor', { type: 'gvisor', usable: false, version: 'runsc version x', reason: 'no' }),
  ];
  const kernel = { release: '6.12.9', digest: 'sha256:abc' };
  expect(fingerprintOf(HOST, probes, kernel, { node: '20.1.0', python: '3.11.2' }, RESOURCES)).toEqual({
    cpu: 'Example CPU @ 2.60GHz',
    microcode: '0x1',
    kernel: '6.1.0-18-amd64',
    mitigations: 'mds=Not affected; spectre_v2=Mitigation: Retpolines',
    virtualised: 'no',
    cgroup: 'v2',
    cpus: '2 of 8',
    memory: '268435456 + 67108864 of 16000000000',
    'isolation.native': 'kernel',
    'isolation.runc': 'runc version 1.1.5',
    'isolation.vm': 'QEMU emulator version 7.2 (tcg)',
    guest_kernel: '6.12.9 sha256:abc',
    'runtime.node': '20.1.0',
    'runtime.python': '3.11.2',
  });
});

it('names the hypervisor of a host that is a guest, and no kernel where no VM was asked for', () => {
  const found = fingerprintOf({ ...HOST, virtualised: 'KVM' }, [], null, {}, RESOURCES);
  expect(found['virtualised']).toBe('KVM');
  expect(Object.keys(found)).not.toContain('guest_kernel');
});
