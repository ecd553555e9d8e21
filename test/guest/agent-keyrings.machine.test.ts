import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from './guest-process.ts';

const SCRIPT = join(import.meta.dirname, 'system-calls.py');
/** Not a version manager's, which other users may not start. */
const PYTHON = '/usr/bin/python3';
/** A user of this test's own: its keyrings outlive it. */
const uid = String(1_900_080_000 + (process.pid % 10_000));
const USER = ['--uid', uid, '--gid', uid];
const output = (file: string, args: string[]): string[] => {
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.split('\n').filter(Boolean);
};
const launch = (options: string[], ...words: string[]): string[] =>
  output(agent, ['launch', ...options, '--', PYTHON, SCRIPT, ...words]);

describe('keys', () => {
  beforeEach(({ skip }) => {
    skip(process.getuid?.() !== 0, 'a change of user needs root');
    skip(output(PYTHON, [SCRIPT, 'add', 'session']).join() !== 'add to session ok', 'this kernel has no keyrings');
  });

  it.each([
    ['another user', USER],
    ['the same user', []],
  ])('of whoever starts it are out of reach for %s', (_, options) => {
    const searched = [agent, 'launch', ...options, '--', PYTHON, SCRIPT, 'search', 'session'];
    expect(output(PYTHON, [SCRIPT, 'run', ...searched])).toEqual([
      'add to session ok',
      'add to user ok',
      'search session ENOKEY',
    ]);
  });

  it.each(['session', 'user', 'user-session', 'persistent'])(
    'do not pass from one process of a user to the next: %s',
    (ring) => {
      launch(USER, 'add', ring);
      expect(launch(USER, 'search', ring)).toEqual([`search ${ring} ENOKEY`]);
    },
  );

  it('that another program has left for the user are gone, and nobody can leave any again', () => {
    const other = ['--reuid', uid, '--regid', uid, '--clear-groups', '--', PYTHON, SCRIPT];
    launch(USER, 'search', 'user');
    expect(output('setpriv', [...other, 'add', 'user'])).toEqual(['add to user ENOKEY']);
    expect(launch(USER, 'close', 'user')).toEqual(['close user ENOKEY']);
  });

  it('are taken away from a user who had some before', () => {
    const other = String(Number(uid) + 10_000);
    const before = ['--reuid', other, '--regid', other, '--clear-groups', '--', PYTHON, SCRIPT, 'add', 'user'];
    expect(output('setpriv', before)).toEqual(['add to user ok']);
    expect(launch(['--uid', other, '--gid', other], 'search', 'user')).toEqual(['search user ENOKEY']);
  });
});

describe('a filter of system calls', () => {
  beforeEach(({ skip }) => skip(process.getuid?.() !== 0, 'a change of user needs root'));

  it('denies keys, namespaces, mounts and sockets that lead elsewhere, and leaves the rest', () => {
    expect(launch(['--filter-system-calls', '--no-bounding-set', ...USER], 'forbidden')).toEqual([
      'add_key EPERM',
      'request_key EPERM',
      'keyctl EPERM',
      'unshare EPERM',
      'clone EPERM',
      'clone3 ENOSYS',
      'mount EPERM',
      'bpf EPERM',
      'io_uring_setup EPERM',
      'perf_event_open EPERM',
      'a call of the future ENOSYS',
      'getpid of x32 ENOSYS',
      'AF_VSOCK EAFNOSUPPORT',
      'AF_ALG EAFNOSUPPORT',
      'AF_PACKET EAFNOSUPPORT',
      'AF_UNIX ok',
      'AF_INET ok',
      'AF_INET6 ok',
    ]);
  });

  it('holds for what is executed later, and for root', () => {
    const script = `exec ${PYTHON} ${SCRIPT} search session`;
    expect(output(agent, ['launch', '--filter-system-calls', '--', 'sh', '-c', script])).toEqual([
      'search session EPERM',
    ]);
  });

  it('lets threads and processes start', () => {
    const script =
      'import subprocess, threading; t = threading.Thread(target=print, args=("thread",)); t.start(); t.join(); print(subprocess.check_output(["echo", "child"], text=True))';
    expect(output(agent, ['launch', '--filter-system-calls', ...USER, '--', PYTHON, '-c', script])).toEqual([
      'thread',
      'child',
    ]);
  });
});

it.each([
  ['launch', ['launch', '--']],
  ['exec', ['exec', '--']],
])('no command of agent %s can write a core file, whatever it asks for', (_, args) => {
  const script = 'ulimit -c unlimited 2>&1; ulimit -Hc; ulimit -Sc';
  const lines = output('sh', [
    '-c',
    'ulimit -c unlimited 2>/dev/null; exec "$@"',
    'sh',
    agent,
    ...args,
    'sh',
    '-c',
    script,
  ]);
  expect(lines.slice(-2)).toEqual(['0', '0']);
});
