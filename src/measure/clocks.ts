/** What happened to the machine's clocks: one of them can be set, and one stands still while the machine is suspended. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Clocks {
  /** CLOCK_MONOTONIC, by which everything is measured: nobody sets it, and it stands still while the machine is suspended. */
  atMs: number;
  /** CLOCK_REALTIME: may be set at any moment. */
  wallMs: number;
  /** CLOCK_BOOTTIME: like the first, but it goes on while the machine is suspended; null where /proc does not tell. */
  uptimeMs: number | null;
}

/**
 * All at one moment, without anything else between them.
 * @param root directory that holds `proc`; another one than `/` in tests
 */
export function readClocks(root = '/'): Clocks {
  const uptimeMs = readUptime(join(root, 'proc/uptime'));
  return { uptimeMs, atMs: performance.now(), wallMs: Date.now() };
}

/** The first number of /proc/uptime, in seconds with hundredths (proc_uptime(5)). */
function readUptime(path: string): number | null {
  try {
    const seconds = Number.parseFloat(readFileSync(path, 'utf8'));
    return Number.isFinite(seconds) ? seconds * 1000 : null;
  } catch {
    return null;
  }
}

/** Clocks may run apart by so much: NTP makes a clock up to 0.05 % faster or slower without setting it. */
const TOLERATED = { ms: 1000, share: 0.001 };

/** Keys of `InstanceRecord.host`, each only where it happened: for how long the machine was suspended, and by how much its clock was set. */
export function compareClocks(before: Clocks, after: Clocks): { suspended_ms?: number; clock_set_ms?: number } {
  const elapsedMs = after.atMs - before.atMs;
  const toleratedMs = Math.max(TOLERATED.ms, TOLERATED.share * elapsedMs);
  const asleepMs =
    before.uptimeMs === null || after.uptimeMs === null ? 0 : after.uptimeMs - before.uptimeMs - elapsedMs;
  const suspendedMs = asleepMs > toleratedMs ? asleepMs : 0;
  const setMs = after.wallMs - before.wallMs - elapsedMs - suspendedMs;
  return {
    ...(suspendedMs > 0 && { suspended_ms: Math.round(suspendedMs) }),
    ...(Math.abs(setMs) > toleratedMs && { clock_set_ms: Math.round(setMs) }),
  };
}
