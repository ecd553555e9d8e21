import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { createIsolation } from '../../../src/isolation/create-isolation.ts';
import { messageOf } from '../../../src/model/errors.ts';
import type { FunctionImage } from '../../../src/model/image.ts';
import type { Instance } from '../../../src/model/isolation.ts';
import { BAD_FUNCTIONS, buildFunction } from '../../support/function-bench.ts';
import { HOST_WAIT_MS } from '../../support/host-wait.ts';
import { leftovers } from '../../support/leftovers.ts';
import { isolationConfig, type NullBench, openNullBench, RESOURCES } from '../../support/null-bench.ts';
import { type ProvidedVmm, provideVmm } from '../../support/provide-vmm.ts';
import { installStandIn } from '../../support/vmm-stand-in/install.ts';

/** An emulated guest's start under load; the real one needs a hundredth of it. */
const START_MS = 90_000;

let bench: NullBench;
let vmm: ProvidedVmm | string;
beforeAll(async () => {
  bench = await openNullBench(true);
  vmm = await provideVmm('cloud-hypervisor', bench);
}, HOST_WAIT_MS);
afterAll(async () => {
  if (typeof vmm !== 'string') vmm.remove();
  await bench.end();
  expect(leftovers(bench.claim.runId)).toEqual([]);
});

const needVmm = (context: TestContext): ProvidedVmm => (typeof vmm === 'string' ? context.skip(vmm) : vmm);

/** Of the bench's instances; its own directory and cgroup stay until its end. */
const left = (): string[] => [
  ...leftovers(bench.claim.runId).filter((one) => /^process|^mount/.test(one)),
  ...readdirSync(bench.claim.directory).filter((name) => name !== 'owner.json'),
];

const isolation = () => createIsolation(isolationConfig('cloud-hypervisor'), 'kvm');
const start = (image: FunctionImage = bench.image, timeoutMs = START_MS): Promise<Instance> =>
  isolation().start(image, RESOURCES, bench.claim.nextContext(timeoutMs));
const functionImage = (directory: string, handler: string): Promise<FunctionImage> =>
  buildFunction({ ...bench, kernel: bench.image.vm?.kernel ?? null }, directory, handler);
const withVm = (change: (vm: NonNullable<FunctionImage['vm']>) => object): FunctionImage => {
  const vm = bench.image.vm as NonNullable<FunctionImage['vm']>;
  return { ...bench.image, vm: { ...vm, ...change(vm) } };
};

describe('a guest under Cloud Hypervisor', () => {
  it('is usable, and called untested until a record says otherwise', async (context) => {
    needVmm(context);
    expect(await isolation().probe()).toMatchObject({
      reason: null,
      fix: null,
      version: expect.stringMatching(/^cloud-hypervisor v\d+\.\d+/),
    });
  });

  it('boots, answers, is what it says, is charged for, and leaves nothing', async (context) => {
    needVmm(context);
    const instance = await start();
    try {
      expect(await instance.invoke({ any: 'event' }, 2, 30_000)).toMatchObject({ ok: true, result: null });
      expect(await instance.invoke(null, 0, 30_000)).toMatchObject({ ok: true, ns: [] });
      const { created, booted, ready, first_response } = instance.phasesMs;
      const inOrder = [created, booted, ready, first_response] as number[];
      expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));

      const { host, guest, contradictions } = await instance.evidence();
      expect(contradictions).toEqual([]);
      expect(host).toMatchObject({ vm_state: 'Running', kvm_vm: 'true', uid: '1900000001', in_cgroup: 'true' });
      expect(host['cpus_allowed']).toBe(bench.claim.cpuset.join(','));
      expect(Number(host['boot_asked_ms'])).toBeGreaterThan(Number(host['api_ms']));
      expect(guest).toMatchObject({ uid: '1900000000', cpus: '1', root_fs: 'squashfs' });
      expect(guest['cmdline']).toContain('isogate.end=power-off panic=-1 quiet');

      const usage = await instance.usage();
      expect(usage.memoryBytes).toBeGreaterThan(10_000_000);
      expect(usage.cpuMs).toBeGreaterThan(10);
    } finally {
      await instance.stop();
    }
    await instance.stop();
    await expect(instance.invoke(null, 0, 2_000)).rejects.toMatchObject({ name: 'InstanceError' });
    expect(left()).toEqual([]);
  }, 120_000);

  it('runs a Node function', async (context) => {
    needVmm(context);
    const instance = await start(
      await functionImage(join(import.meta.dirname, '../../../fixtures/functions/cpu'), 'cpu.mjs#handler'),
    );
    try {
      expect(await instance.invoke({ rounds: 1 }, 1, 60_000)).toMatchObject({ ok: true });
      expect((await instance.evidence()).contradictions).toEqual([]);
    } finally {
      await instance.stop();
    }
    expect(left()).toEqual([]);
  }, 180_000);

  it('ends when the function ends: the guest powers off', async (context) => {
    needVmm(context);
    const instance = await start(await functionImage(BAD_FUNCTIONS, 'exits.mjs#handler'));
    const { host } = await instance.evidence();
    await expect(instance.invoke(null, 1, 60_000)).rejects.toMatchObject({ status: 'crashed' });
    // Had it rebooted, the VMM would have started it anew, and it would look for its host for ten seconds.
    await expect.poll(() => existsSync(`/proc/${host['pid']}/fd/0`), { timeout: 8_000 }).toBe(false);
    await instance.stop();
    expect(left()).toEqual([]);
  }, 120_000);

  it('a VMM that is killed is told as such', async (context) => {
    needVmm(context);
    const instance = await start();
    const { host } = await instance.evidence();
    process.kill(Number(host['pid']), 'SIGKILL');
    // Its guest may still answer while the kernel takes the VMM apart.
    const words = (): Promise<string> => instance.invoke(null, 0, 10_000).then(String, messageOf);
    await expect.poll(words, { timeout: 20_000 }).toMatch(/Cloud Hypervisor was killed by SIGKILL/);
    await instance.stop();
    expect(left()).toEqual([]);
  }, 120_000);
});

