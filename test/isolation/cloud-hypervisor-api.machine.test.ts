/**
 * What Cloud Hypervisor's API refuses, in which order and with which status and words, asked of the stand-in, and of the
 * real binary too where there is one: the adapter's tests are worth as much as the stand-in is like it. No guest is started.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { cloudHypervisorConfig } from '../../src/isolation/vm/cloud-hypervisor-config.ts';
import { untilListening } from '../../src/isolation/vm/vmm-api.ts';
import { askSocket, type SocketAnswer } from '../support/ask-socket.ts';
import { installStandIn, type StandIn } from '../support/vmm-stand-in/install.ts';

const real = findProgram('cloud-hypervisor');
let standIn: StandIn | string;
let work: string;
beforeAll(async () => {
  standIn = await installStandIn('cloud-hypervisor');
  work = mkdtempSync(join(tmpdir(), 'isogate-ch-api-'));
  for (const name of ['disk', 'initramfs', 'taken', 'text']) writeFileSync(join(work, name), Buffer.alloc(4096));
  writeFileSync(join(work, 'kernel'), Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(4092)]));
});
afterAll(() => {
  if (typeof standIn !== 'string') standIn.remove();
  rmSync(work, { recursive: true, force: true });
});

const at = (name: string): string => join(work, name);
const ours = () =>
  cloudHypervisorConfig({
    cpus: 1,
    memoryBytes: 2 ** 27,
    kernelPath: at('kernel'),
    initramfsPath: at('initramfs'),
    diskPath: at('disk'),
    vsockPath: at('vsock'),
  });
const created = { payload: { kernel: '/k' } };

/** Of `vm.create`, which takes whatever it can read. */
const UNREADABLE: [what: string, body: () => unknown, words: RegExp][] = [
  ['no JSON', () => 'nonsense', /./],
  ['half of it', () => '{"payload"', /./],
  ['a kernel that is a number', () => ({ payload: { kernel: 5 } }), /invalid type: /],
  ['CPUs without their maximum', () => ({ ...created, cpus: { boot_vcpus: 1 } }), /missing field `max_vcpus`/],
  ['memory without a size', () => ({ ...created, memory: {} }), /missing field `size`/],
  ['memory as text', () => ({ ...created, memory: { size: '128M' } }), /invalid type: /],
  ['disks that are no list', () => ({ ...created, disks: {} }), /invalid type: /],
  ['an image type in lower case', () => ({ ...created, disks: [{ image_type: 'raw' }] }), /unknown variant .*`?Raw/],
  ['entropy from nowhere', () => ({ ...created, rng: {} }), /missing field `src`/],
  ['a serial line in lower case', () => ({ ...created, serial: { mode: 'off' } }), /unknown variant .*`?Off/],
  ['a console without a mode', () => ({ ...created, console: {} }), /missing field `mode`/],
  ['vsock without a socket', () => ({ ...created, vsock: { cid: 3 } }), /missing field `socket`/],
];

/** Of `vm.boot`, in the order in which it is found. */
const UNBOOTABLE: [what: string, change: () => object, words: string][] = [
  ['nothing to boot', () => ({ payload: {} }), 'No bootitem provided: neither firmware nor kernel'],
  [
    'fewer CPUs than it boots',
    () => ({ cpus: { boot_vcpus: 2, max_vcpus: 1 } }),
    'Max CPUs (1) lower than boot CPUs (2)',
  ],
  ['the host’s vsock address', () => ({ vsock: { cid: 2, socket: at('v') } }), '2 is a special VSOCK CID'],
  [
    'half a page of memory',
    () => ({ memory: { size: 2 ** 27 + 1 } }),
    'Memory size is misaligned with default page size',
  ],
  [
    'a disk without a path',
    () => ({ disks: [{ readonly: true }] }),
    'No disk path was specified when one was expected',
  ],
  ['a disk that is not there', () => ({ disks: [{ path: '/nope', readonly: true }] }), 'Cannot open disk path'],
  [
    'a vsock path that is taken',
    () => ({ vsock: { cid: 3, socket: at('taken') } }),
    'Address already in use (os error 98)',
  ],
  ['a kernel that is not there', () => ({ payload: { kernel: '/nope' } }), 'Cannot open kernel file'],
  ['a kernel that is none', () => ({ payload: { kernel: at('text') } }), 'Cannot load the kernel into memory'],
];

