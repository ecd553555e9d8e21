import type { Config } from '../model/config.ts';
import type { InstanceRecord, Looks, SamplesHeader } from '../model/samples.ts';
import type { Warning } from '../model/warnings.ts';
import { declareLooks } from './circumstances.ts';

/** A plan of more looks than this costs only time. */
const MOST_LOOKS = 100;

/**
 * The looks by which samples are decided. Levels are always ours: a file could otherwise grant itself a pass, or hide a
 * fail. A schedule of the header stands where it ends at `max_blocks`: whatever its points, no more than our alpha is
 * spent at them. With `replan` only the configuration counts.
 * @throws BadInputError where measure.max_blocks can decide nothing
 */
export const looksOf = (
  header: SamplesHeader,
  config: Config,
  instances: InstanceRecord[],
  replan: boolean,
): { looks: Looks; warnings: Warning[] } => {
  const planned = declareLooks(config, header, instances);
  const { schedule, alphaFail, alphaPass, comparisons } = header.looks;
  if (replan) return { looks: planned, warnings: [] };
  const isValid = schedule.length <= MOST_LOOKS && schedule.at(-1) === config.measure.maxBlocks;
  const looks = {
    ...planned,
    ...(isValid && { schedule }),
    ...(comparisons.length > 0 && { comparisons }),
  };
  const ignored = [
    ...(alphaFail === planned.alphaFail ? [] : [`alphaFail ${alphaFail} (${planned.alphaFail} is used)`]),
    ...(alphaPass === planned.alphaPass ? [] : [`alphaPass ${alphaPass} (${planned.alphaPass} is used)`]),
    ...(isValid || schedule.length === 0
      ? []
      : [`schedule (it is planned from measure.max_blocks, ${config.measure.maxBlocks}, instead)`]),
  ];
  const message = `the header's looks were left out as far as they are not this program's: ${ignored.join(', ')}`;
  return { looks, warnings: ignored.length > 0 ? [{ code: 'looks-ignored', message }] : [] };
};
