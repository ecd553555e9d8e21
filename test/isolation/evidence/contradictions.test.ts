import { describe, expect, it } from 'vitest';
import {
  contradictionsOf,
  guestHasMemory,
  guestIs,
  hostIs,
  hostMatches,
  hostNamespaces,
  inCgroup,
  onCpuset,
  otherKernelThanHost,
  ownNamespaces,
  sameKernelAsHost,
  sameNamespacesInside,
} from '../../../src/isolation/evidence/contradictions.ts';
import { hostIdentity, processEvidence } from '../../../src/isolation/evidence/host-evidence.ts';

const HOST = {
  bootId: 'b00t',
  kernelRelease: '6.1.0',
  namespaces: { ns_pid: 'pid:[1]', ns_mnt: 'mnt:[2]', ns_net: 'net:[3]', ns_user: 'user:[4]' },
};
type Facts = Record<string, string>;
const found = (rule: typeof inCgroup, host: Facts, guest: Facts = {}): string[] =>
  contradictionsOf({ host, guest }, HOST, [rule]);

it('an instance outside its cgroup is neither limited nor charged', () => {
  expect(found(inCgroup, { in_cgroup: 'true' })).toEqual([]);
  expect(found(inCgroup, { in_cgroup: 'false' })).toEqual(['host evidence in_cgroup is "false", expected "true"']);
});

it('what is missing is not believed', () => {
  expect(found(inCgroup, {})).toEqual(['host evidence in_cgroup is missing, expected "true"']);
  expect(found(guestIs('seccomp', '2'), { seccomp: '2' })).toEqual(['guest evidence seccomp is missing, expected "2"']);
  expect(found(hostIs('seccomp', '2'), {}, { seccomp: '2' })).toEqual([
    'host evidence seccomp is missing, expected "2"',
  ]);
  expect(found(hostMatches('exe', /x/, 'x'), {})).toEqual(['host evidence exe is missing, expected x']);
  expect(found(sameKernelAsHost, {}, {})).toEqual(['guest evidence boot_id is missing, expected the host\'s, "b00t"']);
  expect(found(otherKernelThanHost('6.12'), {}, { kernel_release: '6.12' })).toEqual([
    'guest evidence boot_id is missing, expected one that is not the host’s',
  ]);
  expect(found(ownNamespaces('net'), {})).toEqual([
    'host evidence ns_net is missing, expected a namespace other than the harness’s',
  ]);
  expect(found(hostNamespaces('user'), {})).toEqual([
    'host evidence ns_user is missing, expected the host’s, "user:[4]"',
  ]);
});

it('the machine and the accelerator stand in the command line that the host sees', () => {
  const rule = hostMatches('argv', /-machine microvm,accel=kvm,/, 'a microvm machine with accel=kvm');
  expect(found(rule, { argv: 'qemu -machine microvm,accel=kvm,acpi=on' })).toEqual([]);
  expect(found(rule, { argv: 'qemu -machine microvm,accel=tcg,acpi=on' })).toEqual([
    'host evidence argv is "qemu -machine microvm,accel=tcg,acpi=on", expected a microvm machine with accel=kvm',
  ]);
});

describe('kernels', () => {
  it('the host’s own: both the boot and the release are the same', () => {
    expect(found(sameKernelAsHost, {}, { boot_id: 'b00t', kernel_release: '6.1.0' })).toEqual([]);
    expect(found(sameKernelAsHost, {}, { boot_id: 'other', kernel_release: '6.1.0' })).toEqual([
      'guest evidence boot_id is "other", expected the host\'s, "b00t"',
    ]);
    expect(found(sameKernelAsHost, {}, { boot_id: 'b00t', kernel_release: '4.4.0' })).toEqual([
      'guest evidence kernel_release is "4.4.0", expected the host\'s, "6.1.0"',
    ]);
  });

  it('the guest’s own: another boot, of the kernel that was given', () => {
    const rule = otherKernelThanHost('6.12');
    expect(found(rule, {}, { boot_id: 'other', kernel_release: '6.12' })).toEqual([]);
    expect(found(rule, {}, { boot_id: 'b00t', kernel_release: '6.12' })).toEqual([
      'guest evidence boot_id is "b00t", expected one that is not the host’s',
    ]);
    expect(found(rule, {}, { boot_id: 'other', kernel_release: '6.1.0' })).toEqual([
      'guest evidence kernel_release is "6.1.0", expected "6.12"',
    ]);
    // The same release is no contradiction where the boot is another.
    expect(found(otherKernelThanHost('6.1.0'), {}, { boot_id: 'other', kernel_release: '6.1.0' })).toEqual([]);
  });
});

