import { expect, it } from 'vitest';
import { summarisePairs, takePairs } from '../../bench/pairs.ts';

const never = new AbortController().signal;

it('takes turns in going first, and leaves out the first pairs', async () => {
  const order: string[] = [];
  const reading = (name: string, values: number[]) => async () => {
    order.push(name);
    return values.shift() ?? -1;
  };
  const pairs = await takePairs(2, never, reading('ours', [9, 1, 2]), reading('bare', [8, 3, 4]));
  expect(order).toEqual(['ours', 'bare', 'bare', 'ours', 'ours', 'bare']);
  expect(pairs).toEqual([
    { ours: 1, bare: 3 },
    { ours: 2, bare: 4 },
  ]);
});

it('ends between two readings when it is told to', async () => {
  const stop = new AbortController();
  const ours = async (): Promise<number> => {
    stop.abort(new Error('got SIGINT'));
    return 1;
  };
  await expect(takePairs(1000, stop.signal, ours, async () => 1)).rejects.toThrow('got SIGINT');
});

it('gives the centre of the ratios, which one wild pair does not move far', () => {
  const pairs = [1 / 1.2, 1 / 1.1, 1, 1, 1.1, 1.2].map((factor) => ({ ours: 10 * factor, bare: 10 }));
  const { ratio, lower, upper, ours, bare } = summarisePairs(pairs);
  expect(ratio).toBeCloseTo(1, 9);
  // Of six pairs nothing narrower than their range is sure at 95 %: 2 / 2^6 = 0.031.
  expect([lower, upper]).toEqual([expect.closeTo(0.83333, 4), expect.closeTo(1.2, 9)]);
  expect(ours).toEqual({ median: 10, quartiles: [expect.closeTo(9.3182, 4), expect.closeTo(10.75, 9)] });
  expect(bare).toEqual({ median: 10, quartiles: [10, 10] });
  const wild = summarisePairs([...pairs, { ours: 1000, bare: 10 }]);
  expect(wild.ratio).toBeGreaterThan(1);
  expect(wild.ratio).toBeLessThan(1.2);
});

it('gives no bounds that it has too few pairs for', () => {
  expect(() => summarisePairs([{ ours: 1, bare: 1 }])).toThrow(
    '1 pairs are too few for bounds at 95 %: take at least 6',
  );
});
