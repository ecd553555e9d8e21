/** Who holds the lock of the host: by what the holder wrote into its file, or else by the kernel's list of locks. */

import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import * as v from 'valibot';
import { identifyProcess, mayLive } from '../lib/process-identity.ts';
import { readBounded } from '../lib/read-bounded.ts';
import { oneLine, shorten } from '../lib/text.ts';

const LONGEST_COMMAND = 160;
const LONGEST_RECORD = 4096;
/** USER_HZ, the unit of start times in /proc: 100 on every architecture that Isogate runs on. */
const TICKS_PER_S = 100;

const Holder = v.object({
  pid: v.number(),
  startTime: v.string(),
  bootId: v.string(),
  pidNamespace: v.string(),
  user: v.string(),
  command: v.string(),
  /** When it got the lock, in ISO 8601. */
  since: v.string(),
});

/** Called by the process that has just got the lock. */
export async function writeHolder(path: string, since: Date): Promise<void> {
  const record = {
    ...identifyProcess(process.pid),
    user: ownUser(),
    command: describeCommand([process.argv0, ...process.argv.slice(1)]),
    since: since.toISOString(),
  };
  await writeFile(path, `${JSON.stringify(record)}\n`);
}

/** Called before the lock is let go. */
export const forgetHolder = (path: string): Promise<void> => truncate(path).catch(() => {});

export interface LockHolder {
  pid: number;
  /** `process 4711 of alice (node dist/cli.js gate), since 2026-11-30 14:03:22 UTC` */
  text: string;
}

/** Null where it cannot be seen from here, as from another process namespace. */
export const findHolder = async (path: string): Promise<LockHolder | null> =>
  readHolder(path) ?? (await askKernel(path));

function readHolder(path: string): LockHolder | null {
  try {
    const text = readBounded(path, LONGEST_RECORD, path);
    const { pid, user, command, since, ...identity } = v.parse(v.pipe(v.string(), v.parseJson(), Holder), text);
    // It may be of a run that was killed, after which somebody else took the lock.
    return mayLive({ pid, ...identity }) ? describe(pid, user, command, since) : null;
  } catch {
    return null;
  }
}

/** For holders that leave no record, as `flock /run/isogate/lock` by hand. */
async function askKernel(path: string): Promise<LockHolder | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    const holds = new RegExp(String.raw`^\d+: FLOCK +ADVISORY +WRITE (\d+) ${deviceText(dev)}:${ino} `, 'm');
    const found = holds.exec(await readFile('/proc/locks', 'utf8'))?.[1];
    return found === undefined ? null : await describeProcess(await findStarter(Number(found)));
  } catch {
    return null;
  }
}

/** Major and minor number as proc_locks(5) writes them; st_dev is packed as in makedev(3). */
const deviceText = (dev: bigint): string => {
  const hex = (value: bigint): string => value.toString(16).padStart(2, '0');
  return `${hex((dev >> 8n) & 0xfffn)}:${hex((dev & 0xffn) | ((dev >> 12n) & 0xfff00n))}`;
};

/** `flock FILE cat` holds it for the run that started it, as releases before this record did too. */
async function findStarter(pid: number): Promise<number> {
  const [status, words] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), readWords(pid)]);
  const parent = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
  return words[0] === 'flock' && words.length === 3 && words[2] === 'cat' && parent > 1 ? parent : pid;
}

const readWords = async (pid: number): Promise<string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((word) => word !== '');

async function describeProcess(pid: number): Promise<LockHolder | null> {
  const identity = identifyProcess(pid);
  if (identity === null) return null;
  const [words, kernel, { uid }] = await Promise.all([
    readWords(pid),
    readFile('/proc/stat', 'utf8'),
    stat(`/proc/${pid}`),
  ]);
  const bootS = Number(/^btime (\d+)$/m.exec(kernel)?.[1]);
  const since = new Date(1000 * (bootS + Number(identity.startTime) / TICKS_PER_S));
  return describe(pid, await nameUser(uid), describeCommand(words), since.toISOString());
}

async function nameUser(uid: number): Promise<string> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return (
    users
      .split('\n')
      .find((line) => line.split(':')[2] === String(uid))
      ?.split(':')[0] ?? `uid ${uid}`
  );
}

/** Who called sudo is who can be asked. */
const ownUser = (): string => process.env['SUDO_USER'] || userInfo().username;

const describeCommand = (words: string[]): string => shorten(oneLine(words.join(' ')), LONGEST_COMMAND);

const describe = (pid: number, user: string, command: string, since: string): LockHolder => ({
  pid,
  text: `process ${pid} of ${oneLine(user)} (${oneLine(command)}), since ${oneLine(since).slice(0, 19).replace('T', ' ')} UTC`,
});
