/** Routes of servers without a framework, which compare the path of a request themselves. */

export interface Route {
  method: string;
  path: string;
}

const PATH = String.raw`(?:\b(?:req|request|event|ctx|self)\.path|(?<!location\.)\b(?:url|originalUrl|pathname|URL\.Path))`;
const QUOTED = '[`\'"](/[^`\'"\\s]*)[`\'"]';
const WAYS: RegExp[] = [
  // url === '/x', and !== before an answer of 404
  new RegExp(`${PATH}\\)?\\s*[=!]==?\\s*${QUOTED}`, 'g'),
  new RegExp(`${QUOTED}\\s*[=!]==?\\s*(?:\\w{1,40}\\.){0,4}${PATH}\\b`, 'g'),
  // url.startsWith('/x'), and of Go and Python
  new RegExp(`${PATH}\\??\\.(?:startsWith|startswith)\\(\\s*${QUOTED}`, 'g'),
  new RegExp(`\\bHasPrefix\\(\\s*\\w+\\.${PATH},\\s*${QUOTED}`, 'g'),
  // Java's HttpServer
  /\bcreateContext\(\s*"(\/[^"\s]*)"/g,
];
/** `case '/x':`, where the file switches over the path of a request. */
const CASE = new RegExp(`\\bcase\\s+${QUOTED}\\s*:`, 'g');
const SWITCH = new RegExp(`\\bswitch\\s*\\([^)\\n]{0,200}${PATH}`);
/** `'GET /x'`, compared or as a key of a table. */
const BOTH = /[`'"](GET|POST|PUT|PATCH|DELETE) (\/[^`'"\s]*)[`'"](?=\s*[:\],)])/g;
const METHOD =
  /\bmethod\b\)?\s*[=!]==?\s*[`'"](\w+)[`'"]|[`'"](GET|POST|PUT|PATCH|DELETE)[`'"]\s*[=!]==?\s*[\w.]{0,40}\bmethod\b/i;

/** So many routes of one kind are looked at, and so far around one for its method: a file may be a single long line. */
const MAX_ROUTES = 100;
const MAX_REACH = 300;

const firstOf = (text: string, pattern: RegExp): RegExpExecArray[] => [...text.matchAll(pattern)].slice(0, MAX_ROUTES);

/** The method that the same line asks for. */
const methodAt = (text: string, index: number): string | undefined => {
  const before = text.slice(Math.max(0, index - MAX_REACH), index);
  const after = text.slice(index, index + MAX_REACH);
  const line = `${before.slice(before.lastIndexOf('\n') + 1)}${after.split('\n', 1)[0]}`;
  const [, one, other] = METHOD.exec(line) ?? [];
  return one ?? other;
};

/** @param text source without comments */
export const plainRoutes = (text: string): Route[] => {
  const ways = SWITCH.test(text) ? [...WAYS, CASE] : WAYS;
  const methods = firstOf(text, /\bdef do_([A-Z]+)\(/g);
  const compared = ways
    .flatMap((way) => firstOf(text, way))
    .sort((a, b) => a.index - b.index)
    .map((found) => {
      // Python's server has a method do_POST for POST.
      const python = methods.findLast(({ index }) => index < found.index)?.[1];
      return { method: methodAt(text, found.index) ?? python ?? 'GET', path: found[1] ?? '/' };
    });
  const both = firstOf(text, BOTH).map(([, method = 'GET', path = '/']) => ({ method, path }));
  return [...both, ...compared];
};
