import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { agent } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const KERNEL_DIR = '/opt/isogate/kernel';
const MODULES = ['virtio_ring', 'virtio', 'virtio_mmio', 'virtio_blk', 'virtio_console', 'squashfs'];
const PROGRAMS = ['/usr/bin/qemu-system-x86_64', '/usr/bin/mksquashfs', '/usr/bin/cpio'];
const NULL_PROCESS = ['arg=/.isogate/agent', 'arg=exec', 'arg=--', 'arg=/.isogate/agent', 'arg=null'];
const USER = ['uid=1900000000', 'gid=1900000001', 'cwd=/tmp'];

const missing = (): string | undefined =>
  [...PROGRAMS, join(KERNEL_DIR, 'vmlinuz'), join(KERNEL_DIR, 'lib/modules')].find((path) => !existsSync(path));

/** The agent as /init with the modules of the installed kernel, in the order in which they depend on each other. */
function writeInitramfs(dir: string): void {
  const tree = join(dir, 'initramfs');
  mkdirSync(join(tree, 'modules'), { recursive: true });
  const files = readdirSync(join(KERNEL_DIR, 'lib/modules'), { recursive: true, encoding: 'utf8' });
  const paths = MODULES.map((name) => files.find((file) => basename(file) === `${name}.ko`)).filter((path) => path);
  for (const path of paths)
    copyFileSync(join(KERNEL_DIR, 'lib/modules', path ?? ''), join(tree, 'modules', basename(path ?? '')));
  writeFileSync(join(tree, 'modules.list'), paths.map((path) => `/modules/${basename(path ?? '')}\n`).join(''));
  writeFileSync(join(tree, 'channel'), 'serial\n');
  copyFileSync(agent, join(tree, 'init'));
  const names = ['.', ...readdirSync(tree, { recursive: true, encoding: 'utf8' })].join('\n');
  const archive = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], { cwd: tree, input: names });
  writeFileSync(join(dir, 'initrd'), archive);
}

function writeDisk(dir: string, records: string[]): void {
  const tree = join(dir, 'root');
  for (const name of ['proc', 'sys', 'dev', 'tmp', '.isogate']) mkdirSync(join(tree, name), { recursive: true });
  chmodSync(tree, 0o755);
  copyFileSync(agent, join(tree, '.isogate/agent'));
  writeFileSync(join(tree, '.isogate/process'), records.map((record) => `${record}\0`).join(''));
  const uncompressed = ['-noI', '-noD', '-noF', '-noX'];
  execFileSync('mksquashfs', [tree, join(dir, 'disk'), ...uncompressed, '-all-root', '-quiet', '-no-progress']);
}

async function listen(path: string, onData: (text: string, socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => onData(text, socket));
  }).listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
}

/** Boots a VM from these process records; `answer` gets each line of the channel. Resolves when QEMU has ended. */
async function boot(records: string[], answer: (line: string, socket: Socket) => void) {
  const dir = tempDir();
  writeInitramfs(dir);
  writeDisk(dir, records);
  let pending = '';
  let stderr = '';
  const lines: string[] = [];
  await listen(join(dir, 'channel'), (text, socket) => {
    const parts = (pending + text).split('\n');
    pending = parts.pop() ?? '';
    lines.push(...parts);
    for (const line of parts) answer(line, socket);
  });
  await listen(join(dir, 'stderr'), (text) => {
    stderr += text;
  });
  const tsc = execFileSync(agent, ['tsc'], { encoding: 'utf8' }).trim();
  const qemu: ChildProcess = spawn(PROGRAMS[0] ?? '', [
    ...['-M', 'microvm,acpi=on', '-accel', 'tcg', '-cpu', 'max', '-m', '256', '-nodefaults', '-no-user-config'],
    ...['-nographic', '-no-reboot', '-kernel', join(KERNEL_DIR, 'vmlinuz'), '-initrd', join(dir, 'initrd')],
    ...['-append', `reboot=t panic=-1 quiet tsc_early_khz=${tsc}`, '-device', 'virtio-serial-device'],
    ...['-chardev', `socket,id=c,path=${dir}/channel`, '-device', 'virtserialport,chardev=c,name=isogate.channel'],
    ...['-chardev', `socket,id=e,path=${dir}/stderr`, '-device', 'virtserialport,chardev=e,name=isogate.stderr'],
    ...['-drive', `id=d,file=${dir}/disk,format=raw,if=none,readonly=on`, '-device', 'virtio-blk-device,drive=d'],
  ]);
  onTestFinished(() => void qemu.kill('SIGKILL'));
  const [code] = await once(qemu, 'exit');
  return { lines, stderr, code };
}

describe('the agent as PID 1 of a VM', () => {
  beforeEach(({ skip }) => skip(missing() !== undefined, `${missing()} is missing: run scripts/setup-runner`));

  it('boots, runs the function as its user over the virtio ports, and ends the VM with it', async () => {
    const { lines, stderr, code } = await boot([...USER, 'env=PATH=/bin', ...NULL_PROCESS], (line, socket) => {
      if (line.includes('"ready"')) socket.write('{"id":1,"event":{},"repeat":2}\n');
      if (line.includes('"id":1')) socket.end();
    });
    expect(lines[0]).toBe('{"type":"booted"}');
    expect(lines.slice(2)).toEqual([
      '{"type":"ready","runtime":"null","version":"1"}',
      '{"id":1,"ok":true,"result":null,"ns":[0,0]}',
    ]);
    const { evidence } = JSON.parse(lines[1] ?? '');
    expect(evidence).toMatchObject({
      kernel_release: readdirSync(join(KERNEL_DIR, 'lib/modules'))[0],
      uid: '1900000000',
      gid: '1900000001',
      cap_eff: '0000000000000000',
      no_new_privs: '1',
      cpus: '1',
      root_fs: 'squashfs',
      hypervisor: 'true',
      cmdline: expect.stringContaining('reboot=t panic=-1 quiet'),
    });
    expect(evidence.boot_id).not.toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(stderr).toBe('isogate-agent: function exited with status 0\n');
    expect(code).toBe(0);
  });

  it.each([
    [
      [...USER, 'arg=/no/such/program'],
      'isogate-agent: init: execute /no/such/program: No such file or directory\nisogate-agent: function exited with status 127\n',
    ],
    [['uid=1', 'gid=1'], 'isogate-agent: init: .isogate/process: uid, gid and at least one arg are needed\n'],
    [[...USER, 'shell=sh'], 'isogate-agent: init: .isogate/process: unknown record shell=sh\n'],
  ])('tells on the stderr port what is wrong with %j', async (records, message) => {
    const { lines, stderr, code } = await boot(records, () => {});
    expect(lines).toEqual(['{"type":"booted"}']);
    expect({ stderr, code }).toEqual({ stderr: message, code: 0 });
  });
});
