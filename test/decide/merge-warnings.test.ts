import { describe, expect, test } from 'vitest';
import { type BlockWarning, mergeWarnings } from '../../src/decide/merge-warnings.ts';

const warning = (code: string, what: string, isolation = 'runc', metric = 'latency', name = 'f'): BlockWarning => ({
  ...{ code, function: name, metric, where: `${metric} under ${isolation}`, what },
});
const DISTURBED = 'the host was disturbed in 9 of 12 blocks (CPU pressure in 9)';

test('one alone is told with its metric', () => {
  expect(mergeWarnings([warning('drift', 'it grew')])).toEqual([{ code: 'drift', message: 'f: latency: it grew' }]);
});

test('the same of several comparisons of a function is one sentence; other functions have their own', () => {
  const seen = [
    warning('drift', 'it grew by 5%'),
    warning('drift', 'it grew by 6%', 'gvisor'),
    warning('drift', 'it grew by 7%', 'gvisor', 'cold start'),
    warning('drift', 'it fell', 'runc', 'latency', 'g'),
  ];
  expect(mergeWarnings(seen)).toEqual([
    { code: 'drift', message: 'f: latency: it grew by 5%; likewise latency under gvisor, cold start under gvisor' },
    { code: 'drift', message: 'g: latency: it fell' },
  ]);
});

describe('a disturbed host', () => {
  test('of all comparisons of a function is told once', () => {
    expect(
      mergeWarnings([warning('disturbed-host', DISTURBED), warning('disturbed-host', DISTURBED, 'gvisor')]),
    ).toEqual([{ code: 'disturbed-host', message: `f: ${DISTURBED}` }]);
  });

  test('stands for what it did to the blocks; what has another cause stays', () => {
    const seen = [
      { ...warning('failed-instances', '1 of 12 runc instances failed (boom)'), metric: null },
      warning('drift', 'it grew'),
      warning('disturbed-host', DISTURBED),
      warning('order-interaction', 'it costs more', 'gvisor'),
      warning('coarse-values', 'too coarse'),
    ];
    expect(mergeWarnings(seen)).toEqual([
      {
        code: 'disturbed-host',
        message: `f: ${DISTURBED}, and limits are widened by what that did to latency under runc, latency under gvisor`,
      },
      { code: 'failed-instances', message: 'f: 1 of 12 runc instances failed (boom)' },
      { code: 'coarse-values', message: 'f: latency: too coarse' },
    ]);
  });
});

test('failures are told one by one', () => {
  const failed = (what: string) => ({ ...warning('failed-instances', what), metric: null });
  expect(mergeWarnings([failed('1 of 2 a failed'), failed('2 of 2 b failed')])).toHaveLength(2);
});
