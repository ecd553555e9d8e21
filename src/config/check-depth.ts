import { Lexer } from 'yaml';

const MAX_DEPTH = 64;

/** Change of flow depth by a token of the lexer. */
const flowStep = (token: string): number => {
  if (token === '[' || token === '{') return 1;
  return token === ']' || token === '}' ? -1 : 0;
};

/**
 * False where brackets, or block indicators on one line, nest deeper than 64. The parser of the `yaml` package recurses:
 * 100 000 open brackets end the whole process inside the regular expression compiler, which no `catch` sees; its lexer
 * does not recurse. Nesting by indentation needs quadratic space, so the file's size bounds it.
 */
export const isShallow = (text: string): boolean => {
  let flow = 0;
  let onLine = 0;
  for (const token of new Lexer().lex(text)) {
    flow = Math.max(0, flow + flowStep(token));
    if (token === '-' || token === '?' || token === ':') onLine += 1;
    else if (token === ',' || token.startsWith('\n') || token.startsWith('\r')) onLine = 0;
    if (flow > MAX_DEPTH || onLine > MAX_DEPTH) return false;
  }
  return true;
};
