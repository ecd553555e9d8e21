import { plainRoutes, type Route } from './plain-routes.ts';

/** What a file exports and serves, as far as its text tells. Code of the repository is never loaded to find out. */

import { MAX_SOURCE } from './repository.ts';
import { withoutComments } from './without-comments.ts';

const DECLARED = /\bexport\s+(?:declare\s+)?(?:async\s+)?(?:const|let|var|function\*?|class)\s+([A-Za-z_$][\w$]*)/g;
const LISTED = /\bexport\s*\{([^{}]*)\}/g;
const ASSIGNED = /(?<![\w$.])(?:module\.)?exports\.([A-Za-z_$][\w$]*)\s*=(?!=)/g;
const OBJECT = /\bmodule\.exports\s*=\s*\{([^}]*)\}?/g;
const WHOLE = /\bmodule\.exports\s*=(?!\s*(?:=|\{|require\b))/;
/** Names that the text cannot tell, because another file has them. */
const OPEN =
  /\bexport\s*\*|\bmodule\.exports\s*=\s*(?:require\b|\{[^}]{0,1000}\.\.\.)|Object\.assign\(\s*(?:module\.)?exports/;

export interface Exports {
  names: Set<string>;
  /** Whether there may be more than the text tells. */
  isOpen: boolean;
}

export const nodeExports = (source: string): Exports => {
  const text = withoutComments(source);
  const names = new Set<string>();
  for (const [, name = ''] of [...text.matchAll(DECLARED), ...text.matchAll(ASSIGNED)]) names.add(name);
  for (const [, inner = ''] of text.matchAll(LISTED))
    for (const part of inner.split(',')) {
      const name = part
        .trim()
        .split(/\s+as\s+/)
        .at(-1);
      if (name) names.add(name);
    }
  for (const [, inner = ''] of text.matchAll(OBJECT))
    for (const [, name = ''] of inner.matchAll(/(?:^|,)\s*(?:async\s+)?([A-Za-z_$][\w$]*)/g)) names.add(name);
  if (/\bexport\s+default\b/.test(text) || WHOLE.test(text)) names.add('default');
  return { names, isOpen: source.length >= MAX_SOURCE || OPEN.test(text) };
};

export const pythonExports = (source: string): Exports => {
  const text = source.replaceAll(/^[ \t]*#.*$/gm, '');
  const names = new Set<string>();
  for (const [, name = ''] of text.matchAll(/^(?:async\s+)?(?:def|class)\s+([A-Za-z_]\w*)/gm)) names.add(name);
  for (const [, name = ''] of text.matchAll(/^([A-Za-z_]\w*)\s*(?::[^=\n]+)?=[^=]/gm)) names.add(name);
  for (const [, inner = ''] of text.matchAll(/^from\s+\S+\s+import\s+\(?([^)\n]*(?:\n[^)]*)?)\)?/gm))
    for (const part of inner.split(','))
      names.add(
        part
          .trim()
          .split(/\s+as\s+/)
          .at(-1) ?? '',
      );
  return { names, isOpen: source.length >= MAX_SOURCE || /^from\s+\S+\s+import\s+\*/m.test(text) };
};

const ROUTES: RegExp[] = [
  // Express, Fastify, Koa's and Hono's routers: app.get('/path'; Python: @app.get("/path")
  /\b[a-zA-Z_]\w*\.(get|post|put|patch|delete)\(\s*[`'"](\/[^`'"\s]*)[`'"]/gi,
  // Go 1.22: HandleFunc("GET /path"
  /Handle(?:Func)?\(\s*"(?:(GET|POST|PUT|PATCH|DELETE) )?(\/[^"\s]*)"/g,
];
/** Flask: @app.route("/path", methods=["POST"]) */
const FLASK =
  /@\w+\.route\(\s*["'](\/[^"']{0,300})["'](?:[^)]{0,300}methods\s{0,20}=\s{0,20}[[(]\s{0,20}["'](\w+)["'])?/g;
/** axum, actix and the like: .route("/path", get(…)) or web::get() */
const RUST = /\.route\(\s*"(\/[^"]*)"\s*,\s*(?:web::)?(get|post|put|patch|delete)\b/g;

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** The request that a server is most likely to answer well: the first that needs no parameter, `GET /` before all. */
export const findRoute = (source: string): Route | null => {
  const text = withoutComments(source);
  const named = [
    ...ROUTES.flatMap((pattern) => [...text.matchAll(pattern)].map(([, method, path]) => ({ method, path }))),
    ...[...source.matchAll(FLASK)].map(([, path, method]) => ({ method: method ?? 'GET', path })),
    ...[...text.matchAll(RUST)].map(([, path, method]) => ({ method, path })),
  ];
  const routes: Route[] = (named.length > 0 ? named : plainRoutes(text))
    .map(({ method, path }) => ({ method: (method ?? 'GET').toUpperCase(), path: path ?? '/' }))
    .filter(({ method, path }) => METHODS.has(method) && /^\/[!-~]*$/.test(path) && !/[:{}<>*$]/.test(path));
  const isHealth = ({ path }: Route) => /health|ready|live|ping|status|metrics|favicon/i.test(path);
  const own = routes.filter((route) => !isHealth(route));
  return own.find(({ path }) => path === '/') ?? own[0] ?? routes[0] ?? null;
};

const PORTS = [
  /\bPORT\b[^\n]{0,40}?(?:\|\||\?\?|,|:-|=)\s*["'`]?:?(\d{2,5})\b/,
  /\.listen\(\s*(?:\{[^}]{0,300}port:\s*)?(\d{2,5})\b/,
  /\bport\s*[=:]\s*["']?(\d{2,5})\b/i,
  /ListenAndServe\(\s*"[^"]*:(\d{2,5})"/,
  /(?:bind|SocketAddr::from|listen)\([^\n)]{0,300}?[:,]\s*(\d{2,5})\b/,
  /HTTPServer\(\s*\(\s*["'][^"']*["']\s*,\s*(\d{2,5})/,
  /HttpServer\.create\([^\n]{0,300}?(\d{2,5})/,
];

/** The port that a server's text names; null where it names none. */
export const findPort = (source: string): number | null => {
  for (const pattern of PORTS) {
    const port = Number(pattern.exec(source)?.[1]);
    if (port >= 1 && port <= 65_535) return port;
  }
  return null;
};
