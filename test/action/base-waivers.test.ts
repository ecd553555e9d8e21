import { expect, test } from 'vitest';
import { chooseWaivers } from '../../src/action/base-waivers.ts';
import { parseWaivers } from '../../src/config/waivers.ts';

const yaml = (limit: string, owner = 'mona'): string =>
  `waivers:\n  - { function: f, isolation: runc, metric: latency, limit: ${limit}, reason: r, owner: ${owner}, expires: 2027-01-01 }\n`;
const decide = (base: string | null, head: string | null) =>
  chooseWaivers(base, head, (text) => parseWaivers(text, '.isogate/waivers.yml', 'api'));
const limits = ({ waivers }: ReturnType<typeof decide>) => waivers.map(({ limit, leaving }) => [limit.text, leaving]);

test('what the base has decides', () => {
  expect(limits(decide(yaml('+20%'), yaml('+20%')))).toEqual([['+20%', undefined]]);
  expect(decide(yaml('+20%'), yaml('+20%')).warnings).toEqual([]);
  expect(decide(null, null)).toEqual({ waivers: [], warnings: [] });
});

test('what the change adds is shown, and not in force', () => {
  expect(decide(null, yaml('+90%'))).toEqual({
    waivers: [],
    warnings: [
      {
        code: 'waiver-proposed',
        message:
          'this change adds a waiver (f under runc, latency budget, +90%, by mona, until 2027-01-01): it is not in force here, and counts once it is on the base',
      },
    ],
  });
});

test('what the change loosens holds as it was, and is marked as leaving', () => {
  const decided = decide(yaml('+20%'), yaml('+90%'));
  expect(limits(decided)).toEqual([['+20%', true]]);
  expect(decided.warnings.map(({ code }) => code)).toEqual(['waiver-proposed']);
});

test('what the change removes still holds, and fails nothing', () => {
  expect(limits(decide(yaml('+20%'), null))).toEqual([['+20%', true]]);
});

test('a base that cannot be read waives nothing, and can be mended', () => {
  const decided = decide('waivers: 7', yaml('+20%'));
  expect(decided.waivers).toEqual([]);
  expect(decided.warnings.map(({ code }) => code)).toEqual(['waivers-malformed', 'waiver-proposed']);
});

test('a change that breaks the file is refused', () => {
  expect(() => decide(yaml('+20%'), 'waivers: 7')).toThrow('.isogate/waivers.yml:1: waivers: 7: not accepted');
});