describe.each(['stand-in', 'real'] as const)('%s', (which) => {
  const program = (context: TestContext): string => {
    if (which === 'stand-in')
      return typeof standIn === 'string' ? context.skip(standIn) : join(standIn.directory, 'cloud-hypervisor');
    return real ?? context.skip('cloud-hypervisor is not installed');
  };

  /** The causes that an answer tells, in one line; empty where it tells none. */
  const words = ({ text }: SocketAnswer): string => (text === '' ? '' : (JSON.parse(text) as string[]).join(': '));
  const withVmm = async (context: TestContext, use: (ask: Ask, directory: string) => Promise<void>): Promise<void> => {
    const directory = mkdtempSync(join(work, 'vmm-'));
    const socket = join(directory, 'api');
    const child = spawn(program(context), ['--api-socket', `path=${socket}`, '--seccomp', 'true'], { stdio: 'ignore' });
    try {
      await untilListening(socket, AbortSignal.timeout(10_000));
      await use((method, path, body) => askSocket(socket, method, `/api/v1/${path}`, body), directory);
    } finally {
      await stop(child);
    }
  };

  it('reads no configuration that it cannot understand', (context) =>
    withVmm(context, async (ask) => {
      for (const [what, body, expected] of UNREADABLE) {
        const answer = await ask('PUT', 'vm.create', body());
        expect({ what, status: answer.status, words: words(answer) }).toEqual({
          ...{ what, status: 400 },
          words: expect.stringMatching(/^Failed to deserialize JSON: /),
        });
        expect(words(answer)).toMatch(expected);
      }
      expect(await ask('PUT', 'vm.create')).toMatchObject({ status: 400, text: '' });
      expect(await ask('GET', 'vm.info')).toMatchObject({ status: 404 });
    }));

  it('boots nothing that cannot be, and says why', (context) =>
    withVmm(context, async (ask) => {
      for (const [what, change, expected] of UNBOOTABLE) {
        expect({ what, ...(await ask('PUT', 'vm.create', { ...ours(), ...change() })) }).toMatchObject({
          what,
          status: 204,
        });
        const answer = await ask('PUT', 'vm.boot');
        expect({ what, status: answer.status, words: words(answer) }).toEqual({
          ...{ what, status: 500 },
          words: expect.stringMatching(/^Error from API: The VM could not boot: /),
        });
        expect(words(answer)).toContain(expected);
        expect(JSON.parse((await ask('GET', 'vm.info')).text)).toMatchObject({ state: 'Created' });
        expect(await ask('PUT', 'vm.delete')).toMatchObject({ status: 204 });
      }
    }));

  it('keeps its order: created, booted, and each once', (context) =>
    withVmm(context, async (ask) => {
      const told = async (method: string, path: string, body?: unknown): Promise<unknown[]> => {
        const answer = await ask(method, path, body);
        return [answer.status, words(answer)];
      };
      expect(await told('PUT', 'vm.boot')).toEqual([
        404,
        'Error from API: The VM could not boot: VM config is missing',
      ]);
      expect(await told('GET', 'vm.info')).toEqual([
        404,
        'Error from API: The VM info is not available: VM is not created',
      ]);
      expect(await told('PUT', 'vm.shutdown')).toEqual([
        500,
        'Error from API: The VM could not shutdown: VM is not running',
      ]);
      expect(await told('PUT', 'vm.create', ours())).toEqual([204, '']);
      expect(await told('PUT', 'vm.create', ours())).toEqual([
        500,
        'Error from API: The VM could not be created: VM is already created',
      ]);
      expect(await told('GET', 'vm.nonsense')).toEqual([404, 'Not Found']);
      expect(await told('GET', 'vm.boot')).toEqual([400, 'Bad Request']);
      const ping = JSON.parse((await ask('GET', 'vmm.ping')).text);
      expect(ping).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), features: ['kvm'] });
    }));

  it('takes our configuration as we mean it', (context) =>
    withVmm(context, async (ask) => {
      expect(await ask('PUT', 'vm.create', ours())).toMatchObject({ status: 204 });
      const { config, state } = JSON.parse((await ask('GET', 'vm.info')).text);
      expect(state).toBe('Created');
      // Every field comes back: none was read past.
      expect(config).toMatchObject(ours());
    }));

  it('ends when it is told to, and leaves a lock file and no socket', (context) =>
    withVmm(context, async (ask, directory) => {
      expect((await ask('PUT', 'vmm.shutdown')).status).toBeLessThan(300);
      await expect.poll(() => existsSync(join(directory, 'api')), { timeout: 5_000 }).toBe(false);
      expect(readdirSync(directory)).toEqual(['api.lock']);
    }));

  it.for([
    [['--frobnicate'], /frobnicate/],
    [['--seccomp', 'perhaps'], /invalid value 'perhaps' for '--seccomp <seccomp>'/],
    [['stray'], /stray/],
  ] as const)('refuses the command line %j', ([args, expected], context) => {
    const { status, stderr } = spawnSync(program(context), args, { encoding: 'utf8', timeout: 10_000 });
    expect(status).toBe(2);
    expect(stderr).toMatch(expected);
  });
});

it('what the description does not have is refused by the stand-in alone', async (context) => {
  if (typeof standIn === 'string') return context.skip(standIn);
  const socket = at('strict');
  const child = spawn(join(standIn.directory, 'cloud-hypervisor'), ['--api-socket', `path=${socket}`], {
    stdio: 'ignore',
  });
  try {
    await untilListening(socket, AbortSignal.timeout(10_000));
    const misspelt = { ...created, disks: [{ path: '/d', readOnly: true }] };
    const { status, text } = await askSocket(socket, 'PUT', '/api/v1/vm.create', misspelt);
    expect([status, JSON.parse(text)]).toEqual([400, ['Failed to deserialize JSON', 'unknown field `readOnly`']]);
  } finally {
    await stop(child);
  }
});

type Ask = (method: string, path: string, body?: unknown) => Promise<SocketAnswer>;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
