import { shortCommit } from '../lib/text.ts';
import type { RunVerdict } from '../model/metrics.ts';
import type { ComparisonVerdict, UngatedCause } from '../model/verdict.ts';
import type { Row } from './rows.ts';

/** `1 block`, `12 blocks`. */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export const VERDICT_WORDS: Record<Row['verdict'], string> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  'not-measured': 'not measured',
  'not-gated': 'not gated',
  control: 'control',
};

export const VERDICT_MARKS: Record<RunVerdict, string> = {
  pass: '✅',
  fail: '❌',
  inconclusive: '❔',
  'not-measured': '🚫',
};

/** Why a comparison is not gated. */
export const CAUSE_WORDS: Record<UngatedCause, string> = {
  'not-required': 'the isolation cannot run here, and is not required',
  emulated: 'the isolation is emulated in software',
  'no-change': 'this run has no base revision',
  'first-run': 'no baseline yet',
  fingerprint: 'the baseline was measured under other conditions',
  'base-broken': 'the base itself does not work',
};

/** Behind the metric: of what the number is. */
export const KIND_WORDS: Record<ComparisonVerdict['kind'], string> = {
  budget: '',
  regression: ' growth',
  drift: ' growth since the pinned reference',
};

/** What growth was measured against: `the base`, `the stored baseline of 1a2b3c4d5e6f`. */
export const againstWords = ({ against, kind }: Pick<ComparisonVerdict, 'against' | 'kind'>): string => {
  const commit = against?.commit ? ` of ${shortCommit(against.commit)}` : '';
  if (kind === 'drift') return `the pinned reference${commit}`;
  return against?.source === 'stored' ? `the stored baseline${commit}` : 'the base';
};

/** The key in isogate.yml that holds this comparison's limit. */
export const limitKey = ({ kind, isolation, metric }: ComparisonVerdict): string =>
  kind === 'budget' ? `budgets.${isolation}.${metric}` : `regression.${metric}`;
