import type { FunctionConfig } from '../model/config.ts';

const escaped = (name: string): string => name.replaceAll('$', '\\$');

/** What begins the definition of an exported name, where it is written in the usual ways. */
const definition = (runtime: FunctionConfig['runtime'], name: string): RegExp => {
  const word = `(?<![\\w$])${escaped(name)}(?![\\w$])`;
  return runtime === 'python'
    ? new RegExp(`^(?:async\\s+def|def)\\s+${word}|^${word}\\s*(?::[^=]*)?=`)
    : new RegExp(
        `^\\s*(?:export\\s+)?(?:default\\s+)?(?:(?:async\\s+)?function\\s*\\*?\\s*|const\\s+|let\\s+|var\\s+|class\\s+)${word}|exports\\.${word}\\s*=|^\\s*export\\s*\\{[^}]*${word}`,
      );
};

/** 1-based line on which a source text defines the handler; the first where that is not seen. Nothing is evaluated. */
export function handlerLine(source: string, runtime: FunctionConfig['runtime'], name: string): number {
  const pattern = definition(runtime, name);
  return Math.max(1, source.split('\n').findIndex((line) => line.length < 2000 && pattern.test(line)) + 1);
}
