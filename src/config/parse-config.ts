import * as v from 'valibot';
import { oneLine } from '../lib/text.ts';
import type { Config, FunctionConfig, IsolationConfig } from '../model/config.ts';
import { BadInputError } from '../model/errors.ts';
import type { Warning } from '../model/warnings.ts';
import { checkDocument, checkFailOn, checkKernels, checkNames } from './check-document.ts';
import { effectiveDocument } from './effective-document.ts';
import { parseBudgets, parseLimits } from './limits.ts';
import { type LineIndex, listProblems, type Problem, problemsError, type Report } from './problems.ts';
import { parseFloor } from './regression-floor.ts';
import { resolveFunction } from './resolve-function.ts';
import { resolveIsolation } from './resolve-isolation.ts';
import { resolveMeasure, resolveResources } from './resolve-measure.ts';
import { type ConfigDocument, configSchema } from './schema.ts';
import type { FunctionDocument } from './schema-function.ts';
import type { ConfigPaths } from './workspace.ts';

export interface ParseOptions {
  /** What messages call the document: the path as the user gave it. */
  source: string;
  /** Name of the gate where the document gives none; default: `isogate`. */
  gate?: string;
  /**
   * Null for a configuration that is only decided by, as the header of a samples file is: no path is looked at,
   * functions need no handler, and isolations may be of types that cannot run here.
   */
  paths: ConfigPaths | null;
  lines?: LineIndex;
}

const below =
  (report: Report, ...prefix: PropertyKey[]): Report =>
  (path, message) =>
    report([...prefix, ...path], message);

const parseShape = (document: unknown, isHeader: boolean, report: Report): ConfigDocument | null => {
  const filled = isHeader && typeof document === 'object' ? { functions: {}, ...document } : document;
  const parsed = v.safeParse(configSchema, filled, { abortPipeEarly: true });
  for (const { path, message } of listProblems(parsed.issues)) report(path, message);
  return parsed.success ? parsed.output : null;
};

/** A function whose own mistakes are kept with it, so that they end none but itself. */
const resolveAlone = (
  name: string,
  settings: FunctionDocument,
  { source, lines, paths }: ParseOptions,
  report: Report,
): FunctionConfig => {
  const problems: Problem[] = [];
  const whole = below(report, 'functions', name);
  const own = below((path, message) => problems.push({ path, message }), 'functions', name);
  const resolved = resolveFunction(name, settings, paths, { whole, own });
  if (problems.length === 0) return resolved;
  return { ...resolved, problem: problemsError(problems, oneLine(source), lines).message };
};

/** Where no function can be measured, there is no reason to begin. @throws BadInputError */
export const refuseWithoutFunctions = (functions: readonly FunctionConfig[]): void => {
  const [first, ...others] = functions;
  if (first === undefined || functions.some(({ problem }) => problem === null)) return;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new BadInputError(`${first.problem}${more}`);
};

const resolveConfig = (given: ConfigDocument, options: ParseOptions, report: Report): Config => {
  const { paths } = options;
  const name = given.name ?? options.gate ?? 'isogate';
  const document = { ...given, name };
  if (paths && Object.keys(document.functions).length === 0) {
    report(['functions'], 'empty; accepted: at least one function, such as api: { handler: src/api.mjs#handler }');
  }
  checkNames(document, report);
  checkFailOn(document, report);
  const warnings: Warning[] = [];
  const isolations = Object.entries(document.isolations)
    .map(([name, settings]) => resolveIsolation(name, settings ?? {}, paths, below(report, 'isolations', name)))
    .filter((isolation): isolation is IsolationConfig => isolation !== null);
  checkKernels(isolations, report);
  const measure = resolveMeasure(document, warnings, report);
  const { floor, ...regression } = document.regression;
  return {
    name,
    workspace: paths?.workspace ?? null,
    functions: Object.entries(document.functions).map(([name, settings]) =>
      resolveAlone(name, settings, options, report),
    ),
    control: document.control,
    resources: resolveResources(document.resources, below(report, 'resources')),
    isolations,
    budgets: parseBudgets(document.budgets),
    regression: parseLimits(regression),
    regressionFloor: parseFloor(floor),
    measure,
    failOn: [...new Set(document.fail_on)],
    failOnBase: document.fail_on_base,
    compare: document.compare,
    waivers: [],
    gateEmulated: document.gate_emulated,
    document: effectiveDocument(document, isolations, measure),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
};

/**
 * A document in the shape of isogate.yml, checked and resolved.
 * @throws BadInputError one line: the first mistake with its place, and how many more there are
 */
export const parseConfig = (document: unknown, options: ParseOptions): Config => {
  const problems: Problem[] = checkDocument(document);
  const report: Report = (path, message) => problems.push({ path, message });
  const shape = problems.length === 0 ? parseShape(document, options.paths === null, report) : null;
  const config = shape && problems.length === 0 ? resolveConfig(shape, options, report) : null;
  if (!config || problems.length > 0) throw problemsError(problems, oneLine(options.source), options.lines);
  if (options.paths !== null) refuseWithoutFunctions(config.functions);
  return config;
};
