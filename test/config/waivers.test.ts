import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadWaivers, parseWaivers } from '../../src/config/waivers.ts';
import { BadInputError } from '../../src/model/errors.ts';

const entry = (over: Record<string, string> = {}): string => {
  const keys: Record<string, string> = {
    ...{ function: 'thumbnail', isolation: 'gvisor', metric: 'latency', limit: '+60%' },
    ...{ reason: 'new decoder', owner: 'mona', expires: '2027-01-31', ...over },
  };
  const lines = Object.entries(keys).filter(([, value]) => value !== '');
  return lines.map(([key, value], index) => `${index === 0 ? '  - ' : '    '}${key}: ${value}\n`).join('');
};
const parse = (yaml: string, gate = 'api') => parseWaivers(yaml, 'w.yml', gate);
const WAIVER = {
  ...{ function: 'thumbnail', isolation: 'gvisor', metric: 'latency', kind: 'budget' },
  ...{ reason: 'new decoder', owner: 'mona', expires: '2027-01-31' },
  limit: { scale: 'ratio', factor: 1.6, text: '+60%' },
};

test('a waiver becomes a record', () => {
  expect(parse(`waivers:\n${entry()}`)).toEqual([WAIVER]);
  expect(parse('waivers: []\n')).toEqual([]);
});

test('a gate has those that name it, and those that name none', () => {
  const yaml = `waivers:\n${entry({ gate: 'api', owner: 'a' })}${entry({ gate: 'web', owner: 'b' })}${entry({ owner: 'c' })}`;
  expect(parse(yaml).map(({ owner }) => owner)).toEqual(['a', 'c']);
  expect(parse(yaml, 'web').map(({ owner }) => owner)).toEqual(['b', 'c']);
});

test.each([
  ['', 'w.yml: null: must be a mapping; accepted keys: waivers'],
  ['waivers: 7\n', 'w.yml:1: waivers: 7: not accepted; accepted: a list of at most 500 waivers'],
  [`waivers:\n${entry({ reason: '' })}`, 'w.yml:2: waivers[0].reason: missing'],
  [`waivers:\n${entry({ owner: '' })}`, 'w.yml:2: waivers[0].owner: missing'],
  [`waivers:\n${entry({ expires: '' })}`, 'w.yml:2: waivers[0].expires: missing'],
  [
    `waivers:\n${entry({ expires: '2027-02-30' })}`,
    'w.yml:8: waivers[0].expires: "2027-02-30": not a day; accepted: the last day on which it holds, as "2027-01-31"',
  ],
  [
    `waivers:\n${entry({ expires: 'never' })}`,
    'w.yml:8: waivers[0].expires: "never": not a day; accepted: the last day on which it holds, as "2027-01-31"',
  ],
  [
    `waivers:\n${entry({ limit: '60%' })}`,
    'w.yml:5: waivers[0].limit: "60%": the sign is missing; accepted: 1.15x, +15%, +20us, +30ms or +2s',
  ],
  [
    `waivers:\n${entry({ limit: '+1MiB' })}`,
    'w.yml:5: waivers[0].limit: "+1MiB": the unit MiB does not fit; accepted: 1.15x, +15%, +20us, +30ms or +2s',
  ],
  [
    `waivers:\n${entry({ kind: 'all' })}`,
    'w.yml:9: waivers[0].kind: "all": not accepted; accepted: budget, regression',
  ],
  [
    `waivers:\n${entry({ metric: 'speed' })}`,
    'w.yml:4: waivers[0].metric: "speed": not accepted; accepted: cold_start',
  ],
  [`waivers:\n${entry({ label: 'perf' })}`, 'w.yml:9: waivers[0].label: unknown key; accepted: gate, function'],
  [`waivers:\n${entry({ reason: `"${'x'.repeat(501)}"` })}`, 'w.yml:6: waivers[0].reason: longer than 500 characters'],
])('refused: %j', (yaml, message) => {
  expect(() => parse(yaml)).toThrow(BadInputError);
  expect(() => parse(yaml)).toThrow(message);
});

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'isogate-waivers-'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('read from the repository’s top, and nothing that a link leads to outside of it', () => {
  expect(loadWaivers(root, 'api')).toEqual([]);
  mkdirSync(join(root, '.isogate'));
  writeFileSync(join(root, '.isogate/waivers.yml'), `waivers:\n${entry()}`);
  expect(loadWaivers(root, 'api')).toEqual([WAIVER]);
  const other = join(root, 'other');
  mkdirSync(join(other, '.isogate'), { recursive: true });
  symlinkSync(join(root, '.isogate/waivers.yml'), join(other, '.isogate/waivers.yml'));
  expect(() => loadWaivers(other, 'api')).toThrow(
    `.isogate/waivers.yml: leads to ${root}/.isogate/waivers.yml, outside`,
  );
});
