/** Renders docs/project/test-kvm.md from the record alone. */

import { markdownTable } from 'markdown-table';
import type { KVM_RECORD, KvmFigures, KvmResult } from '../src/isolation/vm/kvm-record.ts';

type KvmRecord = typeof KVM_RECORD;

/**
 * Firecracker's SPECIFICATION.md (its repository), for one vCPU and 128 MiB, a minimal kernel and root file system, without
 * serial console, on m5d.metal and m6g.metal.
 */
const SPECIFICATION = {
  boot: '≤ 125 (request to start of /sbin/init)',
  wall: '6–60, typically 12',
  cpu: '≤ 8',
  memory: '≤ 5',
};

export const renderKvmDocument = (record: KvmRecord): string =>
  [INTRODUCTION, '', '## On record', '', ...onRecord(record), ''].join('\n');

/** Also what the run prints. Memory in MiB, times in milliseconds. */
export function figuresTable(figures: readonly KvmFigures[]): string {
  const rows = figures.map((one) => [
    one.part,
    String(one.boots),
    `${one.bootP50Ms} / ${one.bootP99Ms}`,
    one.timerP50Ms === null ? '–' : String(one.timerP50Ms),
    String(one.readyP50Ms),
    one.vmmWallP50Ms === null ? '–' : `${one.vmmWallP50Ms} / ${one.vmmWallP99Ms}`,
    one.vmmCpuP50Ms === null ? '–' : String(one.vmmCpuP50Ms),
    one.memoryP50Kb === null ? '–' : (one.memoryP50Kb / 1024).toFixed(2),
  ]);
  const { boot, wall, cpu, memory } = SPECIFICATION;
  return markdownTable(
    [
      [
        'what',
        'boots',
        'boot ms, p50 / p99',
        'its own timer ms, p50',
        'ready ms, p50',
        'VMM start wall ms, p50 / p99',
        'CPU ms, p50',
        'memory beside the guest MiB, p50',
      ],
      ...rows,
      ['_Firecracker’s SPECIFICATION_', '', boot, '', '', wall, cpu, memory],
    ],
    { align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r'] },
  );
}

function onRecord(record: KvmRecord): string[] {
  const entries = Object.entries(record) as [string, KvmResult | null][];
  const lines = entries.map(([vmm, result]) =>
    result === null
      ? `- \`${vmm}\`: nothing. It is called _untested on the real binary_${vmm.startsWith('qemu-') ? ' under KVM' : ''}.`
      : `- \`${vmm}\`: ${result.date}, ${result.version}, ${result.passed} tests passed; ${result.machine}; guest kernel ${result.guestKernel}.`,
  );
  const figures = entries.flatMap(([, result]) => result?.figures ?? []);
  return figures.length === 0 ? lines : [...lines, '', figuresTable(figures)];
}

const INTRODUCTION = `# VMMs on a KVM that boots

Written by \`npm run test:kvm\`.

\`sudo npm run test:kvm\` tests every adapter that needs KVM against the real binaries: QEMU (microvm and q35), Firecracker
(API, configuration file, PCI, jailer), Cloud Hypervisor, and gVisor's KVM platform. It needs root, a KVM under which guests
boot, and \`firecracker\`, \`jailer\` and \`cloud-hypervisor\` on PATH. \`.github/workflows/kvm.yml\` does the same on a runner,
with releases whose versions and SHA-256 you give it.

1. Each part boots a guest that does nothing, within ten seconds. What does not is named with its reason.
2. The tests run for the parts that boot: with the real binaries only, never with the tests' stand-ins.
3. 30 boots of each part (\`--boots N\`) are timed, 30 starts of each VMM that has an API, one after another, with one CPU and
   128 MiB.
4. If nothing failed, this page and \`src/isolation/vm/kvm-record.json\` are written, for each VMM all of whose parts ran. Commit
   both, and build \`dist/\`: \`isogate probe\` then no longer calls it untested.

\`--part NAME\` (repeatable) narrows it to some parts. Exit code 0: every part ran and passed. 1: something failed. 3: some
part cannot run here; what was recorded before stays. A part that is left out with \`--part\` is neither.

\`--exercise\` tries the measuring itself where there is no such KVM: QEMU is emulated, any VMM on PATH is taken, no tests
run, nothing is written. Its figures say nothing about anything.

## What the figures are

| figure                  | from                                                                           | to                                        |
| ----------------------- | ------------------------------------------------------------------------------ | ----------------------------------------- |
| boot                    | the request to boot; where nobody asks (QEMU, a configuration file), the first side effect | the agent's first words on the channel    |
| its own timer           | Firecracker's boot timer: the making of the machine, after the API's calls     | the guest's first process                 |
| ready                   | the first side effect made for the instance                                    | the function is loaded                    |
| VMM start, wall and CPU | before the spawn of our launcher, which becomes the VMM                        | its API takes a connection                |
| memory beside the guest | resident memory (smaps) of all mappings but those exactly as large as the guest's memory, as Firecracker's own tests count; once, after the first answer |  |

- Firecracker promises its boot time up to the start of \`/sbin/init\`; ours ends later, when \`/init\` has loaded the drivers
  of a distribution's kernel and connected. The kernel built by \`npm run kernel:build\` loads none.
- The 99th percentile of 30 values is their largest.
- Firecracker's promises are for bare metal. Inside a virtual machine everything that leaves a guest takes longer: compare
  what was measured in one run on one machine, not with the last line.`;
