import { planComparisons } from './circumstances.ts';
import { decideComparison } from './decide-comparison.ts';
import { looksOf } from './decide-looks.ts';
import { controlDrifts, speedUps, twinNoise } from './decide-noise.ts';
import { completeBlocks } from './measure/complete-blocks.ts';
import { groupBlocks } from './stats/group-blocks.ts';
import type { Config, Samples, VerdictDocument, Warning } from './types.ts';
import { armFacts } from './verdict/arm-facts.ts';
import { controlDriftWarnings } from './verdict/control-drift.ts';
import { fasterThanControl } from './verdict/faster-than-control.ts';
import { runVerdictOf } from './verdict/run-verdict.ts';
import { unmetRequirements } from './verdict/unmet-requirements.ts';

export interface DecideOptions {
  /** False while the run goes on: only the looks that are due. Default true: the end, where all of alpha may be spent. */
  final?: boolean;
  /** Plan looks and family from `config` instead of taking those of the header (replay with another config). */
  replan?: boolean;
}

const unique = (warnings: Warning[]): Warning[] => [
  ...new Map(warnings.map((w) => [`${w.code} ${w.message}`, w])).values(),
];

const sampleWarnings = (samples: Samples, config: Config, incomplete: number, cap: number): Warning[] => {
  const { tornLines, unknownLines } = samples.ignored;
  const known = new Set(config.functions.map(({ name }) => name));
  const isolations = new Set(config.isolations.map(({ name }) => name));
  const strangers = new Set(
    samples.instances
      .filter((record) => !known.has(record.function) || !isolations.has(record.isolation))
      .map((record) => `${record.function}/${record.isolation}`),
  );
  const beyond = [...groupBlocks(samples.instances)].filter(([, blocks]) => blocks.length > cap);
  const worked = new Set(samples.instances.filter(({ status }) => status === 'ok').map(({ isolation }) => isolation));
  const contradicted = (samples.header.probe ?? [])
    .filter(({ isolation, usable }) => !usable && worked.has(isolation))
    .map(({ isolation }) => isolation);
  const all: [boolean, string, string][] = [
    [tornLines > 0, 'torn-lines', `${tornLines} torn line at the end of the samples was left out`],
    [unknownLines > 0, 'unknown-lines', `${unknownLines} lines of unknown type in the samples were left out`],
    [incomplete > 0, 'incomplete-blocks', `${incomplete} incomplete blocks were left out`],
    [
      strangers.size > 0,
      'unknown-arms',
      `not in the configuration and left out: ${[...strangers].slice(0, 10).join(', ')}`,
    ],
    [
      beyond.length > 0,
      'blocks-beyond-cap',
      `${beyond.map(([name]) => name).join(', ')}: blocks after number ${cap} were left out`,
    ],
    [
      contradicted.length > 0,
      'probe-contradicted',
      `the header says that they cannot run, but instances of them ended well: ${contradicted.join(', ')}; they are gated as usual`,
    ],
    [samples.end?.reason === 'interrupted', 'interrupted', 'the run was interrupted; decided on what it had'],
  ];
  return all.filter(([applies]) => applies).map(([, code, message]) => ({ code, message }));
};

/**
 * Samples and configuration to a verdict: the same for the run itself, while it goes on and at its end, and for a
 * replay of its file. Pure: no clock, no files.
 * @throws BadInputError where measure.max_blocks can decide nothing
 */
export const decide = (samples: Samples, config: Config, options: DecideOptions = {}): VerdictDocument => {
  const { final = true, replan = false } = options;
  const { header, ignored } = samples;
  const { instances, incomplete, incompleteByFunction } = completeBlocks(samples.instances, samples.blocks);
  const { looks, warnings: lookWarnings } = looksOf(header, config, instances, replan);
  const cap = looks.schedule.at(-1) ?? 0;
  const blocks = groupBlocks(instances);
  const planned = planComparisons(config, header, instances);
  const gated = planned.filter(({ obstacle }) => obstacle === null).map(({ declared }) => declared);
  // A file that declares fewer comparisons than its config holds, or more, gains nothing by it.
  const declared = Math.min(looks.comparisons.length, planned.length);
  const familySize = Math.max(declared, gated.length, 1);
  const used = (name: string) => (blocks.get(name) ?? []).slice(0, cap);
  const incompleteOf = (name: string) =>
    (ignored.incompleteByFunction?.get(name) ?? 0) + (incompleteByFunction.get(name) ?? 0);
  const comparisons = planned.map((comparison) =>
    decideComparison(comparison, {
      blocks: used(comparison.declared.function),
      incomplete: incompleteOf(comparison.declared.function),
      looks,
      familySize,
      gated,
      config,
      final,
    }),
  );
  const drifts = config.functions.flatMap((fn) => controlDrifts(fn.name, used(fn.name), config, header));
  const verdicts = comparisons.map(({ verdict }) => verdict);
  const arms = armFacts(instances, header.probe ?? []);
  const unmet = unmetRequirements(config, header.probe ?? [], arms, final ? instances : null);
  return {
    schema: 'isogate.verdict/1',
    verdict: runVerdictOf([...verdicts, ...unmet.map(() => ({ gated: true, verdict: 'not-measured' as const }))]),
    gate: header.gate,
    comparisons: verdicts,
    noise: twinNoise(new Map(config.functions.map((fn) => [fn.name, used(fn.name)])), gated),
    warnings: unique([
      ...controlDriftWarnings(drifts, verdicts),
      ...fasterThanControl(speedUps(used, gated, looks.alphaPass)),
      ...(config.warnings ?? []),
      ...planned.flatMap(({ obstacle }) => (obstacle === null ? [] : [obstacle.warning])),
      ...unmet.map(({ warning }) => warning),
      ...comparisons.flatMap(({ warnings }) => warnings),
      ...lookWarnings,
      ...sampleWarnings(samples, config, ignored.incompleteBlocks + incomplete, cap),
    ]),
  };
};

/** Where an isolation of one function stands while the run goes on. */
export interface Standing {
  isolation: string;
  state: 'open' | 'decided' | 'hopeless' | 'ungated';
}

/** One entry an isolation of the config, the control's for its own regression. */
export const standingOf = (samples: Samples, config: Config, functionName: string, _blocksLeft: number): Standing[] => {
  const { comparisons } = decide(samples, config, { final: false });
  return config.isolations.map(({ name: isolation }) => {
    const own = comparisons.filter((c) => c.function === functionName && c.isolation === isolation && c.gated);
    if (own.length === 0) return { isolation, state: 'ungated' };
    return { isolation, state: own.some((c) => c.verdict === 'inconclusive') ? 'open' : 'decided' };
  });
};

/** Whether a function needs no more blocks: none of its gated comparisons is open. For the run, after each look. */
export const isSettled = (document: VerdictDocument, functionName: string): boolean =>
  document.comparisons.every(
    (comparison) => comparison.function !== functionName || !comparison.gated || comparison.verdict !== 'inconclusive',
  );
