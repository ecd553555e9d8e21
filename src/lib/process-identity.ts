import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** One process, also after its id has been given to another. */
export interface ProcessIdentity {
  pid: number;
  /** In clock ticks since the boot. */
  startTime: string;
  bootId: string;
  /** The process namespace in which `pid` counts (pid_namespaces(7)); it says nothing in another. */
  pidNamespace: string;
}

/** Null where there is no such process, or it is dead and only not yet reaped by its parent. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startTime = readStartTime(pid);
  return startTime === null ? null : { pid, startTime, bootId: bootId(), pidNamespace: ownNamespace() };
}

/**
 * Whether that very process lives, or may live: one of another process namespace of this boot cannot be seen from here.
 * `pidNamespace` is missing in what releases before it wrote.
 */
export function mayLive(identity: Omit<ProcessIdentity, 'pidNamespace'> & { pidNamespace?: string }): boolean {
  if (identity.bootId !== bootId()) return false;
  if (identity.pidNamespace !== undefined && identity.pidNamespace !== ownNamespace()) return true;
  return readStartTime(identity.pid) === identity.startTime;
}

/** This process in a word, for names and labels: `MACHINE-PID-START_TIME`. */
export const ownIdentity = (): string => `${machineId()}-${process.pid}-${readStartTime(process.pid)}`;

/** Whether the process that `ownIdentity` named is gone; a malformed identity has nobody behind it. */
export function isGone(identity: string): boolean {
  const match = /^([0-9a-f]{32})-(\d+)-(\d+)$/.exec(identity);
  return match === null || match[1] !== machineId() || readStartTime(Number(match[2])) !== match[3];
}

/**
 * Whether the process is gone, and would be seen here if it lived. Meant for labels in a container engine: other machines may use
 * the same engine, and anybody may write labels there (the author of an image, for example).
 */
export const isGoneHere = (identity: string): boolean => identity.startsWith(`${machineId()}-`) && isGone(identity);

/** Where a process id names one process: a boot of a machine, and a process namespace in it. */
export const machineId = (): string =>
  createHash('sha256').update(bootId()).update(ownNamespace()).digest('hex').slice(0, 32);

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

const ownNamespace = (): string => readlinkSync('/proc/self/ns/pid');

/** The session of a process; null where there is no such process. */
export const readSession = (pid: number): string | null => readStat(pid)[3] ?? null;

function readStartTime(pid: number): string | null {
  const fields = readStat(pid);
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Fields of /proc/PID/stat from the third on (proc_pid_stat(5)); the second one may hold spaces and brackets. */
function readStat(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
