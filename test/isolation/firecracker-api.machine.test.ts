/**
 * What Firecracker's published API description refuses, asked of the stand-in, and of the real binary too where there is
 * one: the adapter's tests are worth as much as the stand-in is strict. No guest is started here.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { findProgram } from '../../src/host/find-program.ts';
import { firecrackerArgs, firecrackerCalls, firecrackerConfig } from '../../src/isolation/vm/firecracker-config.ts';
import { untilListening } from '../../src/isolation/vm/vmm-api.ts';
import { askSocket, type SocketAnswer } from '../support/ask-socket.ts';
import { installStandIn, type StandIn } from '../support/vmm-stand-in/install.ts';

const real = findProgram('firecracker');
let standIn: StandIn | string;
let work: string;
beforeAll(async () => {
  standIn = await installStandIn('firecracker');
  work = mkdtempSync(join(tmpdir(), 'isogate-fc-api-'));
  for (const name of ['kernel', 'initramfs', 'disk', 'metrics']) writeFileSync(join(work, name), Buffer.alloc(4096));
});
afterAll(() => {
  if (typeof standIn !== 'string') standIn.remove();
  rmSync(work, { recursive: true, force: true });
});

const kernel = () => ({ kernel_image_path: join(work, 'kernel') });
const drive = () => ({ drive_id: 'disk', path_on_host: join(work, 'disk'), is_root_device: false, is_read_only: true });
const machine = { vcpu_count: 1, mem_size_mib: 128 };
const CPUS = /number of vCPUs must be|invalid value/;

type Refused = [what: string, method: string, path: string, body: () => unknown, words: RegExp];
const REFUSED: Refused[] = [
  ['no CPU', 'PUT', '/machine-config', () => ({ ...machine, vcpu_count: 0 }), CPUS],
  ['33 CPUs', 'PUT', '/machine-config', () => ({ ...machine, vcpu_count: 33 }), CPUS],
  ['CPUs as text', 'PUT', '/machine-config', () => ({ ...machine, vcpu_count: '1' }), /invalid (type|value)/],
  ['an odd number with SMT', 'PUT', '/machine-config', () => ({ ...machine, vcpu_count: 3, smt: true }), CPUS],
  ['no memory', 'PUT', '/machine-config', () => ({ ...machine, mem_size_mib: 0 }), /memory size|invalid value/],
  ['an older name', 'PUT', '/machine-config', () => ({ ...machine, ht_enabled: false }), /unknown field `ht_enabled`/],
  ['memory left out', 'PUT', '/machine-config', () => ({ vcpu_count: 1 }), /missing field `mem_size_mib`/],
  ['unknown huge pages', 'PUT', '/machine-config', () => ({ ...machine, huge_pages: '1G' }), /unknown variant/],
  ['no JSON', 'PUT', '/machine-config', () => 'notjson', /deserializing the json body/],
  ['no body', 'PUT', '/machine-config', () => undefined, /Empty PUT request/],
  ['no kernel path', 'PUT', '/boot-source', () => ({ boot_args: '' }), /missing field `kernel_image_path`/],
  [
    'no such kernel',
    'PUT',
    '/boot-source',
    () => ({ kernel_image_path: '/nope' }),
    /kernel file cannot be opened: No such file/,
  ],
  [
    'no such initrd',
    'PUT',
    '/boot-source',
    () => ({ ...kernel(), initrd_path: '/nope' }),
    /initrd file cannot be opened/,
  ],
  [
    'a long command line',
    'PUT',
    '/boot-source',
    () => ({ ...kernel(), boot_args: 'x'.repeat(2100) }),
    /command line is invalid/,
  ],
  ['unknown source', 'PUT', '/boot-source', () => ({ ...kernel(), bogus: 1 }), /unknown field `bogus`/],
  ['another id', 'PUT', '/drives/other', drive, /id from the path does not match the id from the body/],
  [
    'an id with a dash',
    'PUT',
    '/drives/a-b',
    () => ({ ...drive(), drive_id: 'a-b' }),
    /only contain alphanumeric characters and underscores/,
  ],
  ['an empty id', 'PUT', '/drives/', () => ({ ...drive(), drive_id: '' }), /ID cannot be empty/],
  [
    'a drive without id',
    'PUT',
    '/drives/disk',
    () => ({ ...drive(), drive_id: undefined }),
    /missing field `drive_id`/,
  ],
  [
    'a drive that may be root',
    'PUT',
    '/drives/disk',
    () => ({ ...drive(), is_root_device: undefined }),
    /missing field `is_root_device`/,
  ],
  [
    'a drive without file',
    'PUT',
    '/drives/disk',
    () => ({ ...drive(), path_on_host: undefined }),
    /Invalid block config/,
  ],
  [
    'a file that is not there',
    'PUT',
    '/drives/disk',
    () => ({ ...drive(), path_on_host: '/nope' }),
    /No such file or directory/,
  ],
  ['an unknown engine', 'PUT', '/drives/disk', () => ({ ...drive(), io_engine: 'Fast' }), /unknown variant/],
  ['an unknown drive field', 'PUT', '/drives/disk', () => ({ ...drive(), bogus: 1 }), /unknown field `bogus`/],
  ['a vsock without path', 'PUT', '/vsock', () => ({ guest_cid: 3 }), /missing field `uds_path`/],
  [
    'a vsock with a large id',
    'PUT',
    '/vsock',
    () => ({ guest_cid: 2 ** 32, uds_path: join(work, 'v') }),
    /invalid value/,
  ],
  [
    'a socket that is there',
    'PUT',
    '/vsock',
    () => ({ guest_cid: 3, uds_path: join(work, 'disk') }),
    /Address already in use/,
  ],
  [
    'a socket in no directory',
    'PUT',
    '/vsock',
    () => ({ guest_cid: 3, uds_path: join(work, 'no/v') }),
    /No such file or directory/,
  ],
  [
    'an unknown vsock field',
    'PUT',
    '/vsock',
    () => ({ guest_cid: 3, uds_path: join(work, 'v'), bogus: 1 }),
    /unknown field `bogus`/,
  ],
  ['entropy without a body', 'PUT', '/entropy', () => undefined, /Empty PUT request/],
  ['unknown entropy', 'PUT', '/entropy', () => ({ bogus: 1 }), /unknown field `bogus`/],
  ['unknown serial', 'PUT', '/serial', () => ({ bogus: 1 }), /unknown field `bogus`/],
  ['a log in no directory', 'PUT', '/logger', () => ({ log_path: join(work, 'no/log') }), /Failed to open target file/],
  ['an unknown log field', 'PUT', '/logger', () => ({ bogus: 1 }), /unknown field `bogus`/],
  ['metrics without path', 'PUT', '/metrics', () => ({}), /missing field `metrics_path`/],
  ['an unknown action', 'PUT', '/actions', () => ({ action_type: 'Stop' }), /unknown variant/],
  [
    'a key before the start',
    'PUT',
    '/actions',
    () => ({ action_type: 'SendCtrlAltDel' }),
    /before starting the microVM/,
  ],
  [
    'a flush before the start',
    'PUT',
    '/actions',
    () => ({ action_type: 'FlushMetrics' }),
    /before starting the microVM/,
  ],
  ['a start with more', 'PUT', '/actions', () => ({ action_type: 'InstanceStart', bogus: 1 }), /unknown field `bogus`/],
  ['a start of nothing', 'PUT', '/actions', () => ({ action_type: 'InstanceStart' }), /without kernel configuration/],
  ['a pause before the start', 'PATCH', '/vm', () => ({ state: 'Paused' }), /before starting the microVM/],
  ['an unknown path', 'GET', '/nope', () => undefined, /Invalid request method and\/or path: GET nope/],
  ['an unknown path to put', 'PUT', '/nope', () => ({}), /Invalid request method and\/or path: PUT nope/],
  [
    'what can only be put',
    'GET',
    '/boot-source',
    () => undefined,
    /Invalid request method and\/or path: GET boot-source/,
  ],
  ['a deletion', 'DELETE', '/machine-config', () => undefined, /Invalid request method and\/or path: DELETE/],
];

const binaries = [
  { name: 'the stand-in', find: () => (typeof standIn === 'string' ? null : join(standIn.directory, 'firecracker')) },
  ...(real !== null ? [{ name: 'the real binary', find: () => real }] : []),
];

if (real === null) it('the real binary', (context) => context.skip('there is no firecracker on PATH'));

describe.each(binaries)('$name', ({ name, find }) => {
  let child: ChildProcess | null = null;
  let socket: string;
  beforeAll(async () => {
    const binary = find();
    if (binary === null) return;
    socket = join(work, `api-${name.replaceAll(' ', '-')}`);
    child = spawn(binary, firecrackerArgs({ instanceId: 'api-test', pci: false, told: { apiSocket: socket } }), {
      stdio: 'ignore',
    });
    await untilListening(socket, AbortSignal.timeout(10_000));
  });
  afterAll(async () => {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    rmSync(socket);
  });
  const need = (context: TestContext): string => {
    return find() ?? context.skip(String(standIn));
  };
  const faultOf = ({ text }: SocketAnswer): string => JSON.parse(text).fault_message;

  it.for(REFUSED)('refuses %s', async ([, method, path, body, words], context) => {
    need(context);
    const answer = await askSocket(socket, method, path, body());
    expect(answer.status).toBe(400);
    expect(faultOf(answer)).toMatch(words);
  });

  it('refuses a method that it does not know in another shape', async (context) => {
    need(context);
    const answer = await askSocket(socket, 'POST', '/machine-config', machine);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/"error":\s*"Invalid HTTP Method/);
  });

  it('takes all that the adapter sends, answers 204 and nothing, and shows it', async (context) => {
    need(context);
    const vsockPath = join(work, 'vsock');
    const config = firecrackerConfig({
      cpus: 2,
      memoryBytes: 384 * 2 ** 20,
      pci: false,
      kernelPath: join(work, 'kernel'),
      initramfsPath: join(work, 'initramfs'),
      diskPath: join(work, 'disk'),
      vsockPath,
    });
    for (const { path, body } of firecrackerCalls(config))
      expect(await askSocket(socket, 'PUT', path, body)).toEqual({ status: 204, text: '' });
    const shown = JSON.parse((await askSocket(socket, 'GET', '/vm/config')).text);
    expect(shown).toMatchObject({
      'boot-source': config['boot-source'],
      'machine-config': config['machine-config'],
      vsock: config.vsock,
      drives: [config.drives[0]],
    });
    expect(JSON.parse((await askSocket(socket, 'GET', '/')).text)).toMatchObject({
      id: 'api-test',
      state: 'Not started',
      app_name: 'Firecracker',
    });
    // The kernel is looked into only at the start, and this one is none.
    const started = await askSocket(socket, 'PUT', '/actions', { action_type: 'InstanceStart' });
    expect(started.status).toBe(400);
    expect(faultOf(started)).toMatch(/Start microvm error: .*Invalid Elf magic number/);
    rmSync(vsockPath, { force: true });
  });

  it('does not take a socket that is there', (context) => {
    const args = firecrackerArgs({ instanceId: 'second', pci: false, told: { apiSocket: join(work, 'disk') } });
    const { status, stdout, stderr } = spawnSync(need(context), args, { encoding: 'utf8', timeout: 10_000 });
    expect(status).toBe(1);
    expect(stdout + stderr).toContain(`Failed to open the API socket at: ${join(work, 'disk')}`);
  });

  it.for([
    [['--bogus'], 153, /'bogus' which wasn't expected/],
    [['extra'], 153, /'extra' which wasn't expected/],
    [['--no-api'], 153, /'config-file' required/],
    [['--id', 'a', '--id', 'b'], 153, /'id' was provided more than once/],
    [['--no-seccomp', '--seccomp-filter', 'x'], 153, /cannot be used together/],
  ] as const)('ends at once with %s', ([args, code, words], context) => {
    const { status, stdout, stderr } = spawnSync(need(context), args, { encoding: 'utf8', timeout: 10_000 });
    expect(status).toBe(code);
    expect(stdout + stderr).toMatch(words);
  });

  it.for([
    ['no drives', { 'boot-source': { kernel_image_path: '/nope' } }, /missing field `drives`/],
    ['no kernel', { drives: [], 'boot-source': { kernel_image_path: '/nope' } }, /kernel file cannot be opened/],
    ['too many CPUs', { drives: [], 'boot-source': kernel, 'machine-config': { ...machine, vcpu_count: 33 } }, CPUS],
    [
      'an unknown field',
      { drives: [], 'boot-source': kernel, 'machine-config': { ...machine, bogus: 1 } },
      /unknown field `bogus`/,
    ],
  ] as const)('ends with code 1 when a configuration file has %s', ([, document, words], context) => {
    const configFile = join(work, 'config.json');
    const filled = { ...document, ...('machine-config' in document && { 'boot-source': kernel() }) };
    writeFileSync(configFile, JSON.stringify(filled));
    const args = firecrackerArgs({ instanceId: 'by-file', pci: false, told: { configFile } });
    const { status, stdout, stderr } = spawnSync(need(context), args, { encoding: 'utf8', timeout: 10_000 });
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(words);
  });

  it('says its version in a line', (context) => {
    const { stdout } = spawnSync(need(context), ['--version'], { encoding: 'utf8', timeout: 10_000 });
    expect(stdout.split('\n')[0]).toMatch(/^Firecracker v\d+\.\d+\.\d+/);
  });
});

describe('the stand-in alone', () => {
  it('refuses a context id that the description does not allow, which the real binary takes', async (context) => {
    if (typeof standIn === 'string') return context.skip(standIn);
    const socket = join(work, 'cid');
    const child = spawn(
      join(standIn.directory, 'firecracker'),
      firecrackerArgs({ instanceId: 'cid', pci: false, told: { apiSocket: socket } }),
      { stdio: 'ignore' },
    );
    await untilListening(socket, AbortSignal.timeout(10_000));
    const answer = await askSocket(socket, 'PUT', '/vsock', { guest_cid: 2, uds_path: join(work, 'v2') });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('guest_cid') });
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });

  it('cannot be reached from the product', () => {
    for (const bundle of ['index.js', 'cli.js', 'post.js']) {
      const file = join(import.meta.dirname, '../../dist', bundle);
      if (existsSync(file)) expect(readFileSync(file, 'utf8')).not.toMatch(/stand-in/i);
    }
  });
});
