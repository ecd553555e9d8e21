/** Flows that decide again from samples files alone: `isogate replay` and `isogate export`. */

import { loadConfig } from '../config/load-config.ts';
import { decide } from '../decide/decide.ts';
import { chooseExitCode, findWorstVerdict } from '../decide/run-verdict.ts';
import { toActionBenchmark } from '../export/to-action-benchmark.ts';
import { toBmf } from '../export/to-bmf.ts';
import { toCsv } from '../export/to-csv.ts';
import { toOpenMetrics } from '../export/to-open-metrics.ts';
import { readSealKey } from '../host/seal-key.ts';
import type { Config } from '../model/config.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { findSamplesFile, readSamplesByFunction } from '../samples/read-samples.ts';
import { parseSamplesConfig } from '../samples/samples-config.ts';
import { checkSeal, explainSeal } from '../samples/seal.ts';

export interface DecidedFile {
  config: Config;
  verdict: VerdictDocument;
}

/**
 * Decides by the configuration in the header of the samples, or by one that replaces it. What else lies beside the file has
 * no influence.
 * @throws BadInputError where it is no samples file
 */
export async function decideFile(file: string, replacing: Config | null = null): Promise<DecidedFile> {
  const samples = await readSamplesByFunction(file);
  const config = parseSamplesConfig(samples, file, replacing);
  return { config, verdict: decide(samples, config, { replan: replacing !== null }) };
}

export interface ReplayOptions {
  /** An isogate.yml whose budgets and looks replace those of the headers. */
  config?: string;
  json?: boolean;
  /** Prints one line, given without its newline. */
  print: (line: string) => void;
}

/**
 * Decides again from samples files, one in memory at a time, and prints the verdicts in the order given: with `json` one
 * document a line.
 * @returns the exit code of the verdict that comes first in: fail, not-measured, inconclusive, pass
 * @throws BadInputError at the first file that is no samples file; those before it have been printed
 */
export async function replay(files: string[], options: ReplayOptions): Promise<number> {
  const replacing = options.config === undefined ? null : await loadConfig(options.config, { checkPaths: false });
  const decided: { verdict: VerdictDocument['verdict']; code: number }[] = [];
  for (const file of files) {
    const { verdict, config } = await decideFile(file, replacing);
    if (options.json === true) options.print(JSON.stringify(verdict));
    else
      for (const line of [...describeVerdict(file, verdict), await describeSeal(file)])
        options.print(makeVisible(line));
    decided.push({ verdict: verdict.verdict, code: chooseExitCode(verdict.verdict, config.failOn) });
  }
  const worst = findWorstVerdict(decided.map(({ verdict }) => verdict));
  const codes = decided.filter(({ verdict }) => verdict === worst).map(({ code }) => code);
  return Math.max(...codes, worst === 'not-measured' ? 3 : 0);
}

/** Names in samples may come from anybody: none of their characters may move a terminal's cursor. */
const makeVisible = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');

/** A file that was copied from elsewhere is decided all the same: what its seal is worth is said. */
async function describeSeal(file: string): Promise<string> {
  const finding = await checkSeal(file, await readSealKey());
  const why = explainSeal(finding);
  return why === null ? '  seal: whole, of this machine' : `  seal: not proven here: ${why}`;
}

/** The verdict first, then one line for each comparison, and one on why its overhead grew. */
const describeVerdict = (file: string, document: VerdictDocument): string[] => [
  `${file}: ${document.verdict}`,
  ...document.comparisons.flatMap((c) => [
    `  ${c.verdict}${c.gated ? '' : ' (not gated)'}  ${c.function}/${c.isolation} ${c.metric} ${c.kind}: ${c.reason}`,
    ...(c.attribution === undefined ? [] : [`    why: ${c.attribution.summary}`]),
  ]),
  ...document.warnings.map(({ message }) => `  warning: ${message}`),
];

const RENDERERS = {
  bmf: toBmf,
  'github-action-benchmark': toActionBenchmark,
  openmetrics: toOpenMetrics,
  csv: toCsv,
} as const satisfies Record<string, (verdict: VerdictDocument) => string>;

export type ExportFormat = keyof typeof RENDERERS;

/** @param path a run's directory, or its samples file @throws BadInputError where it cannot be read */
export async function exportRun(path: string, format: ExportFormat): Promise<string> {
  const { verdict } = await decideFile(await findSamplesFile(path));
  return RENDERERS[format](verdict);
}
