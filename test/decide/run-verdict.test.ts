import { expect, test } from 'vitest';
import { chooseExitCode, judgeRun } from '../../src/decide/run-verdict.ts';
import type { RunVerdict } from '../../src/model/metrics.ts';

const gated = (...verdicts: RunVerdict[]) => verdicts.map((verdict) => ({ gated: true, verdict }));

test.each<[RunVerdict[], RunVerdict]>([
  [['pass', 'pass'], 'pass'],
  [['pass', 'inconclusive'], 'inconclusive'],
  [['inconclusive', 'not-measured', 'pass'], 'not-measured'],
  [['not-measured', 'fail', 'inconclusive'], 'fail'],
])('%j is %s', (verdicts, expected) => {
  expect(judgeRun(gated(...verdicts))).toBe(expected);
});

test('what is not gated counts for nothing, and nothing gated is not measured', () => {
  expect(judgeRun([{ gated: false, verdict: 'fail' }, ...gated('pass')])).toBe('pass');
  expect(judgeRun([{ gated: false, verdict: 'pass' }])).toBe('not-measured');
  expect(judgeRun([])).toBe('not-measured');
});

test('exit codes', () => {
  expect(chooseExitCode('pass', ['fail', 'not-measured', 'inconclusive'])).toBe(0);
  expect(chooseExitCode('fail', ['fail'])).toBe(1);
  expect(chooseExitCode('inconclusive', ['fail', 'not-measured'])).toBe(0);
  expect(chooseExitCode('inconclusive', ['fail', 'inconclusive'])).toBe(2);
  expect(chooseExitCode('not-measured', ['fail', 'not-measured'])).toBe(3);
});
