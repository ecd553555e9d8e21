import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { findProgram } from '../../../src/host/find-program.ts';
import { listRuns } from '../../../src/host/run-registry.ts';
import { removeRun } from '../../../src/isolation/cleanup/sweep.ts';
import { createIsolation } from '../../../src/isolation/create-isolation.ts';
import type { IsolationConfig } from '../../../src/model/config.ts';
import type { FunctionImage } from '../../../src/model/image.ts';
import type { Instance } from '../../../src/model/isolation.ts';
import { askSocket } from '../../support/ask-socket.ts';
import { BAD_FUNCTIONS, buildFunction } from '../../support/function-bench.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../../support/null-bench.ts';
import { type ProvidedVmm, provideVmm } from '../../support/provide-vmm.ts';
import { installStandIn } from '../../support/vmm-stand-in/install.ts';

/** An emulated guest's start under load; the real one needs a hundredth of it. */
const START_MS = 90_000;
const TEST_MS = 180_000;

let bench: NullBench;
let vmm: ProvidedVmm | string;
beforeAll(async () => {
  bench = await openNullBench(true);
  vmm = await provideVmm('firecracker', bench);
}, HOST_WAIT_MS);
afterAll(async () => {
  if (typeof vmm !== 'string') vmm.remove();
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const needVmm = (context: TestContext): ProvidedVmm => (typeof vmm === 'string' ? context.skip(vmm) : vmm);

/** Of the bench's instances; its own directory and cgroup stay until its end, and so do files that jails link. */
const left = (): string[] => [
  ...leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one)),
  ...readdirSync(bench.claim.directory).filter((name) => name !== 'owner.json'),
  ...list(`/var/lib/isogate/${bench.claim.runId}/firecracker`),
];
const list = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

type Choice = Partial<Pick<IsolationConfig, 'configure' | 'pci' | 'jailer'>>;
const isolation = (choice: Choice = {}) => createIsolation({ ...isolationConfig('firecracker'), ...choice }, 'kvm');
const start = (
  choice: Choice = {},
  image = bench.image,
  timeoutMs = START_MS,
  signal?: AbortSignal,
): Promise<Instance> =>
  isolation(choice).start(image, RESOURCES, {
    ...bench.claim.nextContext(timeoutMs),
    ...(signal && { signal }),
  });
const functionImage = (directory: string, handler: string): Promise<FunctionImage> =>
  buildFunction({ ...bench, kernel: bench.image.vm?.kernel ?? null }, directory, handler);
const withVm = (change: (vm: NonNullable<FunctionImage['vm']>) => object): FunctionImage => {
  const vm = bench.image.vm as NonNullable<FunctionImage['vm']>;
  // Another digest: a jail's files are kept by it.
  return { ...bench.image, digest: `${bench.image.digest}-changed-${Math.random()}`, vm: { ...vm, ...change(vm) } };
};

const CHOICES: Choice[] = [
  { configure: 'api', pci: false, jailer: false },
  { configure: 'config-file', pci: false, jailer: false },
  { configure: 'api', pci: true, jailer: false },
  { configure: 'api', pci: false, jailer: true },
  { configure: 'config-file', pci: true, jailer: true },
];

describe.each(CHOICES)('a guest under Firecracker, $configure, pci $pci, jailer $jailer', (choice) => {
  it('is usable, and called untested until a record says otherwise', async (context) => {
    const { real } = needVmm(context);
    expect(await isolation(choice).probe()).toMatchObject({
      reason: null,
      fix: null,
      version: expect.stringMatching(/^Firecracker v1\.\d+/),
      ...(real ? {} : { notes: [expect.stringContaining('untested on the real binary')] }),
    });
  });

  it('boots, answers, is what it says, is charged for, and leaves nothing', async (context) => {
    needVmm(context);
    const instance = await start(choice);
    try {
      expect(await instance.invoke({ any: 'event' }, 2, 30_000)).toMatchObject({ ok: true, result: null });
      expect(await instance.invoke(null, 0, 30_000)).toMatchObject({ ok: true, ns: [] });
      const { created, booted, ready, first_response } = instance.phasesMs;
      const inOrder = [created, booted, ready, first_response] as number[];
      expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));

      const { host, guest, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host).toMatchObject({ kvm_vm: 'true', uid: '1900000001', seccomp: '2', in_cgroup: 'true' });
      expect(host['cpus_allowed']).toBe(bench.claim.cpuset.join(','));
      expect(guest).toMatchObject({ uid: '1900000000', cpus: '1', root_fs: 'squashfs' });
      expect(guest['cmdline']).toContain(
        `reboot=k ${choice.pci ? '' : 'pci=off '}isogate.boot-timer=0xc0000000 panic=-1 quiet`,
      );
      // From the machine's making to its first process: a part of what we measure.
      const timerMs = Number(host['boot_timer_us']) / 1_000;
      expect(timerMs).toBeGreaterThan(1);
      expect(timerMs).toBeLessThan(booted as number);
      if (choice.configure === 'api') {
        expect(host['vm_state']).toBe('Running');
        expect(Number(host['boot_asked_ms'])).toBeGreaterThan(Number(host['api_ms']));
      }

      const usage = await instance.usage();
      expect(usage.memoryBytes).toBeGreaterThan(10_000_000);
      expect(usage.cpuMs).toBeGreaterThan(10);
    } finally {
      await instance.stop();
    }
    await instance.stop();
    await expect(instance.invoke(null, 0, 2_000)).rejects.toMatchObject({ name: 'InstanceError' });
    expect(left()).toEqual([]);
  }, 180_000);
});

