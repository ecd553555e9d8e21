import * as v from 'valibot';
import type { HttpConfig } from '../model/config.ts';
import { argv, closed, matching, whole, word } from './leaf.ts';
import { type Report, show } from './problems.ts';

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const;
/** Headers that the agent sets by the request that it makes (src/guest/agent/http.c). */
const OWN_HEADERS = ['content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade'];
/** Well below the agent's 64 KiB. */
const MAX_HEADERS = 100;
const MAX_HEADERS_BYTES = 32 * 1024;

const path = () =>
  matching(/^\/[!-~]{0,4095}$/, 'a path that begins with / and has no blanks, such as / or /health?full=1');
const headerName = matching(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'a name of letters, digits and dashes');
const headerValue = matching(/^[ -~]{0,4096}$/, 'a text of ASCII characters');

/** How a function that is an HTTP server is started and called. */
export const httpSchema = closed({
  command: v.pipe(
    v.optional(argv('a list of words, such as ["node", "server.js"]')),
    v.description(
      'Program and arguments of the server, run in `directory` with the port in PORT. With `image: dockerfile` and `image: docker` it may be left out: then the image’s own ENTRYPOINT and CMD are run.',
    ),
  ),
  port: v.pipe(whole(1, 65_535), v.description('Port that the server listens on, on 127.0.0.1, ::1 or every address.')),
  path: v.pipe(v.optional(path(), '/'), v.description('Path of each request, with its query.')),
  method: v.pipe(
    v.optional(word(METHODS), 'POST'),
    v.description('Method of each request. The event is its body, but GET has none.'),
  ),
  headers: v.pipe(
    v.optional(
      v.record(headerName, headerValue, (issue) => `${show(issue.input)}: must be a mapping of names to texts`),
      {},
    ),
    v.description('Headers of each request. content-type is application/json where none is named.'),
  ),
  ready: v.pipe(
    v.optional(path()),
    v.description(
      'The server is ready when a GET of this path is answered with a status below 400. Default: when the port accepts a connection.',
    ),
  ),
});
export type HttpDocument = v.InferOutput<typeof httpSchema>;

/** With the names of headers in lower case, and the default ones filled in. */
export const resolveHttp = (document: HttpDocument, report: Report): HttpConfig => {
  const headers: Record<string, string> = {};
  for (const [given, value] of Object.entries(document.headers)) {
    const name = given.toLowerCase();
    if (OWN_HEADERS.includes(name)) report(['headers', given], 'is set for each request; remove it');
    else if (Object.hasOwn(headers, name)) report(['headers', given], 'is there twice; remove one');
    else headers[name] = value;
  }
  const bytes = Object.entries(headers).flat().join('').length;
  if (Object.keys(headers).length > MAX_HEADERS || bytes > MAX_HEADERS_BYTES)
    report(['headers'], `too many; accepted: ${MAX_HEADERS} headers of together ${MAX_HEADERS_BYTES / 1024} KiB`);
  const { port, path, method, ready = null } = document;
  const type = method === 'GET' ? {} : { 'content-type': 'application/json' };
  return { port, path, method, headers: { ...type, ...headers }, ready };
};
