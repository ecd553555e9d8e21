import type { Report } from './problem.ts';
import type { ConfigDocument } from './schema.ts';
import { suggest } from './suggest.ts';

const checkBudgets = (
  budgets: object,
  path: readonly PropertyKey[],
  document: ConfigDocument,
  report: Report,
): void => {
  const treatments = Object.keys(document.isolations).filter((name) => name !== document.control);
  for (const name of Object.keys(budgets)) {
    if (name === document.control)
      report([...path, name], 'the control has no overhead over itself; remove this budget');
    else if (!treatments.includes(name)) {
      const accepted = treatments.join(', ') || 'none';
      report([...path, name], `not listed under isolations; accepted: ${accepted}${suggest(name, treatments)}`);
    }
  }
};

/** Names that must be those of listed isolations: the control and every key of budgets. */
export const checkNames = (document: ConfigDocument, report: Report): void => {
  const isolations = Object.keys(document.isolations);
  if (!isolations.includes(document.control)) {
    const accepted = isolations.join(', ') || 'none';
    report(
      ['control'],
      `${document.control} is not listed under isolations; accepted: ${accepted}${suggest(document.control, isolations)}`,
    );
  }
  checkBudgets(document.budgets, ['budgets'], document, report);
  for (const [name, settings] of Object.entries(document.functions)) {
    checkBudgets(settings.budgets, ['functions', name, 'budgets'], document, report);
  }
};
