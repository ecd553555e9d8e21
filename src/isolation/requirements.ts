/** Static requirements that several adapters share: what is missing, and the command that would fix it. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { userInfo } from 'node:os';
import { cgroupVersion } from '../host/cgroup.ts';
import { askCommand, type CommandAnswer } from '../lib/run-tool.ts';
import { VMM_UID } from '../model/uids.ts';

export interface Missing {
  reason: string;
  /** A shell command where one is enough, otherwise a sentence; null where no remedy is known. */
  fix: string | null;
}

/** For the end of a chain of requirements. */
export const NOTHING_MISSING = { reason: null, fix: null } as const;

export function requireRoot(what: string): Missing | null {
  if (process.getuid?.() === 0) return null;
  return { reason: `${what} needs root, and this is uid ${process.getuid?.()}`, fix: 'sudo isogate probe' };
}

export interface CommandNeed {
  /** As messages call it: QEMU, runsc (gVisor). */
  what: string;
  command: string;
  /** What it is asked; `--version` where left out. */
  args?: string[];
  /** Debian's and Ubuntu's name of the package that brings it. */
  package?: string;
  /** Where no package does: how to get it. */
  fix?: string;
  /** Oldest version that will do, `MAJOR.MINOR[.PATCH]`; compared with the first such number of the answer. */
  atLeast?: string;
}

/** First line that a program says of its version; with `missing` where it cannot be used. */
export async function requireCommand(
  need: CommandNeed,
): Promise<{ version: string | null; missing: null } | { version: string | null; missing: Missing }> {
  const args = need.args ?? ['--version'];
  const answer = await askCommand(need.command, args);
  const fix = need.fix ?? (need.package === undefined ? null : installCommand(need.package));
  if (answer.outcome === 'absent') return { version: null, missing: { reason: `${need.what} is not installed`, fix } };
  if (answer.outcome !== 'answered')
    return {
      version: null,
      missing: { reason: `\`${[need.command, ...args].join(' ')}\` ${howItFailed(answer)}`, fix: null },
    };
  const version = firstLine(answer.stdout || answer.stderr);
  if (need.atLeast === undefined || !isOlder(version, need.atLeast)) return { version, missing: null };
  return { version, missing: { reason: `${need.what} is too old: ${version}; needed: ${need.atLeast} or newer`, fix } };
}

const howItFailed = (answer: Exclude<CommandAnswer, { outcome: 'answered' | 'absent' }>): string => {
  if (answer.outcome === 'silent') return `did not answer within ${answer.afterMs / 1000} s`;
  const words = firstLine(answer.stderr || answer.stdout).slice(0, 300);
  return `ended with ${answer.code}${words ? `: ${words}` : ''}`;
};

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').trim();

/** By number; a version without one is taken to be new enough: whoever names its build otherwise knows it. */
export function isOlder(version: string, floor: string): boolean {
  const found = version
    .match(/\d+(?:\.\d+)+/)?.[0]
    .split('.')
    .map(Number);
  if (!found) return false;
  for (const [index, wanted] of floor.split('.').map(Number).entries()) {
    const part = found[index] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

/** Of the distributions that scripts/setup-runner supports; elsewhere in words. */
export function installCommand(packages: string, osRelease = readOsRelease()): string {
  const family = `${osReleaseField(osRelease, 'ID')} ${osReleaseField(osRelease, 'ID_LIKE')}`;
  if (/\b(debian|ubuntu)\b/.test(family)) return `sudo apt-get install -y ${packages}`;
  return `install ${packages} (Debian's name of the package) with this system's package manager`;
}

const osReleaseField = (osRelease: string, key: string): string =>
  osRelease.match(new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm'))?.[1] ?? '';

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/** A hierarchy with the controllers by which every instance is limited and counted. */
export function requireCgroup(): Missing | null {
  if (cgroupVersion() !== 'none') return null;
  return {
    reason: 'no cgroup hierarchy with the memory, cpuset and pids controllers is mounted at /sys/fs/cgroup',
    fix: 'sudo mount -t cgroup2 none /sys/fs/cgroup',
  };
}

/** systemd's switch (kernel-command-line(7)), where GRUB boots the machine. */
const PURE_CGROUP_FIX = `sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&systemd.unified_cgroup_hierarchy=1 /' /etc/default/grub && sudo update-grub && sudo reboot`;

/** For those that know the pure v2 hierarchy only, as crun does. */
export function requirePureCgroup(what: string): Missing | null {
  const missing = requireCgroup();
  if (missing || cgroupVersion() === 'v2') return missing;
  return {
    reason: `${what} needs the pure cgroup v2 hierarchy, and /sys/fs/cgroup is v1 or hybrid`,
    fix: PURE_CGROUP_FIX,
  };
}

/**
 * A uid that no account and no subordinate range has.
 * A function never shares a uid with anything (docs/explanation/security.md).
 */
export async function requireFreeUid(uid: number): Promise<Missing | null> {
  const account = await askCommand('getent', ['passwd', String(uid)]);
  if (account.outcome === 'answered')
    return {
      reason: `uid ${uid} belongs to an account: ${account.stdout.split(':')[0]}`,
      fix: 'give that account another uid',
    };
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const taken = rangesOf(await readFile(file, 'utf8').catch(() => '')).find(
      (range) => range.first <= uid && uid <= range.last,
    );
    if (taken)
      return {
        reason: `uid ${uid} lies in a subordinate range of ${taken.owner} in ${file}`,
        fix: `move that range in ${file}`,
      };
  }
  return null;
}

/** `owner:first:count` a line (subuid(5)). */
function rangesOf(text: string): { owner: string; first: number; last: number }[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === 3)
    .map(([owner, first, count]) => ({
      owner: owner ?? '',
      first: Number(first),
      last: Number(first) + Number(count) - 1,
    }));
}

/** What every VMM needs of a host, whatever accelerates its guests. */
export const requireVmmHost = async (what: string): Promise<Missing | null> =>
  requireRoot(what) ?? requireCgroup() ?? (await requireFreeUid(VMM_UID));

const CONNECT_MS = 2_000;

export interface DaemonNeed {
  /** As messages call it: the Docker daemon. */
  what: string;
  socketPath: string;
  /** systemd's unit. */
  unit: string;
  /** Whose members may connect. */
  group: string;
}

/** That it takes a connection; whether it also answers is for the caller to ask, in bounded time. */
export async function requireDaemon(need: DaemonNeed, user = userInfo().username): Promise<Missing | null> {
  const error = await connectError(need.socketPath);
  if (error === null) return null;
  if (error === 'EACCES' || error === 'EPERM')
    return {
      reason: `${need.socketPath} does not open for ${user}: not a member of group ${need.group}`,
      fix: `sudo usermod -aG ${need.group} ${user}  # then log in again`,
    };
  const seen =
    error === 'ENOENT' ? `there is no ${need.socketPath}` : `${need.socketPath} takes no connection (${error})`;
  return { reason: `${need.what} is not running: ${seen}`, fix: `sudo systemctl start ${need.unit}` };
}

/** Null when it takes the connection, else the code of connect(2), or a word on how long it was waited. */
function connectError(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, timeout: CONNECT_MS });
    const done = (error: string | null): void => {
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => done(null));
    socket.once('timeout', () => done(`no answer within ${CONNECT_MS / 1000} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}
