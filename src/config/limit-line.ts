import type { ComparisonVerdict } from '../model/verdict.ts';
import { parseYaml } from './parse-yaml.ts';

const has = (value: unknown, path: readonly string[]): boolean => {
  let node = value;
  for (const key of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return false;
    node = (node as Record<string, unknown>)[key];
  }
  return true;
};

type Limited = Pick<ComparisonVerdict, 'function' | 'isolation' | 'metric' | 'kind'>;

const pathsOf = ({ function: name, isolation, metric, kind }: Limited): string[][] =>
  kind === 'budget'
    ? [
        ['functions', name, 'budgets', isolation, metric],
        ['budgets', isolation, metric],
      ]
    : [['regression', metric]];

/** 1-based line of the limit of a comparison in the text of an isogate.yml; null where it has none, or is not valid. */
export function limitLines(text: string): (comparison: Limited) => number | null {
  try {
    const { value, lines } = parseYaml(text, 'isogate.yml');
    return (comparison) => {
      const path = pathsOf(comparison).find((one) => has(value, one));
      return path === undefined ? null : lines(path);
    };
  } catch {
    return () => null;
  }
}
