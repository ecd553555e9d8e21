/** What to do about a failed instance, where its cause is a common one; codes and states are looked at, never texts. */

import type { InstanceError } from '../model/errors.ts';
import type { FunctionImage } from '../model/image.ts';

/** Of the system, of the resolver, and of Node's fetch. */
const NETWORK_CODES = new Set([
  ...['EAI_AGAIN', 'EAI_NONAME', 'EAI_NODATA', 'EAI_FAIL', 'ENOTFOUND'],
  ...['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT'],
]);

const WORD = /\b(?:E[A-Z]{2,}(?:_[A-Z]+)?|UND_ERR_CONNECT_TIMEOUT)\b/g;

/** The first such code that an answer has in it, as functions do that catch their failure and answer it. */
export const findNetworkCode = (answer: string): string | undefined =>
  answer.match(WORD)?.find((word) => NETWORK_CODES.has(word));

/** Of an answer that says that there is nothing at this path, or not by this method. */
const STATUS_CODES: Record<number, string> = { 404: 'HTTP_404', 405: 'HTTP_405' };

/** `HTTP_404` of an answer with that status. */
export const findStatusCode = (answer: unknown): string | undefined => STATUS_CODES[Number(Object(answer).statusCode)];

const NO_NETWORK =
  'functions have no network: no name is resolved, and neither the outside nor services of this machine are reached; let it use a stand-in of its own';

const noModule = (install: string): string =>
  `a module that it imports is not in its image: where it is a dependency, let build install it, such as build: ${install} with build_network: true`;
const NO_MODULE = {
  node: noModule('[npm, ci]'),
  others: noModule('[python3, -m, pip, install, --target, ., -r, requirements.txt]'),
};

type Advice = { others: string } & { [K in FunctionImage['runtime']['name']]?: string };

/** By the codes of the runtimes, of Node and of the system. */
const ADVICE: Record<string, Advice> = {
  MISSING_PROGRAM: {
    others: 'a program that it starts is not in its image: name it in programs, or install it in an image of your own',
  },
  MISSING_VARIABLE: { others: 'it lacks an environment variable: set it in env of the function' },
  MISSING_MODULE: NO_MODULE,
  ERR_MODULE_NOT_FOUND: NO_MODULE,
  MODULE_NOT_FOUND: NO_MODULE,
  EROFS: { others: 'only /tmp can be written' },
};

/** The message of the error, and behind it what to do. */
export function explainFailure(error: InstanceError, runtime: FunctionImage['runtime']['name']): string {
  const advice = adviseOn(error, runtime);
  return advice === null ? error.message : `${error.message}; ${advice}`;
}

function adviseOn({ status, phase, code }: InstanceError, runtime: FunctionImage['runtime']['name']): string | null {
  if (code !== null && NETWORK_CODES.has(code)) return NO_NETWORK;
  const known = ADVICE[code ?? ''];
  if (known !== undefined) return known[runtime] ?? known.others;
  if (runtime === 'http' && code === 'HTTP_404')
    return 'nothing answers at this path: correct http.path or http.method';
  if (runtime === 'http' && code === 'HTTP_405')
    return 'this path has another method: correct http.method or http.path';
  if (status !== 'timeout') return null;
  if (phase !== 'start')
    return 'if it needs longer, raise measure.timeout; if it never answers, look for a promise or a callback that never comes';
  return runtime === 'http'
    ? 'let the server listen on the number in PORT, which is http.port, or raise measure.timeout'
    : 'if it needs longer, raise measure.timeout';
}
