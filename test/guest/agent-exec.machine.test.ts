import { execFileSync, spawnSync } from 'node:child_process';
import { openSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agent, startAgent } from './guest-process.ts';
import { tempDir } from './temp-dir.ts';

const run = (args: string[], options: object = {}) => spawnSync(agent, args, { encoding: 'utf8', ...options });

const evidenceOf = (args: string[]): Record<string, string> =>
  JSON.parse(run(args).stdout.split('\n')[0] ?? '').evidence;

describe('agent exec', () => {
  it('says hello with what the kernel says of itself, before the command runs', () => {
    const evidence = evidenceOf(['exec', '--', 'true']);
    expect(evidence).toMatchObject({
      kernel_release: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
      kernel_version: readFileSync('/proc/sys/kernel/version', 'utf8').trim(),
      boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      cmdline: readFileSync('/proc/cmdline', 'utf8').trim(),
      uid: String(process.getuid?.()),
      gid: String(process.getgid?.()),
      ns_pid: readlinkSync('/proc/self/ns/pid'),
      ns_mnt: readlinkSync('/proc/self/ns/mnt'),
      ns_net: readlinkSync('/proc/self/ns/net'),
      ns_user: readlinkSync('/proc/self/ns/user'),
      ns_uts: readlinkSync('/proc/self/ns/uts'),
      ns_ipc: readlinkSync('/proc/self/ns/ipc'),
      cpus: execFileSync('nproc', { encoding: 'utf8' }).trim(),
      memory_kb: /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1],
      hypervisor: String(/^flags.* hypervisor/m.test(readFileSync('/proc/cpuinfo', 'utf8'))),
    });
    expect(evidence['pid']).toMatch(/^\d+$/);
    expect(evidence['cap_eff']).toMatch(/^[0-9a-f]{16}$/);
    expect(evidence['mitigations']).toMatch(/(^|;)spectre_v1=/);
    const rootTypes = execFileSync('findmnt', ['-n', '-o', 'FSTYPE', '/'], { encoding: 'utf8' });
    expect(rootTypes).toContain(evidence['root_fs']);
  });

  it('takes the evidence as the user it runs as', () => {
    const evidence = evidenceOf([
      ...['launch', '--uid', '1900000000', '--gid', '1900000001', '--', agent, 'exec', '--', 'true'],
    ]);
    expect(evidence).toMatchObject({ uid: '1900000000', gid: '1900000001', cap_eff: '0000000000000000' });
    expect(evidence['no_new_privs']).toBe('1');
  });

  it('leaves the channel on stdin and stdout, and the exit code to the command', () => {
    const { stdout, status } = run(['exec', '--', 'sh', '-c', 'cat; exit 7'], { input: 'a line\n' });
    expect(stdout.split('\n').slice(1)).toEqual(['a line', '']);
    expect(status).toBe(7);
  });

  it('takes variables from the channel with --env', () => {
    const command = ['exec', '--env', '--', 'sh', '-c', 'echo "$STAGE|$EMPTY|$LANG|$KEPT"'];
    const env = { PATH: process.env['PATH'], LANG: 'C', KEPT: 'yes' };
    const { stdout, status } = run(command, { env, input: 'STAGE=a=b\nc\0EMPTY=\0LANG=de\0\0' });
    expect(stdout.split('\n').slice(1)).toEqual(['a=b', 'c||de|yes', '']);
    expect(status).toBe(0);
    expect(run(command, { env, input: '\0' }).stdout.split('\n')[1]).toBe('||C|yes');
  });

  it.each([
    ['are cut off', 'STAGE=prod\0', 'the function’s environment is cut off or over 64 KiB'],
    ['are too long', `STAGE=${'x'.repeat(70_000)}\0\0`, 'the function’s environment is cut off or over 64 KiB'],
    ['have no name', '=prod\0\0', 'a variable of the function’s environment has no name'],
  ])('refuses variables that %s', (_, input, message) => {
    const { stderr, status } = run(['exec', '--env', '--', 'true'], { input });
    expect(stderr).toBe(`isogate-agent: exec: ${message.replace('’', "'")}\n`);
    expect(status).toBe(125);
  });

  it('moves the channel away from what prints go to', () => {
    const script = 'echo print; echo "$ISOGATE_CHANNEL" >&4; cat <&3 >&4; cat';
    const { stdout, stderr } = run(['exec', '--protect-stdout', '--', 'sh', '-c', script], { input: 'a line\n' });
    expect(stdout.split('\n').slice(1)).toEqual(['3,4', 'a line', '']);
    expect(stderr).toBe('print\n');
  });

  it('closes every other descriptor, whatever it was given', () => {
    const secret = openSync(join(tempDir({ secret: 'x' }), 'secret'), 'r');
    const stdio = ['pipe', 'pipe', 'pipe', secret, secret, secret, secret];
    const list = (protect: string[], out: string) =>
      run(['exec', ...protect, '--', 'sh', '-c', `exec >&${out}; ls /proc/$$/fd`], { stdio })
        .stdout.split('\n')
        .slice(1, -1);
    expect(list([], '1')).toEqual(['0', '1', '2']);
    expect(list(['--protect-stdout'], '4')).toEqual(['0', '1', '2', '3', '4']);
  });

  it('becomes the command: no process of its own stays between', async () => {
    const started = startAgent(['exec', '--', 'true'], '/');
    expect(await started.next()).toMatchObject({ type: 'hello', evidence: { pid: String(started.pid) } });
    expect(await started.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    [
      ['exec', '--', 'no-such-command'],
      127,
      'isogate-agent: exec: execute no-such-command: No such file or directory\n',
    ],
    [['exec', '--', '/etc/passwd'], 126, 'isogate-agent: exec: execute /etc/passwd: Permission denied\n'],
    [['exec', 'true'], 125, 'isogate-agent: exec: usage: agent exec [--env] [--protect-stdout] -- CMD ARG…\n'],
    [[], 125, 'isogate-agent: agent: usage: agent launch|exec|http|null|tsc …\n'],
  ])('%j exits with %i and one line', (args, status, stderr) => {
    expect(run(args)).toMatchObject({ status, stderr });
  });
});
