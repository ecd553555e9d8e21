import { expect, it } from 'vitest';
import type { SamplesHeader } from '../../src/model/samples.ts';
import { refuseOtherRun } from '../../src/samples/refuse-other-run.ts';

const header = (config: object) => ({ config }) as unknown as SamplesHeader;

it('compares configurations of any width and depth', () => {
  const wide = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`key${index}`, index]));
  expect(() => refuseOtherRun('old.jsonl', header(wide), { config: { ...wide, key7: 8 } })).toThrow(
    '--continue old.jsonl: not the same run: key7 7 → 8; accepted: samples of the same gate',
  );
  let deep: object = { end: 1 };
  for (let level = 0; level < 20_000; level += 1) deep = { a: deep };
  expect(() => refuseOtherRun('old.jsonl', header(deep), { config: { b: 2 } })).toThrow('b absent → 2');
});

it('leaves out the time, which decides nothing, and sees a key that objects have by themselves', () => {
  const then = JSON.parse('{"measure":{"time":1},"__proto__":3}') as object;
  expect(() => refuseOtherRun('old.jsonl', header(then), { config: { measure: { time: 2 } } })).toThrow(
    'not the same run: __proto__ 3 → absent; accepted',
  );
});