it('namespaces: those of its own differ from the harness’s, shared ones do not', () => {
  const seen = { ns_pid: 'pid:[9]', ns_net: 'net:[3]', ns_user: 'user:[4]' };
  expect(found(ownNamespaces('pid'), seen)).toEqual([]);
  expect(found(ownNamespaces('pid', 'net'), seen)).toEqual([
    'host evidence ns_net is "net:[3]", expected a namespace other than the harness’s',
  ]);
  expect(found(hostNamespaces('user', 'net'), seen)).toEqual([]);
  expect(found(hostNamespaces('pid'), seen)).toEqual([
    'host evidence ns_pid is "pid:[9]", expected the host’s, "pid:[1]"',
  ]);
});

it('the process that spoke lives where the host looked', () => {
  const namespaces = Object.fromEntries(
    ['pid', 'mnt', 'net', 'user', 'uts', 'ipc'].map((name) => [`ns_${name}`, `${name}:[9]`]),
  );
  expect(found(sameNamespacesInside, namespaces, namespaces)).toEqual([]);
  expect(found(sameNamespacesInside, namespaces, { ...namespaces, ns_net: 'net:[3]' })).toEqual([
    'guest evidence ns_net is "net:[3]", expected the one that the host sees, "net:[9]"',
  ]);
  expect(found(sameNamespacesInside, {}, namespaces)).toHaveLength(1);
});

it('an instance has the CPUs that it was given, however the kernel lists them', () => {
  expect(found(onCpuset([1]), { cpus_allowed: '1' })).toEqual([]);
  expect(found(onCpuset([5, 0, 1, 2]), { cpus_allowed: '0-2,5' })).toEqual([]);
  expect(found(onCpuset([10, 9]), { cpus_allowed: '9-10' })).toEqual([]);
  expect(found(onCpuset([1]), { cpus_allowed: '0-1' })).toEqual([
    'host evidence cpus_allowed is "0-1", expected the instance’s cpuset, "1"',
  ]);
  expect(found(onCpuset([1]), {})).toEqual([
    'host evidence cpus_allowed is missing, expected the instance’s cpuset, "1"',
  ]);
});

it('a guest has the memory that it was given, but for what its kernel keeps', () => {
  const rule = guestHasMemory(384 * 2 ** 20);
  expect(found(rule, {}, { memory_kb: '352404' })).toEqual([]);
  for (const memory_kb of ['786432', '196608', 'plenty'])
    expect(found(rule, {}, { memory_kb })).toEqual([
      `guest evidence memory_kb is "${memory_kb}", expected what a kernel leaves of 393216 kB`,
    ]);
  expect(found(rule, {}, {})).toHaveLength(1);
});

it('every rule that does not hold is told, in order', () => {
  const rules = [hostIs('uid', '7'), guestIs('seccomp', '2'), inCgroup];
  expect(contradictionsOf({ host: { in_cgroup: 'true', uid: '0' }, guest: {} }, HOST, rules)).toEqual([
    'host evidence uid is "0", expected "7"',
    'guest evidence seccomp is missing, expected "2"',
  ]);
});

describe('what the host sees', () => {
  it('of this process', async () => {
    const facts = await processEvidence(process.pid);
    expect(facts).toMatchObject({ pid: String(process.pid), exe: process.execPath, uid: String(process.getuid?.()) });
    expect(facts['argv']).toContain('node');
    expect(facts['cap_eff']).toMatch(/^[0-9a-f]{16}$/);
    expect((await hostIdentity()).namespaces['ns_net']).toBe(facts['ns_net']);
  });

  it('of a process that is gone: nothing but its number', async () => {
    expect(await processEvidence(2 ** 22 + 1)).toEqual({ pid: '4194305' });
  });
});
