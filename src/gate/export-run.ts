/** Flow: `isogate export`. A run's verdict, decided again from its samples, in the form of another tool. */

import { decide } from '../decide/decide.ts';
import { toActionBenchmark } from '../export/to-action-benchmark.ts';
import { toBmf } from '../export/to-bmf.ts';
import { toCsv } from '../export/to-csv.ts';
import { toOpenMetrics } from '../export/to-open-metrics.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { findSamplesFile, readSamples } from '../samples/read-samples.ts';
import { parseSamplesConfig } from '../samples/samples-config.ts';

const RENDERERS = {
  bmf: toBmf,
  'github-action-benchmark': toActionBenchmark,
  openmetrics: toOpenMetrics,
  csv: toCsv,
} as const satisfies Record<string, (verdict: VerdictDocument) => string>;

export type ExportFormat = keyof typeof RENDERERS;

/** @param path a run's directory, or its samples file @throws BadInputError where it cannot be read */
export async function exportRun(path: string, format: ExportFormat): Promise<string> {
  const file = await findSamplesFile(path);
  const samples = await readSamples(file);
  return RENDERERS[format](decide(samples, parseSamplesConfig(samples, file)));
}
