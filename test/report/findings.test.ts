import { expect, it } from 'vitest';
import type { RunVerdict } from '../../src/model/metrics.ts';
import type { ReportInput } from '../../src/report/document.ts';
import { renderForTerminal } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

const lastOf = (input: ReportInput): string[] =>
  renderForTerminal(input, { width: 120, proseWidth: null, hasColor: false }).trimEnd().split('\n').slice(-3);

const withVerdicts = (...verdicts: RunVerdict[]): ReportInput => {
  const input = fixture('pass');
  for (const [index, verdict] of verdicts.entries()) {
    const one = input.verdict.comparisons[index];
    if (one) one.verdict = verdict;
  }
  return input;
};

it.each([
  [[], 'All 4 limits of 1 function are kept.'],
  [
    ['fail'],
    'Of 4 limits of 1 function, 1 is broken and 3 are kept; the first to look at is latency of thumbnail under runc (+1.30% against a limit of +5%).',
  ],
  [
    ['inconclusive', 'not-measured'],
    'Of 4 limits of 1 function, 1 could not be measured, 1 is not decided and 2 are kept; the first to look at is cold start of thumbnail under runc (+70.0 ms against a limit of +150ms).',
  ],
] as [RunVerdict[], string][])('how the limits did: %j', (verdicts, text) => {
  expect(lastOf(withVerdicts(...verdicts))[0]).toBe(text);
});

it('what isolation costs, over the functions', () => {
  const input = fixture('pass');
  const { comparisons } = input.verdict;
  comparisons.push(...comparisons.map((one) => ({ ...one, function: 'report', estimate: (one.estimate ?? 0) * 1.1 })));
  input.samples.header.config['functions'] = { thumbnail: {}, report: {} };
  input.samples.instances.push(...input.samples.instances.map((one) => ({ ...one, function: 'report' })));
  expect(lastOf(input)[1]).toBe(
    'Compared with native, runc costs +1.30% to +11.4% a call and +70.0 ms to +77.0 ms a cold start; gvisor costs +8.00% to +18.8% a call.',
  );
});

it('what is not known', () => {
  const free = fixture('pass');
  free.verdict.comparisons = free.verdict.comparisons.filter(({ isolation }) => isolation !== 'gvisor');
  expect(lastOf(free)[2]).toBe('gvisor is not held against a limit.');
  const missing = fixture('not-measured');
  expect(lastOf(missing)).toEqual([
    'Of 3 limits of 1 function, 1 could not be measured and 2 are kept; the first to look at is latency of thumbnail under gvisor.',
    'Compared with native, runc costs +1.30% a call and +70.0 ms a cold start.',
    'gvisor could not be measured.',
  ]);
});
