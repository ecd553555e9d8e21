/** Flow part: after every block, which isolations need more of them; what changed is written down. */

import { ONE_ATTEMPT } from '../decide/attempts.ts';
import { type Standing, standingOf } from '../decide/standing.ts';
import type { StoppingDecision } from '../measure/function-measurement.ts';
import type { Config } from '../model/config.ts';
import type { LookRecord } from '../model/samples.ts';
import type { SamplesWriter } from '../samples/samples-writer.ts';
import { ATTEMPT_SHARE, alphaShare } from '../stats/alpha-spending.ts';

export interface StandingsJob {
  config: Config;
  writer: SamplesWriter;
  log: (line: string) => void;
}

/** @param settled isolations that earlier attempts decided */
export function followStandings(
  job: StandingsJob,
  name: string,
  settled: ReadonlySet<string>,
): { onBlock: (blocks: number, blocksLeft: number) => Promise<StoppingDecision>; hasHopeless: () => boolean } {
  const { config, writer, log } = job;
  const { looks, change } = writer.samples().header;
  const declared = new Set(looks.comparisons.filter((one) => one.function === name).map(({ isolation }) => isolation));
  // The control alone is measured on only for its own regression.
  const idle = declared.has(config.control) && !settled.has(config.control) ? [] : [config.control];
  const isSettled = change?.functions[name]?.state === 'same-image';
  /** For good: what is once left out gets no more blocks in this attempt. */
  const out = new Map<string, Exclude<Standing['state'], 'open'>>();

  const dropped = (): string[] => [...out.keys()];
  const hopeless = (): string[] => dropped().filter((isolation) => out.get(isolation) === 'hopeless');

  return {
    hasHopeless: () => hopeless().length > 0,
    async onBlock(blocks, blocksLeft) {
      // Nothing to decide is nothing decided: the cap or the time ends it, and the report shows what was found. But where
      // only growth was to be decided, and there is nothing that could have grown, a few blocks show that.
      if (declared.size === 0 || blocks < config.measure.minBlocks)
        return { drop: new Set(idle), isOver: isSettled && blocks >= config.measure.minBlocks };
      const before = out.size;
      const standings = standingOf(writer.samples(), config, name, blocksLeft).filter(
        ({ isolation }) => !idle.includes(isolation),
      );
      for (const standing of standings) leaveOut(standing, blocks);
      const isOver = standings.every(({ isolation, state }) => state !== 'open' || out.has(isolation));
      if (isOver || out.size > before || looks.schedule.includes(blocks)) await writer.write(lookAt(blocks));
      if (isOver)
        log(
          `${name} · ${hopeless().length > 0 ? 'nothing more can be decided' : 'everything decided'} after ${blocks} blocks`,
        );
      return { drop: new Set([...dropped(), ...idle]), isOver };
    },
  };

  function leaveOut({ isolation, state }: Standing, blocks: number): void {
    if (state === 'open' || out.has(isolation)) return;
    if (state === 'ungated' && blocks < (looks.schedule[0] ?? 1)) return;
    out.set(isolation, state);
    if (state !== 'ungated') log(`${name} · ${isolation}: ${WORDS[state]}, after ${blocks} blocks`);
  }

  function lookAt(n: number): LookRecord {
    const attempts = writer.samples().plans?.get(name) ?? [ONE_ATTEMPT];
    const before = attempts.at(-2)?.until ?? 0;
    const horizon = attempts.at(-1)?.horizon ?? looks.schedule.at(-1) ?? n;
    const earlier = attempts.length > 1 ? ATTEMPT_SHARE : 0;
    const share = earlier + (1 - earlier) * ATTEMPT_SHARE * alphaShare((n - before) / (horizon - before));
    const alphaSpent = { fail: looks.alphaFail * share, pass: looks.alphaPass * share };
    return { type: 'look', function: name, n, alphaSpent, dropped: dropped(), hopeless: hopeless() };
  }
}

const WORDS = { decided: 'decided', hopeless: 'undecided, and would be at the end of the time' } as const;
