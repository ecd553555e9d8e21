import { describe, expect, test } from 'vitest';
import { checkValidity } from '../../src/decide/check-validity.ts';
import type { CheckInput } from '../../src/decide/finding.ts';
import { normal, seeded } from '../stats/support.ts';
import { costInput, ratioInput } from './checked-pairs.ts';

const codes = (input: CheckInput) => checkValidity(input).map((finding) => finding.code);

describe('all checks', () => {
  test('a sound run has no findings', () => {
    const values = [0.02, 0.021, 0.019, 0.0205, 0.0195, 0.0202, 0.0198, 0.0207, 0.0193, 0.02, 0.0201, 0.0199];
    expect(checkValidity(ratioInput(values, { outcome: 'pass' }))).toEqual([]);
    expect(checkValidity(ratioInput([]))).toEqual([]);
    expect(checkValidity(ratioInput([0.02], { outcome: 'fail' }))).toEqual([]);
  });

  test('each finding of a run that has several', () => {
    // Ascending, in turns, and disturbed in most blocks.
    const values = Array.from({ length: 24 }, (_, i) => 0.06 * (i % 2) + 0.004 * i);
    expect(codes(ratioInput(values, {}, (index) => ({ disturbedBy: index > 4 ? ['CPU pressure'] : [] })))).toEqual([
      'order-interaction',
      'drift',
      'disturbed-host',
    ]);
  });

  test('coarse and in two modes', () => {
    // CPU time in ticks of 10 ms on the control; one instance in five of gvisor takes ten times as long.
    const costs = Array.from({ length: 20 }, (_, i): [number, number] => [
      i % 3 === 0 ? 20 : 10,
      i % 5 === 4 ? 300 : 21,
    ]);
    const found = codes(costInput(costs, { outcome: 'pass', limit: 19, allowance: 19, alpha: 0.01 }));
    expect(found).toEqual(['coarse-values', 'bimodal']);
  });

  test('on normal values with a fair limit hardly anything is found: at most 3 runs in 100', () => {
    const random = seeded(21);
    let found = 0;
    for (let run = 0; run < 1000; run += 1) {
      const values = Array.from({ length: 20 }, () => 0.02 * normal(random));
      const controls = values.map(() => 10 * Math.exp(0.03 * normal(random)));
      const input = ratioInput(values, { allowance: 0.001, alpha: 0.05, limit: 0.05, outcome: 'pass' }, (i) => ({
        control: controls[i] ?? 0,
        treatment: (controls[i] ?? 0) * Math.exp(values[i] ?? 0),
      }));
      if (codes(input).length > 0) found += 1;
    }
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(30);
  });
});
