import { median } from 'simple-statistics';
import { findWorstVerdict } from '../decide/run-verdict.ts';
import type { Metric, RunVerdict } from '../model/metrics.ts';
import type { InstanceRecord, Samples } from '../model/samples.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import { metricValue } from '../samples/metric-value.ts';

/** One metric of one row: its overhead, the limit of that, and its absolute size. */
export interface Cell {
  comparison: ComparisonVerdict | null;
  /** Ratio of the medians, where no comparison was decided: shown with `~`. */
  rough: number | null;
  absolute: number | null;
}

/** The message itself is told once. */
export const BUILD_FAILED = 'its build failed: see “Instances that failed”';

export interface Row {
  function: string;
  isolation: string;
  control: boolean;
  /** Asked for with `required: true`. */
  required: boolean;
  emulated: boolean;
  cells: Record<'latency' | 'cold_start' | 'memory' | 'memory_peak', Cell>;
  /** How the peak of memory was read: `kernel`, or `sampled every 5 ms`. */
  peakSource: string;
  comparisons: ComparisonVerdict[];
  verdict: RunVerdict | 'control' | 'not-gated';
  /** Why nothing, or too little, was measured; null otherwise. */
  reason: string | null;
  /** The function's image could not be built: what its build said. */
  buildFailure: string | null;
}

export function controlName(samples: Samples): string {
  const named = samples.header.config['control'];
  return typeof named === 'string'
    ? named
    : (samples.instances.find((instance) => instance.arm === 'control')?.isolation ?? 'native');
}

function isRequired(isolation: string, { header }: Samples): boolean {
  const isolations = Object(header.config['isolations']) as Record<string, unknown>;
  return Object(isolations[isolation])['required'] === true;
}

/** Median over instances in ms, bytes or 1/s: what a reader compares with the world outside. Nothing is decided from it. */
function computeMedian(instances: InstanceRecord[], metric: Metric): number | null {
  const values = instances.map((instance) => metricValue(instance, metric)).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}

const listKeys = (value: unknown): string[] => (value && typeof value === 'object' ? Object.keys(value) : []);

/** A row for each function and isolation of the configuration, measured or not, in its order. */
export function buildRows(verdict: VerdictDocument, samples: Samples): Row[] {
  const { config, probe } = samples.header;
  const seen = [...samples.instances, ...verdict.comparisons];
  const functions = new Set([...listKeys(config['functions']), ...seen.map((one) => one.function)]);
  const isolations = new Set([
    ...listKeys(config['isolations']),
    ...(probe ?? []).map((one) => one.isolation),
    ...seen.map((one) => one.isolation),
  ]);
  return [...functions].flatMap((name) =>
    [...isolations].map((isolation) => buildRow(name, isolation, verdict, samples)),
  );
}

function buildRow(name: string, isolation: string, verdict: VerdictDocument, samples: Samples): Row {
  const control = isolation === controlName(samples);
  const own = (instance: InstanceRecord): boolean =>
    instance.function === name && instance.revision === 'head' && instance.status === 'ok';
  const measured = samples.instances.filter((one) => own(one) && one.isolation === isolation && one.arm !== 'twin');
  const controls = samples.instances.filter((one) => own(one) && one.arm === 'control');
  const comparisons = verdict.comparisons.filter((one) => one.function === name && one.isolation === isolation);
  const probed = samples.header.probe?.find((one) => one.isolation === isolation);
  const gated = comparisons.filter((one) => one.gated);
  const cell = (metric: Metric): Cell => buildCell(metric, control, comparisons, measured, controls);
  return {
    function: name,
    isolation,
    control,
    required: isRequired(isolation, samples),
    emulated: probed?.emulated === true || [...comparisons, ...measured].some((one) => one.emulated === true),
    cells: {
      latency: cell('latency'),
      cold_start: cell('cold_start'),
      memory: cell('memory'),
      memory_peak: cell('memory_peak'),
    },
    peakSource: findPeakSource(measured),
    comparisons,
    verdict: findWorstVerdict(gated.map((one) => one.verdict)) ?? rowWithoutGate(control, measured),
    buildFailure: findBuildFailure(name, samples),
    reason: measured.length > 0 ? null : whyNothing(name, isolation, comparisons, samples),
  };
}

/** Sampled where a part of the instances was. */
const findPeakSource = (measured: InstanceRecord[]): string =>
  measured.map(({ evidence }) => evidence?.host['memory_peak']).find((source) => source && source !== 'kernel') ??
  'kernel';

function buildCell(
  metric: Metric,
  control: boolean,
  comparisons: ComparisonVerdict[],
  measured: InstanceRecord[],
  controls: InstanceRecord[],
): Cell {
  const budgets = comparisons.filter((one) => one.metric === metric && one.kind === 'budget');
  const comparison = budgets.find((one) => one.gated) ?? budgets[0] ?? null;
  const absolute = computeMedian(measured, metric);
  const base = computeMedian(controls, metric);
  const rough = control || absolute === null || !base ? null : absolute / base;
  return { comparison, rough, absolute };
}

const rowWithoutGate = (control: boolean, measured: InstanceRecord[]): Row['verdict'] => {
  if (measured.length === 0) return 'not-measured';
  return control ? 'control' : 'not-gated';
};

function findBuildFailure(name: string, { instances }: Samples): string | null {
  const failed = instances.find((one) => one.function === name && one.phase === 'build');
  return failed ? (failed.error ?? 'no message') : null;
}

function whyNothing(name: string, isolation: string, comparisons: ComparisonVerdict[], samples: Samples): string {
  const probed = samples.header.probe?.find((one) => one.isolation === isolation);
  if (probed && !probed.usable) return [probed.reason, probed.fix].filter(Boolean).join('; fix: ') || 'cannot run here';
  if (findBuildFailure(name, samples) !== null) return BUILD_FAILED;
  const failed = samples.instances.find((one) => one.function === name && one.isolation === isolation && one.error);
  if (failed) return `${failed.status}: ${failed.error}`;
  return comparisons.find((one) => one.reason !== '')?.reason ?? 'no instance was started';
}
