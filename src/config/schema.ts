import * as v from 'valibot';
import { COMPARE } from '../model/config.ts';
import { GATE_NAME, GATE_NAME_FORMS } from './gate-name.ts';
import { closed, flag, list, matching, NAME_PATTERN, named, whole, word } from './leaf.ts';
import { budgetsSchema, limitSchema, metricEntries } from './limits.ts';
import { DURATION_FORMS, DURATION_PATTERN, SIZE_FORMS, SIZE_PATTERN } from './parse-quantity.ts';
import { floorSchema } from './regression-floor.ts';
import { functionSchema } from './schema-function.ts';
import { isolationSchema } from './schema-isolation.ts';

const duration = () => matching(DURATION_PATTERN, DURATION_FORMS);
const size = () => matching(SIZE_PATTERN, SIZE_FORMS);

const resourcesSchema = closed({
  cpus: v.pipe(v.optional(whole(1, 256), 1), v.description('CPUs of an instance, and vCPUs of a guest.')),
  memory: v.pipe(v.optional(size(), '256MiB'), v.description('Memory limit of an instance.')),
  guest_overhead: v.pipe(
    v.optional(size(), '128MiB'),
    v.description("Memory on top of `memory` for a VM's own kernel and agent."),
  ),
  tmp: v.pipe(
    v.optional(size(), '512MiB'),
    v.description('Size of /tmp. What is in it counts as memory of the instance.'),
  ),
});

const measureSchema = closed({
  time: v.pipe(v.optional(duration(), '120s'), v.description('Sampling time of one function; max_time bounds it.')),
  max_time: v.pipe(
    v.optional(duration()),
    v.description(
      'Longest sampling time of one function, where the blocks that a decision needs take longer than time. Default: five times time.',
    ),
  ),
  min_blocks: v.pipe(v.optional(whole(1, 10_000), 3), v.description('Blocks before the first decision.')),
  max_blocks: v.pipe(v.optional(whole(1, 10_000), 60), v.description('Blocks after which the run is inconclusive.')),
  invocations: v.pipe(
    v.optional(whole(1, 100_000)),
    v.description(
      'Most warm invocations of an instance; the pilot finds out how many are worth their time. Default: 30, or 59 where latency_p95 and 299 where latency_p99 is limited.',
    ),
  ),
  warmup: v.pipe(v.optional(whole(0, 10_000), 5), v.description('Least number of invocations before the warm ones.')),
  timeout: v.pipe(
    v.optional(duration(), '30s'),
    v.description('Longest start and longest invocation; emulated arms get twenty times as long.'),
  ),
  cache: v.pipe(
    v.optional(word(['warm', 'cold']), 'warm'),
    v.description('Page cache before a start: warm (files are read first) or cold (dropped; exclusive hosts only).'),
  ),
});

/**
 * The shape of isogate.yml; what a schema cannot say is checked in parseConfig. Published as
 * docs/reference/isogate.schema.json.
 */
export const configSchema = closed({
  name: v.pipe(
    v.optional(matching(GATE_NAME, `a name of ${GATE_NAME_FORMS}`)),
    v.description(
      'Key of this gate: several may live in one repository. Default: the directory of this file, or isogate.',
    ),
  ),
  functions: v.pipe(
    named(functionSchema, 'function names to their settings, such as api: { handler: src/api.mjs#handler }'),
    v.description('Functions under test, by name.'),
  ),
  control: v.pipe(
    v.optional(matching(NAME_PATTERN, 'the name of a listed isolation'), 'native'),
    v.description('The isolation that the others are compared with.'),
  ),
  resources: v.pipe(v.optional(resourcesSchema, {}), v.description('The same for every arm.')),
  isolations: v.pipe(
    named(isolationSchema, 'isolation names to their settings, such as runc: {}'),
    v.description('Isolations to measure, by name; a name is free when `type` is given.'),
  ),
  budgets: v.pipe(
    v.optional(named(budgetsSchema, 'isolation names to limits, such as runc: { latency: +5% }'), {}),
    v.description('Largest overhead allowed over the control, by isolation and metric.'),
  ),
  regression: v.pipe(
    v.optional(closed({ ...metricEntries, control: v.optional(limitSchema('control')), floor: floorSchema }), {}),
    v.description(
      "Largest growth of an overhead over the base's; `control`: of the control itself; `floor`: the minimum effect.",
    ),
  ),
  measure: v.pipe(v.optional(measureSchema, {}), v.description('How much is measured.')),
  fail_on: v.pipe(
    v.optional(
      list(word(['fail', 'inconclusive', 'not-measured']), 0, 3, 'a list of fail, inconclusive, not-measured'),
      ['fail', 'not-measured'],
    ),
    v.description('Verdicts that fail the check: fail and not-measured always do, inconclusive where it is listed.'),
  ),
  fail_on_base: v.pipe(
    v.optional(flag(), false),
    v.description('Fail also for budgets that the base breaks already, where the change did not make it worse.'),
  ),
  compare: v.pipe(
    v.optional(word([...COMPARE]), 'both'),
    v.description(
      'What growth is measured against: base (the base revision, run in the same blocks), stored (the stored baseline), both (base, else stored) or none.',
    ),
  ),
  gate_emulated: v.pipe(v.optional(flag(), false), v.description('Gate on numbers from software emulation (tcg) too.')),
});

/** An isogate.yml with defaults filled in, before it is resolved against the file system. */
export type ConfigDocument = v.InferOutput<typeof configSchema>;
