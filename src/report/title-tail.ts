import type { Samples } from '../model/samples.ts';
import type { VerdictDocument } from '../model/verdict.ts';

/** Behind the verdict in the title: whose doing a fail is, as far as that is known, and what a softer verdict means. */
export function titleTail(verdict: VerdictDocument, samples: Samples): string {
  switch (verdict.verdict) {
    case 'fail':
      return whose(verdict);
    case 'inconclusive':
      return blocks(samples) ? ', which fails the run' : ', which does not fail the run';
    case 'not-measured':
      return ', which fails the run';
    case 'pass':
      return whatHolds(verdict);
  }
}

const blocks = ({ header }: Samples): boolean => {
  const listed: unknown = header.config['fail_on'];
  return Array.isArray(listed) && listed.includes('inconclusive');
};

function whose({ comparisons }: VerdictDocument): string {
  const failed = comparisons.filter((one) => one.gated && one.verdict === 'fail');
  const isOwn = failed.some(
    ({ kind, onBase }) =>
      kind === 'regression' || (onBase && !onBase.isInherited && ['pass', 'fail'].includes(onBase.verdict)),
  );
  if (isOwn) return ', by this change';
  return failed.length > 0 && failed.every(({ onBase }) => onBase?.isInherited) ? ', on the base already' : '';
}

function whatHolds({ comparisons }: VerdictDocument): string {
  const gated = comparisons.filter((one) => one.gated);
  if (gated.some((one) => one.verdict === 'fail')) return '; over budget on the base already';
  return gated.some(({ waiver }) => waiver !== undefined) ? ', by a waiver' : '';
}
