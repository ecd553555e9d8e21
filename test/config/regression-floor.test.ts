import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.ts';

const floorOf = (floor: object | undefined) => {
  const document = { isolations: { native: {} }, regression: { latency: '+5%', ...(floor && { floor }) } };
  const { document: effective, regression, regressionFloor } = parseConfig(document, { source: 'x', paths: null });
  expect(Object.keys(regression)).toEqual(['latency']);
  expect(parseConfig(effective, { source: 'x', paths: null }).regressionFloor).toEqual(regressionFloor);
  return regressionFloor;
};

test('1 %, 20 µs and 256 KiB unless the configuration says otherwise', () => {
  const usual = { ratio: 1.01, timeMs: 0.02, memoryBytes: 262_144 };
  expect(floorOf(undefined)).toEqual(usual);
  expect(floorOf({})).toEqual(usual);
  expect(floorOf({ share: '+2.5%', memory: '+1MB' })).toEqual({ ...usual, ratio: 1.025, memoryBytes: 1_000_000 });
  expect(floorOf({ time: '+1.5ms' })).toEqual({ ...usual, timeMs: 1.5 });
});

test('zero switches a part off', () => {
  expect(floorOf({ share: '+0%', time: '+0us', memory: '+0KiB' })).toEqual({ ratio: 1, timeMs: 0, memoryBytes: 0 });
});

test('a document from before there was a floor has the usual one', () => {
  const config = parseConfig({ isolations: { native: {} }, regression: {} }, { source: 'x', paths: null });
  expect(config.regressionFloor.ratio).toBe(1.01);
  expect(config.document['regression']).toEqual({ floor: { share: '+1%', time: '+20us', memory: '+256KiB' } });
});
