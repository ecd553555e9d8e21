import { describe, expect, it } from 'vitest';
import { weakerMitigations } from '../../src/host/mitigations.ts';

const HOST = {
  mds: 'Mitigation: Clear CPU buffers; SMT vulnerable',
  meltdown: 'Mitigation: PTI',
  retbleed: 'Vulnerable',
  spec_store_bypass: 'Vulnerable',
  spectre_v2:
    'Mitigation: Retpolines; IBPB: conditional; STIBP: disabled; RSB filling; PBRSB-eIBRS: Not affected; BHI: Retpoline',
  itlb_multihit: 'KVM: Mitigation: Split huge pages',
  srbds: 'Unknown: Dependent on hypervisor status',
};

describe('a guest is weaker', () => {
  it.each<[string, string, string[]]>([
    [
      'switched off: mitigations=off',
      'mds=Vulnerable, SMT vulnerable;meltdown=Vulnerable;spectre_v2=Vulnerable, IBPB: disabled',
      ['mds', 'meltdown', 'spectre_v2'],
    ],
    ['without microcode', 'mds=Vulnerable: Clear CPU buffers attempted, no microcode, SMT Host state unknown', ['mds']],
    ['where the host does not know of itself', 'srbds=Vulnerable', ['srbds']],
    [
      'in a part of one',
      'spectre_v2=Mitigation: Retpolines, IBPB: conditional, PBRSB-eIBRS: Vulnerable, BHI: Vulnerable',
      ['spectre_v2/PBRSB-eIBRS', 'spectre_v2/BHI'],
    ],
  ])('%s', (_, guest, expected) => {
    expect(weakerMitigations(guest, HOST)).toEqual(expected);
  });
});

describe('a guest is no weaker', () => {
  it.each([
    ['that is as vulnerable as its host', 'retbleed=Vulnerable;spec_store_bypass=Vulnerable'],
    [
      'whose CPU model is affected by less',
      'mds=Not affected;meltdown=Not affected;spectre_v2=Mitigation: Enhanced / Automatic IBRS',
    ],
    ['whose siblings are unknown', 'mds=Mitigation: Clear CPU buffers, SMT Host state unknown'],
    ['that would not protect guests of its own', 'itlb_multihit=KVM: Vulnerable'],
    ['whose kernel knows names that the host’s does not', 'tsa=Vulnerable'],
    ['whose parts the host does not name', 'spectre_v2=Mitigation: Retpolines, IBRS_FW: Vulnerable'],
  ])('%s', (_, guest) => {
    expect(weakerMitigations(guest, HOST)).toEqual([]);
  });
});

it('a guest that says nothing has shown nothing', () => {
  expect(weakerMitigations(undefined, HOST)).toBeNull();
});
