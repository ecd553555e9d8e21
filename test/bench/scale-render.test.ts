import { expect, it } from 'vitest';
import { fitExponent, missedAims, renderScale, type ScaleRow } from '../../bench/scale/render-scale.ts';

const row = (megabytes: number, seconds: number, more: Partial<ScaleRow> = {}): ScaleRow => ({
  ...{ kind: 'lean', functions: 20 * megabytes, bytes: megabytes * 1e6, seconds, cpuSeconds: seconds },
  ...{ peakBytes: 5e8, code: 0 },
  ...more,
});

it('the exponent is the slope of the logarithms', () => {
  expect(fitExponent([row(10, 1), row(100, 10), row(1000, 100)])).toBeCloseTo(1, 10);
  expect(fitExponent([row(10, 1), row(100, 100)])).toBeCloseTo(2, 10);
  expect(fitExponent([row(10, 1)])).toBeNull();
});

it('aims are missed by time, by memory and by the exponent', () => {
  expect(missedAims([row(10, 0.6), row(1000, 55)])).toEqual([]);
  expect(missedAims([row(100, 1), row(1000, 60, { peakBytes: 1e9 })])).toEqual([
    'lean, 1000 MB: 60.0 s, aim < 60 s',
    'lean, 1000 MB: 1000 MB of memory, aim < 1000 MB',
    'lean: exponent 1.78, aim < 1.1',
  ]);
});

it('the table has a line for each file, and the exponent of each kind of lines', () => {
  const text = renderScale([row(10, 1), row(100, 10), row(100, 5, { kind: 'full', functions: 400, code: 1 })]);
  expect(text.split('\n')).toEqual([
    '| lines | functions |  MB | seconds | CPU, s | MB a second | peak memory, MB | exit |',
    '| :---- | --------: | --: | ------: | -----: | ----------: | --------------: | ---: |',
    '| lean  |       200 |  10 |    1.00 |   1.00 |        10.0 |             500 |    0 |',
    '| lean  |      2000 | 100 |   10.00 |  10.00 |        10.0 |             500 |    0 |',
    '| full  |       400 | 100 |    5.00 |   5.00 |        20.0 |             500 |    1 |',
    '',
    'lean: CPU time grows as size to the power of 1.00',
  ]);
});
