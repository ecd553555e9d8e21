import type { Evidence } from '../../src/model/isolation.ts';

/** As long as what a run records of an instance, and of no machine in particular. */
export const EVIDENCE: Evidence = {
  host: {
    ...{ pid: '9073', ns_pid: 'pid:[4026531836]', ns_mnt: 'mnt:[4026532249]', ns_net: 'net:[4026532178]' },
    ...{ ns_user: 'user:[4026531837]', ns_uts: 'uts:[4026531838]', ns_ipc: 'ipc:[4026532248]' },
    ...{ ns_cgroup: 'cgroup:[4026531835]', exe: '/usr/bin/node' },
    argv: '/usr/bin/node --max-old-space-size=192 --max-semi-space-size=16 /.isogate/runtime.mjs index.mjs handler index 256 60000',
    ...{ uid: '1900000000', gid: '1900000000', seccomp: '0', cap_eff: '0000000000000000', cap_bnd: '000001fffeffffff' },
    ...{ no_new_privs: '1', cpus_allowed: '1', session: 'own', cpu_share: 'equal', root: 'image', in_cgroup: 'true' },
    memory_limit: '268435456',
  },
  guest: {
    ...{ kernel_release: '6.12.0', kernel_version: '#1 SMP PREEMPT_DYNAMIC', pid: '9073', uid: '1900000000' },
    ...{ boot_id: '923b45a4-18bb-4605-b785-832717aca89e', gid: '1900000000', ns_pid: 'pid:[4026531836]' },
    ...{ ns_mnt: 'mnt:[4026532249]', ns_net: 'net:[4026532178]', ns_user: 'user:[4026531837]' },
    ...{ ns_uts: 'uts:[4026531838]', ns_ipc: 'ipc:[4026532248]', seccomp: '0', cap_eff: '0000000000000000' },
    ...{ cap_bnd: '000001fffeffffff', no_new_privs: '1', hypervisor: 'true', cpus: '1', memory_kb: '24684084' },
    ...{ root_fs: 'ext4', mitigations: 'meltdown=Not affected;spectre_v1=Mitigation: usercopy/swapgs barriers' },
  },
  contradictions: [],
};
