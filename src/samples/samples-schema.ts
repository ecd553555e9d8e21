import * as v from 'valibot';
import { ISOLATION_FAMILIES, type IsolationType } from '../model/isolation-types.ts';
import { METRICS } from '../model/metrics.ts';
import { ARM_ROLES, INSTANCE_PHASES, INSTANCE_STATUSES, REVISIONS } from '../model/samples.ts';

export const MAX_VALUES = 100_000;
export const MAX_NAME = 200;
export const MAX_TEXT = 64 * 1024;
export const MAX_WHOLE = 1e9;

export const nameSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME));
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT));
/** The function's own message on a failure is cut, not refused, so that no function can make its run's file unreadable. */
const message = v.pipe(
  v.string(),
  v.transform((value) => value.slice(0, MAX_TEXT)),
);
/** Sums of squares of as many values as a file may hold stay far below the largest number, so nothing becomes infinite or NaN. */
export const MAX_COST = 1e15;
/** Its cost is 1000 ÷ throughput in ms an invocation, which must not be above the largest cost. */
const MIN_THROUGHPUT = 1000 / MAX_COST;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_WHOLE));
export const cost = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(MAX_COST));
export const signed = v.pipe(v.number(), v.finite(), v.minValue(-MAX_COST), v.maxValue(MAX_COST));
const costs = v.pipe(v.array(cost), v.maxLength(MAX_VALUES));
const alpha = v.pipe(v.number(), v.gtValue(0), v.maxValue(0.5));
const flat = v.pipe(v.record(nameSchema, text), v.maxEntries(1000));
const phase = v.optional(v.nullable(cost), null);

const limitSchema = v.variant('scale', [
  v.object({ scale: v.literal('ratio'), factor: v.pipe(cost, v.gtValue(0)), text }),
  v.object({
    scale: v.literal('difference'),
    amount: signed,
    unit: v.picklist(['ms', 'bytes']),
    text,
  }),
]);

const ascending = v.check<number[], string>(
  (schedule) => schedule.every((n, index) => n > (index === 0 ? 0 : (schedule[index - 1] ?? 0))),
  'ascending numbers of blocks',
);

/** Looks that are absent, as an empty schedule says, are planned anew from the config. */
const looksSchema = v.object({
  schedule: v.optional(v.pipe(v.array(whole), v.maxLength(10_000), ascending), []),
  early: v.optional(v.pipe(v.array(whole), v.maxLength(100), ascending)),
  alphaFail: v.optional(alpha, 0.01),
  alphaPass: v.optional(alpha, 0.05),
  comparisons: v.optional(
    v.pipe(
      v.array(
        v.object({
          function: nameSchema,
          isolation: nameSchema,
          metric: v.picklist([...METRICS, 'control'] as const),
          kind: v.picklist(['budget', 'regression', 'drift']),
          limit: limitSchema,
        }),
      ),
      v.maxLength(1_000_000),
    ),
    [],
  ),
});

const probeSchema = v.object({
  isolation: nameSchema,
  type: v.picklist(Object.keys(ISOLATION_FAMILIES) as IsolationType[]),
  usable: v.boolean(),
  version: v.optional(v.nullable(text), null),
  reason: v.optional(v.nullable(text), null),
  fix: v.optional(v.nullable(text), null),
  accelerator: v.optional(v.nullable(v.picklist(['kvm', 'tcg'])), null),
  emulated: v.optional(v.boolean(), false),
  provedMs: v.optional(v.nullable(cost), null),
  notes: v.optional(v.array(text), []),
});

const commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/));
const changeSchema = v.object({
  head: v.nullable(commit),
  base: commit,
  basis: v.picklist(['merge-parent', 'merge-base', 'given']),
  functions: v.pipe(
    v.record(
      nameSchema,
      v.variant('state', [
        v.object({ state: v.literal('beside'), digest: text }),
        v.object({ state: v.literal('same-image'), digest: text }),
        v.object({
          state: v.picklist(['not-built', 'not-running']),
          reason: text,
          own: v.exactOptional(v.literal(true)),
        }),
      ]),
    ),
    v.maxEntries(1000),
  ),
});

const waiverSchema = v.object({
  function: nameSchema,
  isolation: nameSchema,
  metric: v.picklist([...METRICS, 'control'] as const),
  kind: v.picklist(['budget', 'regression']),
  limit: limitSchema,
  reason: text,
  owner: text,
  expires: v.pipe(v.string(), v.isoDate()),
  leaving: v.exactOptional(v.literal(true)),
});

/** The header is read strictly, because it holds what decides. `baseline` and `pinned` are checked record by record. */
export const headerSchema = v.object({
  type: v.literal('header'),
  schema: v.literal('isogate.samples/1'),
  runId: v.optional(nameSchema, 'unknown'),
  sealedBy: v.exactOptional(nameSchema),
  workflow: v.exactOptional(
    v.object({
      repository: nameSchema,
      run: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
      attempt: v.pipe(whole, v.minValue(1)),
      pullRequest: v.nullable(v.pipe(whole, v.minValue(1))),
      baseRef: v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(300))),
    }),
  ),
  attempt: v.optional(v.pipe(whole, v.minValue(1)), 1),
  unseenAttempts: v.exactOptional(v.pipe(whole, v.minValue(1), v.maxValue(20))),
  gate: v.optional(nameSchema, 'isogate'),
  commit: v.optional(v.nullable(commit)),
  config: v.record(v.string(), v.unknown()),
  looks: v.optional(looksSchema, {}),
  baseline: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(10_000)), []),
  pinned: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(10_000))),
  fingerprint: v.optional(flat, {}),
  startedAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  change: v.optional(changeSchema),
  missing: v.optional(v.object({ base: v.exactOptional(text), baseline: v.exactOptional(text) })),
  waivers: v.optional(v.pipe(v.array(waiverSchema), v.maxLength(1000))),
  seed: v.optional(v.pipe(v.number(), v.finite()), 0),
  probe: v.optional(v.pipe(v.array(probeSchema), v.maxLength(1000))),
  measured: v.optional(
    v.object({
      parts: v.pipe(v.array(v.pipe(v.array(nameSchema), v.maxLength(1_000_000))), v.maxLength(1000)),
      hadBaseline: v.boolean(),
    }),
  ),
});

