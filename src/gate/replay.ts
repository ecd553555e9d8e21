import { loadConfig } from '../config/load-config.ts';
import { decide } from '../decide/decide.ts';
import { exitCodeOf } from '../decide/exit-code.ts';
import { worstVerdict } from '../decide/run-verdict.ts';
import type { VerdictDocument } from '../model/verdict.ts';
import { readSamples } from '../samples/read-samples.ts';
import { parseSamplesConfig } from '../samples/samples-config.ts';

export interface ReplayOptions {
  /** An isogate.yml whose budgets and looks replace those of the headers. */
  config?: string;
  json?: boolean;
  /** One line, without its newline. */
  print: (line: string) => void;
}

/** Names in the samples are somebody else's: nothing in them moves a cursor. */
const visible = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');

/** Verdict first, then a line a comparison, and one on why it grew. */
const describe = (file: string, document: VerdictDocument): string[] => [
  `${file}: ${document.verdict}`,
  ...document.comparisons.flatMap((c) => [
    `  ${c.verdict}${c.gated ? '' : ' (not gated)'}  ${c.function}/${c.isolation} ${c.metric} ${c.kind}: ${c.reason}`,
    ...(c.attribution === undefined ? [] : [`    why: ${c.attribution.summary}`]),
  ]),
  ...document.warnings.map(({ message }) => `  warning: ${message}`),
];

/**
 * Decides again from samples files alone, one file in memory at a time, and prints in the order given: with `json` one
 * verdict document a line. The exit code is that of the verdict that comes first in: fail, not-measured, inconclusive, pass.
 * @throws BadInputError at the first file that is no samples file; those before it have been printed
 */
export const replay = async (files: string[], options: ReplayOptions): Promise<number> => {
  const replacing = options.config === undefined ? null : await loadConfig(options.config, { checkPaths: false });
  const decided: { verdict: VerdictDocument['verdict']; code: number }[] = [];
  for (const file of files) {
    const samples = await readSamples(file);
    const config = parseSamplesConfig(samples, file, replacing);
    const document = decide(samples, config, { replan: replacing !== null });
    for (const line of options.json === true ? [JSON.stringify(document)] : describe(file, document).map(visible))
      options.print(line);
    decided.push({ verdict: document.verdict, code: exitCodeOf(document.verdict, config.failOn) });
  }
  const worst = worstVerdict(decided.map(({ verdict }) => verdict));
  return Math.max(
    ...decided.filter(({ verdict }) => verdict === worst).map(({ code }) => code),
    worst === 'not-measured' ? 3 : 0,
  );
};
