import { formatCost, formatEstimate } from '../lib/format.ts';
import type { ComparisonVerdict, OnBase } from '../model/verdict.ts';
import type { Inline } from './document.ts';

type Budget = Pick<ComparisonVerdict, 'unit' | 'onBase'>;

const there = ({ estimate }: OnBase, unit: ComparisonVerdict['unit']): string =>
  estimate === null ? 'not resolved' : formatCost(estimate, unit);

const grown = ({ growth }: OnBase, unit: ComparisonVerdict['unit']): string => formatEstimate({ ...growth, unit });

/** Was it this change or the base? Of a broken budget whose base ran in the same blocks. */
export function tellOnBase({ unit, onBase }: Budget): Inline[] {
  if (onBase === undefined) return [];
  const cost = there(onBase, unit);
  if (onBase.isInherited)
    return [
      ' ',
      { strong: 'It is not this change' },
      `: the base breaks this budget already (${cost} there), and the change did not make it worse (growth ${grown(onBase, unit)}).`,
    ];
  switch (onBase.verdict) {
    case 'fail':
      return [
        ` The base breaks this budget already (${cost} there), and `,
        { strong: 'this change made it worse' },
        ` by ${grown(onBase, unit)}.`,
      ];
    case 'pass':
      return [' ', { strong: 'This change did it' }, `: on the base it is ${cost}, within the budget.`];
    case 'inconclusive':
      return [
        ` On the base it is ${cost}, which is not decided against this budget; the change’s own part is ${grown(onBase, unit)}.`,
      ];
    case 'not-measured':
      return [' On the base it could not be measured.'];
  }
}
