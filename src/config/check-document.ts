import type { IsolationConfig } from '../model/config.ts';
import { type Problem, type Report, show, suggest } from './problems.ts';
import type { ConfigDocument } from './schema.ts';
import { keysOfType } from './schema-isolation.ts';

/** Names that the schema library silently leaves out of a record. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

interface Mapping {
  [key: string]: Mapping;
}
/** Where isogate.yml has mappings; `*` stands for names that the user chooses. */
const MAPPINGS: Mapping = {
  functions: { '*': { budgets: { '*': {} }, http: { headers: {} }, env: {} } },
  isolations: { '*': {} },
  budgets: { '*': {} },
  regression: { floor: {} },
  resources: {},
  measure: {},
};

/** Finds what the schema library accepts and should not: lists in place of mappings, and names that it leaves out. */
export const checkDocument = (value: unknown, path: readonly PropertyKey[] = [], mapping = MAPPINGS): Problem[] => {
  if (Array.isArray(value)) return [{ path, message: `${show(value)}: must be a mapping, not a list` }];
  if (typeof value !== 'object' || value === null) return [];
  const names = mapping['*'];
  return Object.entries(value).flatMap(([key, child]) => {
    if (RESERVED.includes(key)) return { path: [...path, key], message: 'a reserved word; choose another name' };
    const inner = names ?? (Object.hasOwn(mapping, key) ? mapping[key] : undefined);
    return inner ? checkDocument(child, [...path, key], inner) : [];
  });
};

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

/** The control, and every key of budgets, must be the name of an isolation that is listed. */
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

/**
 * All VMs must have the same kernel, because otherwise a difference of kernels would be taken for one of isolations.
 */
export const checkKernels = (isolations: IsolationConfig[], report: Report): void => {
  const vms = isolations.filter(({ type }) => keysOfType(type).includes('kernel'));
  const describeKernel = ({ kernel }: IsolationConfig): string => {
    if (kernel === null) return 'the default kernel';
    return 'path' in kernel ? kernel.path : `${kernel.url} (${kernel.sha256})`;
  };
  const other = vms.find((one) => describeKernel(one) !== describeKernel(vms[0] as IsolationConfig));
  if (other)
    report(
      ['isolations', other.name, 'kernel'],
      `${describeKernel(other)} differs from ${describeKernel(vms[0] as IsolationConfig)} of ${vms[0]?.name}; all VMs share one guest kernel: give each the same`,
    );
};

/** A list without them would look as if they were allowed to pass, and nothing does that. */
export const checkFailOn = ({ fail_on }: ConfigDocument, report: Report): void => {
  const missing = (['fail', 'not-measured'] as const).filter((word) => !fail_on.includes(word));
  if (missing.length === 0) return;
  const why = `without ${missing.join(' and ')}, which always fail the run`;
  const instead = 'where a red run is not to block, do not require its check';
  report(['fail_on'], `${why}; accepted: [fail, not-measured], and inconclusive beside them; ${instead}`);
};
