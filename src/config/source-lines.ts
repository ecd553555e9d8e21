import type { FunctionConfig } from '../model/config.ts';
import type { ComparisonVerdict } from '../model/verdict.ts';
import { parseYaml } from './parse-yaml.ts';

const hasPath = (value: unknown, path: readonly string[]): boolean => {
  let node = value;
  for (const key of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return false;
    node = (node as Record<string, unknown>)[key];
  }
  return true;
};

type Limited = Pick<ComparisonVerdict, 'function' | 'isolation' | 'metric' | 'kind'>;

const listLimitPaths = ({ function: name, isolation, metric, kind }: Limited): string[][] =>
  kind === 'budget'
    ? [
        ['functions', name, 'budgets', isolation, metric],
        ['budgets', isolation, metric],
      ]
    : [['regression', metric]];

/**
 * Finds the 1-based line of a comparison's limit in the text of an isogate.yml; null where it has none, or is not
 * valid.
 */
export function indexLimitLines(text: string): (comparison: Limited) => number | null {
  try {
    const { value, lines } = parseYaml(text, 'isogate.yml');
    return (comparison) => {
      const path = listLimitPaths(comparison).find((one) => hasPath(value, one));
      return path === undefined ? null : lines(path);
    };
  } catch {
    return () => null;
  }
}

/** Matches the usual ways to write the definition of an exported name. */
const matchDefinition = (runtime: FunctionConfig['runtime'], name: string): RegExp => {
  const word = `(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`;
  return runtime === 'python'
    ? new RegExp(`^(?:async\\s+def|def)\\s+${word}|^${word}\\s*(?::[^=]*)?=`)
    : new RegExp(
        `^\\s*(?:export\\s+)?(?:default\\s+)?(?:(?:async\\s+)?function\\s*\\*?\\s*|const\\s+|let\\s+|var\\s+|class\\s+)${word}|exports\\.${word}\\s*=|^\\s*export\\s*\\{[^}]*${word}`,
      );
};

/** 1-based line on which a source text defines the handler; 1 where no definition is found. Nothing is evaluated. */
export function findHandlerLine(source: string, runtime: FunctionConfig['runtime'], name: string): number {
  const pattern = matchDefinition(runtime, name);
  return Math.max(1, source.split('\n').findIndex((line) => line.length < 2000 && pattern.test(line)) + 1);
}