/** Only the report shows these: a value of another shape is left out, not refused. */
export const imagesSchema = v.record(nameSchema, v.object({ digest: text, runtime: text, source: v.optional(text) }));
export const hostSchema = v.object({
  cpuModel: text,
  cpus: whole,
  memoryBytes: cost,
  kernel: text,
  cgroup: v.picklist(['v1', 'v2', 'none']),
  virtualised: v.nullable(text),
  mitigations: flat,
  loadAverage: cost,
  warnings: v.array(v.object({ code: text, message: text })),
});

export const evidenceSchema = v.object({ host: flat, guest: flat, contradictions: v.array(text) });
export const hostSampleSchema = v.pipe(v.record(nameSchema, signed), v.maxEntries(1000));

/** Zero is no usable number, as if the key were missing. */
export const isFastEnough = ({ throughput_per_s: perSecond = 0 }: Record<string, number>): boolean =>
  perSecond === 0 || perSecond >= MIN_THROUGHPUT;

const fastEnough = v.check<Record<string, number>, string>(
  isFastEnough,
  `throughput_per_s of 0, or at least ${MIN_THROUGHPUT}`,
);

const indices = v.pipe(v.array(whole), v.maxLength(MAX_VALUES));
export const DIGEST = /^[0-9a-f]{8,64}$/;
const digest = v.pipe(v.string(), v.regex(DIGEST));
/** Cut, not refused, as it is the function's own text. */
const excerpt = v.pipe(
  v.string(),
  v.transform((value) => value.slice(0, 1000)),
);

interface Indices {
  sent: number[];
  events: number;
  digests?: string[];
  given?: number[];
}

export const areInside = ({ sent, events, digests = [], given = [] }: Indices): boolean =>
  sent.every((event) => event < events) &&
  given.length <= sent.length &&
  given.every((index) => index < digests.length);

const isInside = v.check<Indices, string>(areInside, 'indices of events and digests that are there');

const answersSchema = v.pipe(
  v.object({
    events: v.pipe(whole, v.minValue(1)),
    sent: indices,
    digests: v.exactOptional(v.pipe(v.array(digest), v.maxLength(MAX_VALUES))),
    given: v.exactOptional(indices),
    varied: v.exactOptional(whole),
    excerpts: v.exactOptional(
      v.pipe(v.array(v.object({ event: whole, file: text, digest, text: excerpt })), v.maxLength(100)),
    ),
  }),
  isInside,
);

export const instanceSchema = v.object({
  type: v.literal('instance'),
  block: whole,
  position: v.optional(whole, 0),
  function: nameSchema,
  revision: v.optional(v.picklist(REVISIONS), 'head'),
  isolation: nameSchema,
  arm: v.picklist(ARM_ROLES),
  status: v.picklist(INSTANCE_STATUSES),
  phase: v.optional(v.picklist(INSTANCE_PHASES)),
  error: v.optional(message),
  phases_ms: v.optional(
    v.object({ spawned: v.optional(phase), created: phase, booted: phase, ready: phase, first_response: phase }),
    {},
  ),
  metrics: v.optional(v.pipe(v.record(nameSchema, cost), v.maxEntries(100), fastEnough), {}),
  repeat: v.optional(v.pipe(whole, v.minValue(1)), 1),
  warmup_ms: v.optional(costs, []),
  latency_ms: v.optional(costs, []),
  tail_ms: v.optional(costs),
  emulated: v.optional(v.boolean()),
  answers: v.optional(answersSchema),
});

const armSchema = v.object({
  isolation: nameSchema,
  arm: v.picklist(ARM_ROLES),
  revision: v.optional(v.picklist(REVISIONS), 'head'),
});

export const blockSchema = v.object({
  type: v.literal('block'),
  function: nameSchema,
  block: whole,
  arms: v.pipe(v.array(armSchema), v.minLength(1), v.maxLength(1000)),
  orientation: v.exactOptional(v.literal(true)),
});

/** Of the pilot's results the horizon decides something, and what does not fit explains why nothing was measured. */
export const calibrationSchema = v.object({
  type: v.literal('calibration'),
  function: nameSchema,
  blocks: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(1_000_000))),
  unfit_ms: v.optional(v.pipe(v.record(nameSchema, cost), v.maxEntries(1000))),
  stopped_ms: v.optional(v.pipe(v.record(nameSchema, cost), v.maxEntries(1000))),
});

/** Of a look only the isolations that it found futile decide anything. */
export const lookSchema = v.object({
  type: v.literal('look'),
  function: nameSchema,
  hopeless: v.optional(v.pipe(v.array(nameSchema), v.maxLength(1000)), []),
});

export const cutOffSchema = v.object({
  type: v.literal('cut-off'),
  function: nameSchema,
  budget_ms: cost,
  needed_ms: cost,
});

export const endSchema = v.object({
  type: v.literal('end'),
  reason: v.picklist(['decided', 'undecidable', 'cap', 'time', 'interrupted', 'failed']),
});
