/** A Docker daemon of a test's own, with containerd and all: it touches neither the system's nor another test's. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PrivateDaemon {
  /** For DOCKER_HOST. */
  host: string;
  pid(): number;
  start(): Promise<void>;
  /** SIGKILL, to containerd as well; shims and containers live on. */
  kill(): Promise<void>;
  docker(...args: string[]): string;
  /** Everything gone, also what a broken test left in it. */
  close(): Promise<void>;
}

const START_MS = 30_000;

/** Why there can be none here, or null. */
export function noDaemon(): string | null {
  if (process.getuid?.() !== 0) return 'a private Docker daemon needs root';
  return ['dockerd', 'containerd', 'docker'].every(isOnPath) ? null : 'dockerd, containerd or docker is not installed';
}

const isOnPath = (name: string): boolean =>
  `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':').some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** `config` is that of daemon.json. */
export async function openDaemon(config: Record<string, unknown> = {}): Promise<PrivateDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'isogate-dockerd-'));
  const at = (name: string): string => join(directory, name);
  writeFileSync(at('daemon.json'), JSON.stringify(config));
  const host = `unix://${at('sock')}`;
  let daemon: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    rmSync(at('pid'), { force: true });
    const log = openSync(at('log'), 'a');
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '-H', host];
    const alone = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
    // It ends with the tests, also where they are killed.
    const program = ['--pdeathsig', 'TERM', '--', 'dockerd', '--config-file', at('daemon.json')];
    daemon = spawn('setpriv', [...program, ...places, ...alone], {
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    });
    const deadline = Date.now() + START_MS;
    while (!(await answers(at('sock')))) {
      if (daemon.exitCode !== null || Date.now() > deadline)
        throw new Error(`dockerd does not start: ${readFileSync(at('log'), 'utf8').slice(-2000)}`);
      await sleep(50);
    }
  };
  const kill = async (): Promise<void> => {
    await end(daemon, 'SIGKILL');
    for (const pid of processesOf(directory, /\/containerd$|^containerd$/)) await killAndWait(pid);
    // A dead one that nobody has reaped yet would pass for alive by its pid, and be waited for.
    for (const stale of ['sock', 'exec/containerd/containerd.pid']) rmSync(at(stale), { force: true });
  };
  const docker = (...args: string[]): string =>
    execFileSync('docker', args, { encoding: 'utf8', env: { ...process.env, DOCKER_HOST: host } }).trim();

  mkdirSync(at('data'));
  await start();
  return {
    host,
    pid: () => daemon?.pid ?? 0,
    start,
    kill,
    docker,
    async close() {
      await end(daemon, 'SIGTERM');
      for (const pid of processesOf(directory, /./)) await killAndWait(pid);
      for (const mount of mountsBelow(directory)) execFileSync('umount', ['--lazy', mount]);
      rmSync(directory, { recursive: true, force: true });
      forgetDaemon(directory);
    },
  };
}

/** Whether the API behind the socket answers: it takes connections before it does. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = get({ socketPath, path: '/_ping', timeout: 1_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess | null, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  // A daemon that does not want to end is not waited for for long.
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

/** Those that carry the daemon's directory in their arguments. */
function processesOf(directory: string, program: RegExp): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return program.test(argv[0] ?? '') && argv.some((arg) => arg.includes(directory));
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function killAndWait(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
    for (let tries = 0; tries < 200 && process.kill(pid, 0); tries++) await sleep(10);
  } catch {
    // Gone.
  }
}

/** It does not come back: runs of tests that broke are not to wait for it. */
function forgetDaemon(directory: string): void {
  for (const run of readdirSync('/run/isogate', { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    for (const name of readdirSync(join('/run/isogate', run.name)).filter((file) => /^engine-.*\.json$/.test(file))) {
      const record = join('/run/isogate', run.name, name);
      if (readFileSync(record, 'utf8').includes(directory)) rmSync(record);
    }
}

const mountsBelow = (directory: string): string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();
