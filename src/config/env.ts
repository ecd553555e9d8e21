/** `env:` of a function: its variables, whose values are written nowhere. */

import * as v from 'valibot';
import { sha256 } from '../lib/digest.ts';
import type { FunctionEnv } from '../model/config.ts';
import { list } from './leaf.ts';
import { type Report, show } from './problems.ts';

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const NAME_FORM = 'up to 128 letters, digits and underscores, no digit first';
const MAX_VARIABLES = 100;
/** With their names, below the 64 KiB that the agent reads. */
const MAX_BYTES = 32 * 1024;

/** Set by Isogate for every arm, or read by what starts the function before any code of its own. */
const RESERVED_NAMES = [
  'PATH',
  'HOME',
  'TMPDIR',
  'PORT',
  'BASH_ENV',
  'ENV',
  'IFS',
  'SHELLOPTS',
  'GLIBC_TUNABLES',
].concat([
  'GCONV_PATH',
  'LOCPATH',
  'NODE_OPTIONS',
  'NODE_V8_COVERAGE',
  'NODE_CHANNEL_FD',
  'PYTHONHOME',
  'PYTHONINSPECT',
]);
const RESERVED_PREFIXES = ['LD_', 'ISOGATE_'];
/** Of the runner and of GitHub's steps, tokens among them. */
const RUNNER_PREFIXES = ['GITHUB_', 'ACTIONS_', 'RUNNER_', 'INPUT_', 'STATE_'];

// The value that was given is not shown: it may be a secret in the wrong place.
const VALUE_FORM = 'must be a text of at most 32 KiB; numbers, true and false need quotes';
const NAMES_FORM = 'a list of names, such as [API_KEY]';

export const envSchema = v.pipe(
  v.objectWithRest(
    {
      from_runner: v.pipe(
        v.optional(list(v.string(`not accepted; accepted: ${NAMES_FORM}`), 1, MAX_VARIABLES, NAMES_FORM)),
        v.description(
          'Names of variables that are copied from the runner’s environment, only by the configuration that decides and for trusted code.',
        ),
      ),
    },
    v.pipe(v.string(VALUE_FORM), v.maxLength(MAX_BYTES, VALUE_FORM)),
    'must be a mapping of names to texts, such as { STAGE: prod }',
  ),
);
type EnvDocument = v.InferOutput<typeof envSchema>;

/** What is wrong with a name; null where it may be used. */
function refuseName(name: string, refusedPrefixes: readonly string[]): string | null {
  if (!NAME_PATTERN.test(name)) return `accepted: ${NAME_FORM}`;
  const prefix = refusedPrefixes.find((one) => name.startsWith(one));
  if (prefix !== undefined) return `accepted: names that do not begin with ${prefix}`;
  if (name === 'PORT') return 'http.port sets it for a server; accepted: any other name';
  return RESERVED_NAMES.includes(name)
    ? `accepted: any but ${RESERVED_NAMES.join(', ')}, which change what is measured`
    : null;
}

/** Variables of one function; what may not be used is reported. */
export function resolveEnv({ from_runner: fromRunner = [], ...literal }: EnvDocument, report: Report): FunctionEnv {
  const check = (name: string, path: readonly PropertyKey[], refusedPrefixes: readonly string[]): void => {
    const reason = refuseName(name, refusedPrefixes);
    if (reason !== null) report(path, `${show(name)}: environment name that is not allowed; ${reason}`);
  };
  for (const name of Object.keys(literal)) check(name, [name], RESERVED_PREFIXES);
  for (const [index, name] of fromRunner.entries()) {
    check(name, ['from_runner', index], [...RESERVED_PREFIXES, ...RUNNER_PREFIXES]);
    if (Object.hasOwn(literal, name) || fromRunner.indexOf(name) < index)
      report(['from_runner', index], `${show(name)}: is there twice; remove one`);
  }
  for (const [name, value] of Object.entries(literal))
    if (value.includes('\0')) report([name], 'has a NUL character; accepted: a text without one');
  const bytes = Buffer.byteLength(Object.entries(literal).flat().join(''));
  if (Object.keys(literal).length + fromRunner.length > MAX_VARIABLES || bytes > MAX_BYTES)
    report([], `too large; accepted: ${MAX_VARIABLES} variables of together ${MAX_BYTES / 1024} KiB`);
  return { literal, fromRunner, taken: {} };
}

const DIGEST_PATTERN = /^sha256:[0-9a-f]{12}$/;
const hideValue = (value: unknown): string =>
  typeof value === 'string' && DIGEST_PATTERN.test(value)
    ? value
    : `sha256:${sha256(JSON.stringify(value) ?? '').slice(0, 12)}`;

/**
 * A document in the shape of isogate.yml, checked or not, with a digest in place of each value of a variable: it shows that a
 * value changed, and not which it is.
 */
export function hideEnvValues(document: unknown): unknown {
  const functions: unknown = Object(document).functions;
  if (!isMapping(functions)) return document;
  return { ...Object(document), functions: mapValues(functions, (fn) => (isMapping(fn) ? hideOfFunction(fn) : fn)) };
}

function hideOfFunction(fn: Record<string, unknown>): Record<string, unknown> {
  const { env } = fn;
  if (!isMapping(env)) return env === undefined ? fn : { ...fn, env: hideValue(env) };
  return { ...fn, env: mapValues(env, (value, name) => (name === 'from_runner' ? value : hideValue(value))) };
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (
  mapping: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value, key)]));