describe('a start that cannot succeed fails with the reason, and leaves nothing', () => {
  it.for([
    [
      'a disk that is not there',
      () => withVm(() => ({ diskPath: '/nonexistent' })),
      /^the guest's disk, \/nonexistent, cannot be read: ENOENT/,
    ],
    [
      'a kernel that is none',
      () => withVm(({ kernel }) => ({ kernel: { ...kernel, vmlinuxPath: '/etc/passwd' } })),
      /vm\.boot answered 500: Error from API: The VM could not boot: Cannot load the kernel into memory: /,
    ],
    [
      'a kernel without the devices’ drivers',
      () =>
        withVm(({ initramfs }) => ({ initramfs: { ...initramfs, 'pci-vsock': { path: null, problem: 'no vsock' } } })),
      /^no vsock$/,
    ],
  ] as const)('%s', async ([_, image, words], context) => {
    needVmm(context);
    const failed = start(image());
    await expect(failed).rejects.toMatchObject({ name: 'InstanceError', status: 'start-failed' });
    await expect(failed).rejects.toThrow(words);
    expect(left()).toEqual([]);
  });

  it('too little time', async (context) => {
    needVmm(context);
    await expect(start(bench.image, 300)).rejects.toMatchObject({ name: 'InstanceError', status: 'timeout' });
    expect(left()).toEqual([]);
  });
});

describe('what is no Cloud Hypervisor', () => {
  /** A directory with a program of that name, first on PATH. */
  const withProgram = async (script: string, use: () => Promise<void>): Promise<void> => {
    const directory = mkdtempSync(join(tmpdir(), 'isogate-fake-vmm-'));
    const path = process.env['PATH'];
    // The VMM's user has to get at it.
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, 'cloud-hypervisor'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    try {
      process.env['PATH'] = `${directory}:${path}`;
      await use();
    } finally {
      process.env['PATH'] = path;
      rmSync(directory, { recursive: true });
    }
  };

  it('one before 35.0 is refused with its version', () =>
    withProgram('echo cloud-hypervisor v34.2', async () => {
      expect(await isolation().probe()).toMatchObject({
        version: 'cloud-hypervisor v34.2',
        reason: 'Cloud Hypervisor is too old: cloud-hypervisor v34.2; needed: 35.0 or newer',
      });
    }));

  it('one that ends at once is told with its code and words', () =>
    withProgram('echo "no such luck" >&2; exit 7', async () => {
      await expect(start(bench.image, 5_000)).rejects.toThrow(/Cloud Hypervisor ended with code 7: no such luck/);
    }));

  it('one that never opens its API is given up', () =>
    withProgram('exec sleep 60', async () => {
      await expect(start(bench.image, 500)).rejects.toMatchObject({ status: 'timeout' });
      expect(left()).toEqual([]);
    }));

  it('one that is only called so is contradicted by the host’s evidence, though a guest boots', async (context) => {
    const standIn = await installStandIn('cloud-hypervisor', { disguised: false });
    if (typeof standIn === 'string') return context.skip(standIn);
    try {
      const instance = await start();
      const { contradictions } = await instance.evidence();
      await instance.stop();
      expect(contradictions).toEqual([
        expect.stringMatching(/^host evidence exe is "\/\S*node\S*", expected "\S*\/cloud-hypervisor"$/),
        expect.stringMatching(/^host evidence kvm_vm is "false", expected "true"$/),
        expect.stringMatching(/^host evidence filtered_threads is "", expected threads with seccomp filters$/),
        expect.stringMatching(/^host evidence unfiltered_threads is /),
      ]);
    } finally {
      standIn.remove();
    }
  }, 120_000);
});
