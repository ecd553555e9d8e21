/** The same surroundings in every arm: what each function sees is read back from inside and compared. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findGuestKernel } from '../../src/image/kernel/find-guest-kernel.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { IsolationType } from '../../src/model/isolation-types.ts';
import { isVm } from '../support/arms.ts';
import { GUEST_DIR } from '../support/env.ts';
import { buildFunction } from '../support/function-bench.ts';
import { HOST_WAIT_MS } from '../support/host-wait.ts';
import { leftovers } from '../support/leftovers.ts';
import { isolationOf, type NullBench, openNullBench, RESOURCES } from '../support/null-bench.ts';

/** Those that need no daemon; the first is what the others are compared with. */
const ARMS = [
  'native',
  'bubblewrap',
  'runc',
  'crun',
  'gvisor',
  'qemu-microvm',
  'qemu-q35',
] as const satisfies IsolationType[];
/** Where the function runs under Docker's filter of system calls. */
const FILTERED: IsolationType[] = ['runc', 'crun'];

/** What `mirror.mjs` answers. */
interface Seen {
  env: Record<string, string>;
  heap: { flags: string[]; limitBytes: number };
  network: string[];
  writes: Record<string, string>;
  tree: { sha256: string; files: number; bytes: number };
}

interface Arm {
  seen: Seen & Record<string, unknown>;
  host: Record<string, string>;
  guest: Record<string, string>;
}

/** Without what has a test of its own. */
const surroundings = ({ seen: { tree, heap, network, writes, ...same } }: Arm): Record<string, unknown> => same;

let bench: NullBench;
let image: FunctionImage;
const arms = new Map<IsolationType, Arm | string>();

async function look(type: IsolationType): Promise<Arm | string> {
  const isolation = isolationOf(type);
  const { reason } = await isolation.probe();
  if (reason !== null) return reason;
  await isolation.prepare?.(image, bench.claim.nextContext(60_000));
  const instance = await isolation.start(image, RESOURCES, bench.claim.nextContext(120_000));
  try {
    const reply = await instance.invoke({}, 1, 300_000);
    if (!reply.ok) throw new Error(`${type}: ${reply.error.message}`);
    const { host, guest, contradictions } = await instance.evidence();
    expect(contradictions).toEqual([]);
    return { seen: reply.result as Arm['seen'], host, guest };
  } finally {
    await instance.stop();
  }
}

beforeAll(async () => {
  bench = await openNullBench(false);
  const kernel = await findGuestKernel({ source: null, cacheDir: bench.cacheDir, guestDir: GUEST_DIR });
  image = await buildFunction(
    { ...bench, kernel },
    join(import.meta.dirname, '../support/mirror'),
    'mirror.mjs#handler',
  );
  for (const type of ARMS) arms.set(type, await look(type));
}, HOST_WAIT_MS);
afterAll(async () => {
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

describe.each(ARMS)('%s', (type) => {
  const arm = (skip: (reason: string) => never): Arm => {
    const found = arms.get(type);
    return typeof found === 'object' ? found : skip(found ?? 'was not looked at');
  };
  const control = (): Arm => arms.get('native') as Arm;

  it('shows the function what the control shows it', ({ skip }) => {
    const same = surroundings(arm(skip));
    expect(same).toEqual(surroundings(control()));
    expect(same).toMatchObject({
      ...{ uid: 1_900_000_000, gid: 1_900_000_000, groups: [1_900_000_000], umask: 0o022, cwd: '/function' },
      env: { HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8', TZ: 'UTC' },
      // Node raises the soft limit of 1024 to the hard one.
      openFiles: ['4096', '4096'],
      // TMPFS_MAGIC of linux/magic.h.
      tmp: { type: 0x01021994, bytes: 512 * 2 ** 20, mode: '1777' },
    });
  });

  it('has the same heap', ({ skip }) => {
    const { heap } = arm(skip).seen;
    expect(heap.flags).toEqual(['--max-old-space-size=192', '--max-semi-space-size=16']);
    expect(heap).toEqual(control().seen.heap);
  });

  it('has the same file system, byte by byte', ({ skip }) => {
    const { tree } = arm(skip).seen;
    expect(tree).toEqual(control().seen.tree);
    expect(tree.bytes).toBeGreaterThan(20 * 2 ** 20);
  });

  it('may write in /tmp and nowhere else', ({ skip }) => {
    const { tmp, ...elsewhere } = arm(skip).seen.writes;
    expect(tmp).toBe('allowed');
    // The root belongs to another user, and all is on a read-only file system: gVisor looks at the former first.
    expect(elsewhere).toEqual({ root: type === 'gvisor' ? 'EACCES' : 'EROFS', function: 'EROFS' });
  });

  it('has no network but its own loop', ({ skip }) => {
    expect(arm(skip).seen.network).toEqual(['lo']);
  });

  it('has its CPUs, its memory and its filter', ({ skip }) => {
    const { host, guest } = arm(skip);
    expect(host['cpus_allowed']).toBe(bench.claim.cpuset.join(','));
    expect({ share: host['cpu_share'], session: host['session'] }).toEqual({ share: 'equal', session: 'own' });
    expect(guest['cpus']).toBe(String(RESOURCES.cpus));
    expect(guest['cap_eff']).toBe('0000000000000000');
    // A VM's limit is its guest's memory; the VMM around it has an allowance.
    if (!isVm(type)) expect(host['memory_limit']).toBe(String(RESOURCES.memoryBytes));
    else expect(Number(guest['memory_kb']) * 1024).toBeGreaterThan(RESOURCES.memoryBytes);
    expect(guest['seccomp']).toBe(FILTERED.includes(type) ? '2' : '0');
  });
});
