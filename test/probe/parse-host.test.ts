import { expect, it } from 'vitest';
import {
  cgroupLayout,
  chosen,
  cpuTimes,
  field,
  hypervisorOf,
  isGuest,
  meminfoBytes,
  pressureOf,
  stealPercent,
  swapUsedBytes,
} from '../../src/probe/parse-host.ts';

it('takes the first value of a key', () => {
  const cpuinfo = 'processor\t: 0\nmodel name\t: A  CPU \nflags\t\t: fpu vme\n\nprocessor\t: 1\nmodel name\t: B\n';
  expect(field(cpuinfo, 'model name')).toBe('A  CPU');
  expect(field(cpuinfo, 'microcode')).toBeUndefined();
});

it('reads memory in bytes', () => {
  const meminfo = 'MemTotal:       24684084 kB\nMemFree:        18512680 kB\nHugePages_Total:       0\n';
  expect(meminfoBytes(meminfo, 'MemFree')).toBe(18_956_984_320);
  expect(meminfoBytes(meminfo, 'MemAvailable')).toBeNull();
});

it.each([
  ['some avg10=65.10 avg60=38.76 avg300=23.28 total=2586152902\nfull avg10=1.00 avg60=0.00', 65.1],
  ['', null],
])('pressure of %j is %j', (text, share) => {
  expect(pressureOf(text)).toBe(share);
});

it('counts the time of all CPUs without that of guests, which is in it already', () => {
  expect(cpuTimes('cpu  10 1 20 300 4 5 6 7 8 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n')).toEqual({ total: 353, steal: 7 });
  expect(cpuTimes('cpu  10 1 20 300\n')).toBeNull();
});

it.each([
  ['cpu  0 0 0 0 0 0 0 0 0 0', 'cpu  150 0 0 45 0 0 0 5 0 0', 2.5],
  ['cpu  7 0 0 0 0 0 0 3 0 0', 'cpu  207 0 0 0 0 0 0 3 0 0', 0],
  ['cpu  0 0 0 0 0 0 0 0 0 0', 'cpu  90 0 0 0 0 0 0 9 0 0', null],
  ['', 'cpu  90 0 0 0 0 0 0 9 0 0', null],
])('steal from %j to %j is %j percent', (before, after, share) => {
  expect(stealPercent(before, after)).toBe(share);
});

it('finds the word in brackets', () => {
  expect(chosen('always [madvise] never')).toBe('madvise');
  expect(chosen('')).toBeNull();
});

it.each([
  ['Filename\tType\tSize\tUsed\tPriority', 0],
  ['Filename Type Size Used Priority\n/dev/a partition 10 3 -2\n/swapfile file 10 4 -3', 7168],
  ['', 0],
])('swap in use of %j', (swaps, bytes) => {
  expect(swapUsedBytes(swaps)).toBe(bytes);
});

it.each([
  ['cgroup2 /sys/fs/cgroup cgroup2 rw 0 0', 'v2'],
  ['cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0', 'v1'],
  ['cgroup /sys/fs/cgroup/memory cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0', 'hybrid'],
  ['proc /proc proc rw 0 0', 'none'],
])('mounts %j are %s', (mounts, layout) => {
  expect(cgroupLayout(mounts)).toBe(layout);
});

const GUEST = 'flags\t\t: fpu hypervisor lahf_lm';
it.each([
  ['flags\t\t: fpu vmx', { vendor: 'LENOVO', product: 'T14' }, ['tsc'], null],
  [GUEST, { vendor: '', product: '' }, ['tsc', 'kvm-clock'], 'KVM'],
  [GUEST, { vendor: 'Amazon EC2', product: 'm7i.large' }, ['tsc', 'kvm-clock'], 'KVM (Amazon EC2 m7i.large)'],
  [
    GUEST,
    { vendor: 'Microsoft Corporation', product: 'Virtual Machine' },
    ['hyperv_clocksource_tsc_page'],
    'Hyper-V (Microsoft Corporation Virtual Machine)',
  ],
  [GUEST, { vendor: 'VMware, Inc.', product: 'VMware20,1' }, ['tsc'], 'VMware, Inc. VMware20,1'],
  [GUEST, { vendor: '', product: '' }, [], 'unnamed hypervisor'],
])('%j with %j and clocks %j runs on %j', (cpuinfo, dmi, clocks, name) => {
  expect(hypervisorOf(cpuinfo, dmi, clocks)).toBe(name);
});

it.each(['qemu-system-x86', 'firecracker', 'cloud-hyperviso', 'containerd-shim', 'conmon', 'runsc-sandbox'])(
  '%s keeps a guest',
  (comm) => expect(isGuest(comm)).toBe(true),
);
it.each(['containerd', 'dockerd', 'conmonitor', 'bash', 'qemu-ga'])('%s does not', (comm) =>
  expect(isGuest(comm)).toBe(false),
);