describe('an instance', () => {
  it(
    'runs a Node function',
    async (context) => {
      needVmm(context);
      const image = await functionImage(
        join(import.meta.dirname, '../../../fixtures/functions/cpu'),
        'cpu.mjs#handler',
      );
      const instance = await start({}, image);
      try {
        expect(await instance.invoke({ rounds: 1 }, 1, 60_000)).toMatchObject({ ok: true });
        expect((await instance.evidence()).contradictions).toEqual([]);
      } finally {
        await instance.stop();
      }
      expect(left()).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'takes no further call of the API once it runs, and says so',
    async (context) => {
      needVmm(context);
      const instance = await start();
      try {
        const socket = (await instance.evidence()).host['argv']?.match(/--api-sock (\S+)/)?.[1] ?? '';
        const refused = { status: 400, text: expect.stringContaining('not supported after starting the microVM') };
        const calls = [
          ['/machine-config', { vcpu_count: 1, mem_size_mib: 128 }],
          ['/boot-source', { kernel_image_path: '/etc/hostname' }],
          ['/vsock', { guest_cid: 3, uds_path: '/tmp/none' }],
          ['/entropy', {}],
          ['/actions', { action_type: 'InstanceStart' }],
        ] as const;
        for (const [path, body] of calls) expect(await askSocket(socket, 'PUT', path, body)).toMatchObject(refused);
        expect(await instance.invoke(null, 0, 30_000)).toMatchObject({ ok: true });
      } finally {
        await instance.stop();
      }
    },
    TEST_MS,
  );

  it(
    'ends when the function ends: the guest reboots, and that is the end of Firecracker',
    async (context) => {
      needVmm(context);
      const instance = await start({}, await functionImage(BAD_FUNCTIONS, 'exits.mjs#handler'));
      const { host } = await instance.evidence();
      await expect(instance.invoke(null, 1, 60_000)).rejects.toMatchObject({ status: 'crashed' });
      await expect.poll(() => existsSync(`/proc/${host['pid']}/fd/0`), { timeout: 20_000 }).toBe(false);
      await instance.stop();
      expect(left()).toEqual([]);
    },
    TEST_MS,
  );

  it.each([{ jailer: false }, { jailer: true }])(
    'killed from outside is told as such, %o',
    async (choice) => {
      if (typeof vmm === 'string') return;
      const instance = await start(choice);
      const { host } = await instance.evidence();
      process.kill(Number(host['pid']), 'SIGKILL');
      // The stand-in's guest outlives it by a moment.
      await expect
        .poll(() => instance.invoke(null, 0, 10_000).catch(String), { timeout: 20_000 })
        .toMatch(/Firecracker was killed by SIGKILL/);
      await instance.stop();
      expect(left()).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'aborted at its start or later goes at once',
    async (context) => {
      needVmm(context);
      const early = new AbortController();
      const starting = start({}, bench.image, START_MS, early.signal);
      setTimeout(() => early.abort(), 300);
      await expect(starting).rejects.toThrow(/interrupted/);
      expect(left()).toEqual([]);

      const abort = new AbortController();
      const instance = await start({}, bench.image, START_MS, abort.signal);
      abort.abort();
      await expect(instance.invoke(null, 0, 30_000)).rejects.toThrow(/interrupted/);
      await instance.stop();
      expect(left()).toEqual([]);
    },
    TEST_MS,
  );
});

describe('a start that cannot succeed fails with the reason, and leaves nothing', () => {
  const noDisk = () => withVm(() => ({ diskPath: '/nonexistent' }));
  const noKernel = () => withVm(({ kernel }) => ({ kernel: { ...kernel, vmlinuxPath: '/etc/services' } }));
  const noDriver = () =>
    withVm(({ initramfs }) => ({ initramfs: { ...initramfs, 'mmio-vsock': { path: null, problem: 'no vsock' } } }));
  it.for([
    ['a disk that is not there', {}, noDisk, /^the guest's disk, \/nonexistent, cannot be read: ENOENT/],
    [
      'a kernel that is none, told by a file',
      { configure: 'config-file' },
      noKernel,
      /^Firecracker ended with code 1: .*Invalid Elf magic number/s,
    ],
    [
      'a kernel that is none',
      {},
      noKernel,
      /^Firecracker PUT \/actions answered 400: Start microvm error: .*Invalid Elf magic number/,
    ],
    ['the same, in a jail', { jailer: true }, noKernel, /Invalid Elf magic number/],
    ['a kernel without the devices’ drivers', {}, noDriver, /^no vsock$/],
  ] as const)('%s', async ([, choice, image, words], context) => {
    needVmm(context);
    const failed = start(choice, image());
    await expect(failed).rejects.toThrow(words);
    await expect(failed).rejects.toMatchObject({ name: 'InstanceError', status: 'start-failed' });
    expect(left()).toEqual([]);
  });

  it.for([{}, { jailer: true }] as Choice[])('too little time, %o', async (choice, context) => {
    needVmm(context);
    await expect(start(choice, bench.image, 300)).rejects.toMatchObject({ name: 'InstanceError', status: 'timeout' });
    expect(left()).toEqual([]);
  });
});

/** A directory first on PATH, which the VMM's user can get at. */
const firstOnPath = async (fill: (directory: string) => void, use: () => Promise<void>): Promise<void> => {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-fake-vmm-'));
  const path = process.env['PATH'];
  chmodSync(directory, 0o755);
  fill(directory);
  try {
    process.env['PATH'] = `${directory}:${path}`;
    await use();
  } finally {
    process.env['PATH'] = path;
    rmSync(directory, { recursive: true });
  }
};

it.for([{}, { jailer: true }] as Choice[])(
  'a release under the name that it was published with, and a link to it, %o',
  { timeout: TEST_MS },
  (choice, context) => {
    needVmm(context);
    const release = 'firecracker-v1.16.1-x86_64';
    return firstOnPath(
      (directory) => {
        copyFileSync(realpathSync(findProgram('firecracker') ?? ''), join(directory, release));
        symlinkSync(release, join(directory, 'firecracker'));
      },
      async () => {
        const instance = await start(choice);
        const { contradictions } = await instance.evidence();
        await instance.stop();
        expect(contradictions).toEqual([]);
        expect(list(`/var/lib/isogate/${bench.claim.runId}/${release}`)).toEqual([]);
      },
    );
  },
);

describe('what is no Firecracker, or a weakened one', () => {
  const withProgram = (script: string, use: () => Promise<void>): Promise<void> =>
    firstOnPath(
      (directory) => writeFileSync(join(directory, 'firecracker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
      use,
    );

  it.each([
    { found: 'Firecracker v1.6.0', pci: false, reason: 'needed: 1.7 or newer' },
    { found: 'Firecracker v1.12.1', pci: true, reason: 'needed: 1.13 or newer' },
  ])('$found with pci $pci is refused', ({ found, pci, reason }) =>
    withProgram(`echo ${found}`, async () => {
      expect(await isolation({ pci }).probe()).toMatchObject({
        version: found,
        reason: `Firecracker is too old: ${found}; ${reason}`,
      });
    }),
  );

  it('none at all is told with where to get it', async () => {
    const path = process.env['PATH'];
    try {
      process.env['PATH'] = '/nonexistent';
      expect(await isolation().probe()).toMatchObject({
        reason: 'Firecracker is not installed',
        fix: expect.stringContaining('/opt/isogate/bin'),
      });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('one that ends at once is told with its code and words', () =>
    withProgram('echo "no such luck" >&2; exit 7', async () => {
      await expect(start({}, bench.image, 5_000)).rejects.toThrow(/Firecracker ended with code 7: no such luck/);
      expect(left()).toEqual([]);
    }));

  it.each([{ configure: 'api' }, { configure: 'config-file' }] as const)(
    'one that never listens is given up, %o',
    (choice) =>
      withProgram('exec sleep 60', async () => {
        await expect(start(choice, bench.image, 500)).rejects.toMatchObject({ status: 'timeout' });
        expect(left()).toEqual([]);
      }),
  );

  it(
    'one told to run without its filters is contradicted',
    (context) => {
      needVmm(context);
      return withProgram(`exec ${findProgram('firecracker')} --no-seccomp "$@"`, async () => {
        const instance = await start();
        const { contradictions } = await instance.evidence();
        await instance.stop();
        expect(contradictions).toContainEqual(
          expect.stringMatching(/argv is ".* --no-seccomp .*its own seccomp filters/),
        );
      });
    },
    TEST_MS,
  );

  it(
    'one that is only called so is contradicted by the host’s evidence, though a guest boots',
    async (context) => {
      const standIn = await installStandIn('firecracker', { disguised: false });
      if (typeof standIn === 'string') return context.skip(standIn);
      try {
        const instance = await start();
        const { contradictions } = await instance.evidence();
        await instance.stop();
        expect(contradictions).toEqual([
          expect.stringMatching(/^host evidence exe is "\/\S*node\S*", expected "\S*\/firecracker"$/),
          expect.stringMatching(/^host evidence kvm_vm is "false", expected "true"$/),
          expect.stringMatching(/^host evidence seccomp is "0", expected "2"$/),
          expect.stringMatching(/^host evidence unfiltered_threads is /),
        ]);
      } finally {
        standIn.remove();
      }
    },
    TEST_MS,
  );
});

describe('the directory of jails', () => {
  it('tells of a dead run, and goes with it', async () => {
    const runId = '20000101000000-000000';
    mkdirSync(`/var/lib/isogate/${runId}/firecracker/${runId}-0/root`, { recursive: true });
    expect(await listRuns()).toContain(runId);
    await removeRun(runId);
    expect(existsSync(`/var/lib/isogate/${runId}`)).toBe(false);
  });
});
