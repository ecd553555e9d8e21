/** The stopping rule: after every block, which isolations of a function need more of them. Its looks go into the samples. */

import { earlyShareSpent, shareOfRanks } from '../decide/early-looks.ts';
import type { FollowedRun } from '../decide/follow-run.ts';
import { ONE_ATTEMPT } from '../decide/plan-attempts.ts';
import { type IsolationState, judgeIsolations } from '../decide/stopping-rule.ts';
import { once } from '../lib/once.ts';
import type { StoppingDecision } from '../measure/function-measurement.ts';
import type { Config } from '../model/config.ts';
import type { FunctionProgress, IsolationProgress } from '../model/progress.ts';
import type { LookRecord } from '../model/samples.ts';
import type { SamplesWriter } from '../samples/samples-writer.ts';
import { ATTEMPT_SHARE, alphaShare } from '../stats/group-sequential.ts';

export interface StoppingRule {
  onBlock(blocks: number, blocksLeft: number): Promise<StoppingDecision>;
  /** An isolation was given up, because the blocks that were left could not have decided it, or none ever can. */
  hasFutile(): boolean;
  /** What is known of the isolations, as of the last block. */
  isolations(): IsolationProgress[];
  findWidest: FunctionProgress['findWidest'];
}

type Dropped = Exclude<IsolationState['state'], 'open'>;

/**
 * @param followed shared by all functions of the run
 * @param settled isolations that earlier attempts decided
 */
export function createStoppingRule(
  name: string,
  config: Config,
  writer: SamplesWriter,
  followed: FollowedRun,
  settled: ReadonlySet<string>,
  log: (line: string) => void,
): StoppingRule {
  const { header } = writer.samples();
  const { looks } = header;
  const isEarly = (looks.early ?? []).length > 0;
  const declared = new Set(looks.comparisons.filter((one) => one.function === name).map(({ isolation }) => isolation));
  // The control alone needs blocks of its own only where its own regression is to be decided.
  const idle = declared.has(config.control) && !settled.has(config.control) ? [] : [config.control];
  const hasSameImage = header.change?.functions[name]?.state === 'same-image';
  /** Isolations that get no more blocks in this attempt; none of them comes back. */
  const dropped = new Map<string, { state: Dropped; blocks: number }>();
  let isBlocked = false;
  let findWidest: FunctionProgress['findWidest'] = () => null;

  const listFutile = (): string[] => [...dropped].filter(([, { state }]) => state === 'futile').map(([name]) => name);

  return {
    hasFutile: () => isBlocked || listFutile().length > 0,
    findWidest: () => findWidest(),
    isolations: () => config.isolations.flatMap((one) => tellIsolation(one.name)),
    async onBlock(blocks, blocksLeft) {
      // Where no comparison is declared, max_blocks or the time ends the measurement, and the report shows what was found.
      // A few blocks are enough where only growth was to be decided and the image is the base's own.
      if (declared.size === 0 || blocks < config.measure.minBlocks)
        return { drop: new Set(idle), isOver: hasSameImage && blocks >= config.measure.minBlocks };
      const before = dropped.size;
      const run = judgeIsolations(followed.look(writer.byFunction(), name), config, name, blocksLeft);
      findWidest = once(run.findWidest);
      const standings = run.states.filter(({ isolation }) => !idle.includes(isolation));
      for (const standing of standings) drop(standing, blocks);
      const isOver = standings.every(({ isolation, state }) => state !== 'open' || dropped.has(isolation));
      if (isOver || dropped.size > before || looks.schedule.includes(blocks) || looks.early?.includes(blocks))
        await writer.write(describeLook(blocks));
      // An obstacle, as answers that differ, leaves an isolation without a gated comparison.
      isBlocked = standings.some(({ isolation, state }) => state === 'ungated' && declared.has(isolation));
      return { drop: new Set([...dropped.keys(), ...idle]), isOver };
    },
  };

  function drop({ isolation, state }: IsolationState, blocks: number): void {
    if (state === 'open' || dropped.has(isolation)) return;
    if (state === 'ungated' && blocks < (looks.schedule[0] ?? 1)) return;
    dropped.set(isolation, { state, blocks });
    if (state === 'futile')
      log(`${name} · ${isolation}: given up after ${blocks} blocks, because the time left cannot decide it`);
  }

  function tellIsolation(isolation: string): IsolationProgress[] {
    if (!declared.has(isolation) || idle.includes(isolation)) return [];
    if (settled.has(isolation)) return [{ isolation, state: 'decided', blocks: null }];
    const { state, blocks } = dropped.get(isolation) ?? { state: 'open', blocks: null };
    return state === 'ungated' ? [] : [{ isolation, state, blocks }];
  }

  function describeLook(n: number): LookRecord {
    const attempts = writer.samples().plans?.get(name) ?? [ONE_ATTEMPT];
    const before = attempts.at(-2)?.until ?? 0;
    const horizon = attempts.at(-1)?.horizon ?? looks.schedule.at(-1) ?? n;
    const earlier = attempts.length > 1 ? ATTEMPT_SHARE : 0;
    const ofRanks = earlier + (1 - earlier) * ATTEMPT_SHARE * alphaShare((n - before) / (horizon - before));
    const shareOf = (outcome: 'fail' | 'pass'): number =>
      isEarly ? earlyShareSpent(outcome, n) + shareOfRanks(outcome) * ofRanks : ofRanks;
    return {
      type: 'look',
      function: name,
      n,
      alphaSpent: { fail: looks.alphaFail * shareOf('fail'), pass: looks.alphaPass * shareOf('pass') },
      dropped: [...dropped.keys()],
      hopeless: listFutile(),
    };
  }
}
