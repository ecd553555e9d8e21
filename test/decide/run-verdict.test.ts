import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/decide/exit-code.ts';
import { runVerdictOf } from '../../src/decide/run-verdict.ts';
import type { RunVerdict } from '../../src/model/metrics.ts';

const gated = (...verdicts: RunVerdict[]) => verdicts.map((verdict) => ({ gated: true, verdict }));

test.each<[RunVerdict[], RunVerdict]>([
  [['pass', 'pass'], 'pass'],
  [['pass', 'inconclusive'], 'inconclusive'],
  [['inconclusive', 'not-measured', 'pass'], 'not-measured'],
  [['not-measured', 'fail', 'inconclusive'], 'fail'],
])('%j is %s', (verdicts, expected) => {
  expect(runVerdictOf(gated(...verdicts))).toBe(expected);
});

test('what is not gated counts for nothing, and nothing gated is not measured', () => {
  expect(runVerdictOf([{ gated: false, verdict: 'fail' }, ...gated('pass')])).toBe('pass');
  expect(runVerdictOf([{ gated: false, verdict: 'pass' }])).toBe('not-measured');
  expect(runVerdictOf([])).toBe('not-measured');
});

test('exit codes', () => {
  expect(exitCodeOf('pass', ['fail', 'not-measured', 'inconclusive'])).toBe(0);
  expect(exitCodeOf('fail', ['fail'])).toBe(1);
  expect(exitCodeOf('inconclusive', ['fail', 'not-measured'])).toBe(0);
  expect(exitCodeOf('inconclusive', ['fail', 'inconclusive'])).toBe(2);
  expect(exitCodeOf('not-measured', ['fail', 'not-measured'])).toBe(3);
});
