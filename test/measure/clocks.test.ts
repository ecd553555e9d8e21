import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Clocks, compareClocks, readClocks } from '../../src/measure/clocks.ts';

const BEFORE: Clocks = { atMs: 1000, wallMs: 1_800_000_000_000, uptimeMs: 50_000 };
/** The clocks five seconds later, and by so much further each. */
const later = ({ wallMs = 0, uptimeMs = 0, elapsedMs = 5000 }): Clocks => ({
  atMs: BEFORE.atMs + elapsedMs,
  wallMs: BEFORE.wallMs + elapsedMs + wallMs,
  uptimeMs: (BEFORE.uptimeMs ?? 0) + elapsedMs + uptimeMs,
});

describe('what happened to the clocks', () => {
  test.each([
    ['nothing', {}, {}],
    ['readings that are a little apart', { wallMs: 900, uptimeMs: -10 }, {}],
    ['a clock that NTP slows down, over an hour', { wallMs: -1800, elapsedMs: 3_600_000 }, {}],
    ['set forward by an hour', { wallMs: 3_600_000 }, { clock_set_ms: 3_600_000 }],
    ['set back by a minute', { wallMs: -60_000 }, { clock_set_ms: -60_000 }],
    ['suspended for 95 seconds', { wallMs: 95_000, uptimeMs: 95_000 }, { suspended_ms: 95_000 }],
    [
      'suspended, and the clock not yet set after it',
      { uptimeMs: 95_000 },
      { suspended_ms: 95_000, clock_set_ms: -95_000 },
    ],
    [
      'a paused VM whose clocks stood still, and whose wall clock was then set',
      { wallMs: 95_000 },
      { clock_set_ms: 95_000 },
    ],
  ])('%s', (_, change, expected) => {
    expect(compareClocks(BEFORE, later(change))).toEqual(expected);
  });

  test('without an uptime nothing is said of a suspension', () => {
    expect(compareClocks({ ...BEFORE, uptimeMs: null }, later({ uptimeMs: 95_000 }))).toEqual({});
  });
});

test('the clocks of this machine do not run apart', async () => {
  const before = readClocks();
  expect(before.uptimeMs).toBeGreaterThan(0);
  expect(compareClocks(before, readClocks())).toEqual({});
});

test('an uptime is read from /proc, and a missing or strange one is none', () => {
  const root = mkdtempSync(join(tmpdir(), 'isogate-clocks-'));
  try {
    expect(readClocks(root).uptimeMs).toBeNull();
    mkdirSync(join(root, 'proc'));
    writeFileSync(join(root, 'proc/uptime'), '350735.47 234388.90\n');
    expect(readClocks(root).uptimeMs).toBe(350_735_470);
    writeFileSync(join(root, 'proc/uptime'), 'soon\n');
    expect(readClocks(root).uptimeMs).toBeNull();
  } finally {
    rmSync(root, { recursive: true });
  }
});
