import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { agent } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const USER = ['--uid', '1900000000', '--gid', '1900000001'];
const run = (args: string[], options: object = {}) =>
  spawnSync(agent, ['launch', ...args], { encoding: 'utf8', ...options });

/** A root directory with sh, ls and cat of this machine. */
function tinyRoot(): string {
  const dir = tempDir();
  chmodSync(dir, 0o755);
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'work']) mkdirSync(join(dir, name));
  for (const program of ['/bin/sh', '/bin/ls', '/bin/cat', '/bin/mkdir', '/bin/sleep']) {
    const libraries = spawnSync('ldd', [program], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
    for (const file of [program, ...libraries]) {
      mkdirSync(join(dir, dirname(file)), { recursive: true });
      copyFileSync(file, join(dir, file));
    }
  }
  return dir;
}

const inRoot = (dir: string, script: string, options: string[] = USER) =>
  run(['--root', dir, ...options, '--', '/bin/sh', '-c', script]);
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('agent launch as root', () => {
  beforeEach(({ skip }) => skip(process.getuid?.() !== 0, 'mounts, namespaces and users need root'));

  it('gives the command a read-only root directory with mounts of its own and leaves none behind', () => {
    const dir = tinyRoot();
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const { stdout, stderr, status } = inRoot(dir, 'cat /proc/self/mounts; ls -A /dev /dev/shm /tmp /sys/kernel | cat');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const mounts = lines(stdout)
      .map((line) => line.split(' '))
      .filter((fields) => fields.length === 6)
      .map(([, point, type, options]) => `${point} ${type} ${options}`);
    expect(mounts.map((mount) => mount.split(' ')[0])).toEqual([
      ...['/', '/proc', '/sys', '/dev', '/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'],
      ...['/dev/shm', '/tmp'],
    ]);
    expect(mounts[0]).toMatch(/^\/ \S+ ro,nosuid,nodev/);
    expect(mounts[1]).toMatch(/^\/proc proc rw,nosuid,nodev,noexec/);
    expect(mounts[2]).toMatch(/^\/sys sysfs ro,nosuid,nodev,noexec/);
    expect(mounts[3]).toMatch(/^\/dev tmpfs rw,nosuid,noexec.*mode=755/);
    expect(mounts[9]).toMatch(/^\/dev\/shm tmpfs rw,nosuid,nodev,noexec.*size=65536k/);
    expect(mounts[10]).toMatch(/^\/tmp tmpfs rw,nosuid,nodev,relatime,size=524288k/);
    expect(stdout).toContain('fd\nfull\nnull\nrandom\nshm\nstderr\nstdin\nstdout\nurandom\nzero\n');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(before);
  });

  it('mounts a /tmp of the size that is asked for', () => {
    const { stdout } = inRoot(tinyRoot(), 'cat /proc/self/mounts', ['--tmp-bytes', String(3 * 2 ** 20)]);
    expect(stdout).toMatch(/^tmpfs \/tmp tmpfs rw,nosuid,nodev,relatime,size=3072k/m);
  });

  it('lets the user write in /tmp and /dev/shm and nowhere else', () => {
    const places = [
      '/tmp/a',
      '/dev/shm/a',
      '/a',
      '/work/a',
      '/dev/a',
      '/sys/kernel/profiling',
      '/proc/sys/vm/swappiness',
    ];
    const script = `for place in ${places.join(' ')}; do (echo 1 > $place) 2>/dev/null && echo $place; done; ls -ld /tmp`;
    const { stdout } = inRoot(tinyRoot(), script);
    expect(lines(stdout).slice(0, -1)).toEqual(['/tmp/a', '/dev/shm/a']);
    expect(lines(stdout).at(-1)).toMatch(/^drwxrwxrwt/);
  });

  it('does not show what was mounted or stored outside', () => {
    const { stdout } = inRoot(tinyRoot(), 'ls -A /; ls -A /..; ls /proc/1/root /proc/self/root/../..');
    expect(new Set(lines(stdout))).toEqual(
      new Set(['bin', 'dev', 'lib', 'lib64', 'proc', 'sys', 'tmp', 'work', '/proc/self/root/../..:']),
    );
  });

  it('drops user, groups and every capability for good', () => {
    const { stdout } = inRoot(tinyRoot(), 'cat /proc/self/status', [...USER, '--group', '1900000005']);
    const status = Object.fromEntries(lines(stdout).map((line) => line.split(/:\s*/, 2)));
    expect(status).toMatchObject({
      Uid: '1900000000\t1900000000\t1900000000\t1900000000',
      Gid: '1900000001\t1900000001\t1900000001\t1900000001',
      NoNewPrivs: '1',
      SigBlk: '0000000000000000',
      SigIgn: '0000000000000000',
    });
    expect(status['Groups']?.trim()).toBe('1900000005');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(status[set]).toBe('0000000000000000');
  });

  it('leaves no capability within reach of what is executed later, where asked', () => {
    const { stdout, stderr } = run([...USER, '--no-bounding-set', '--', 'grep', '^CapBnd', '/proc/self/status']);
    expect({ stdout, stderr }).toEqual({ stdout: 'CapBnd:\t0000000000000000\n', stderr: '' });
  });

  it('an image’s command has the image’s environment, whatever an engine added to it', () => {
    const dir = tinyRoot();
    mkdirSync(join(dir, '.isogate'));
    copyFileSync(agent, join(dir, '.isogate/agent'));
    writeFileSync(join(dir, '.isogate/process'), 'uid=1\0gid=1\0env=HOME=/tmp\0env=A=b c\0arg=unused\0');
    const command = ['/.isogate/agent', 'exec', '--', '/bin/cat', '/proc/self/environ'];
    const { stdout } = run(['--root', dir, ...USER, '--', ...command], { env: { HOSTNAME: 'x', PWD: '/' } });
    expect(stdout.split('\n')[1]).toBe('HOME=/tmp\0A=b c\0');
  });

  it('drops the groups of whoever starts it', () => {
    const { stdout } = spawnSync(
      'setpriv',
      ['--groups', '4,6', agent, 'launch', ...USER, '--', 'sh', '-c', 'grep Groups: /proc/self/status'],
      { encoding: 'utf8' },
    );
    expect(stdout.trim()).toBe('Groups:');
  });

  it('resets signals that its parent ignored', () => {
    const script = `trap '' TERM INT PIPE; exec ${agent} launch -- grep SigIgn: /proc/self/status`;
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe('SigIgn:\t0000000000000000\n');
  });

  it('gives a network with nothing but lo, which works', () => {
    const dir = tinyRoot();
    const { stdout } = inRoot(dir, 'cat /proc/net/dev; ls /sys/class/net; cat /sys/class/net/lo/flags', [
      ...['--netns', ...USER],
    ]);
    expect(lines(stdout).slice(2)).toEqual([expect.stringMatching(/^\s*lo:/), 'lo', '0x9']);
    expect(inRoot(dir, 'ls /sys/class/net').stdout).toBe(`${spawnSync('ls', ['/sys/class/net']).stdout}`);
  });

  it('joins every cgroup before anything else', () => {
    const file = join(tempDir({ procs: '' }), 'procs');
    expect(run(['--cgroup', file, ...USER, '--', 'true']).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('0');
  });

  it('really is in the cgroup then', ({ skip }) => {
    const parent = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((dir) => existsSync(join(dir, 'cgroup.procs')));
    skip(!parent, 'no cgroup file system');
    const cgroup = join(parent ?? '', `isogate-test-${process.pid}`);
    mkdirSync(cgroup);
    onTestFinished(() => rmdirSync(cgroup));
    const { stdout } = run(['--cgroup', join(cgroup, 'cgroup.procs'), ...USER, '--', 'cat', '/proc/self/cgroup']);
    expect(stdout).toMatch(new RegExp(`:/isogate-test-${process.pid}$`, 'm'));
  });

  it('starts in the directory asked for', () => {
    const dir = tinyRoot();
    expect(run(['--root', dir, '--cwd', '/work', ...USER, '--', '/bin/sh', '-c', 'pwd']).stdout).toBe('/work\n');
    expect(inRoot(dir, 'pwd').stdout).toBe('/\n');
    expect(run(['--root', dir, '--cwd', '/nowhere', '--', '/bin/sh'])).toMatchObject({
      status: 125,
      stderr: 'isogate-agent: launch: enter /nowhere: No such file or directory\n',
    });
  });

  it('does not follow a symbolic link of the image when it mounts', () => {
    const dir = tempDir();
    const outside = tempDir();
    symlinkSync(outside, join(dir, 'proc'));
    expect(inRoot(dir, 'true')).toMatchObject({
      status: 125,
      stderr: 'isogate-agent: launch: proc in the root directory is no directory\n',
    });
  });

  it('is killed when its parent dies, also after the change of user', async () => {
    const dir = tinyRoot();
    const inner = JSON.stringify(['launch', '--root', dir, ...USER, '--die-with-parent', '--', '/bin/sleep', '600']);
    const script = `const c = require('child_process').spawn(${JSON.stringify(agent)}, ${inner}, {stdio: 'ignore'});
      console.log(c.pid); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = await once(parent.stdout, 'data');
    const pid = Number(String(chunk));
    const command = () => (existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : 'gone');
    await expect.poll(command, { timeout: 5000 }).toBe('/bin/sleep\u0000600\u0000');
    expect(statSync(`/proc/${pid}`).uid).toBe(1900000000);
    parent.kill('SIGKILL');
    await expect.poll(command, { timeout: 5000 }).toMatch(/^(gone)?$/);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(dir);
  });
});

describe('agent launch', () => {
  it('closes descriptors above 2 and gives the command back its exit code', () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    const { stdout, status } = spawnSync(
      'sh',
      ['-c', `exec 5<${file} 9<${file}; ${agent} launch -- sh -c 'ls /proc/$$/fd; exit 9'`],
      { encoding: 'utf8' },
    );
    expect({ stdout, status }).toEqual({ stdout: '0\n1\n2\n', status: 9 });
  });

  it('opens what is closed of 0, 1 and 2', () => {
    const script = `${agent} launch -- readlink /proc/self/fd/0 <&-`;
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe('/dev/null\n');
  });

  it.each([
    [['--uid', 'x', '--gid', '1', '--', 'true'], 125, '--uid x: a number from 0 to 4294967294 is needed'],
    [['--uid', '-1', '--gid', '1', '--', 'true'], 125, '--uid -1: a number from 0 to 4294967294 is needed'],
    [['--gid', '4294967295', '--', 'true'], 125, '--gid 4294967295: a number from 0 to 4294967294 is needed'],
    [['--uid', '7', '--', 'true'], 125, '--uid and --gid go together'],
    [['--group', '7', '--', 'true'], 125, '--group needs --uid and --gid'],
    [['--frob', '7', '--', 'true'], 125, 'unknown option --frob'],
    [['--root'], 125, '--root: unknown, or its value is missing'],
    [['--netns'], 125, 'no command: write it after --'],
    [['--netns', '--'], 125, 'no command: write it after --'],
    [['--cgroup', '/nowhere/tasks', '--', 'true'], 125, 'open /nowhere/tasks: No such file or directory'],
    [['--', 'no-such-command'], 127, 'execute no-such-command: No such file or directory'],
    [['--', '/etc/passwd'], 126, 'execute /etc/passwd: Permission denied'],
  ])('%j exits with %i', (args, status, message) => {
    expect(run(args)).toMatchObject({ status, stdout: '', stderr: `isogate-agent: launch: ${message}\n` });
  });
});
