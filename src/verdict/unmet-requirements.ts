import type { Config, ProbeResult } from '../types.ts';
import { type Obstacle, unusable } from './find-obstacle.ts';

/**
 * Required isolations that cannot run here and that no gated comparison speaks of, because nothing of them has a limit:
 * they hold up the run all the same.
 */
export const unmetRequirements = (
  config: Pick<Config, 'isolations' | 'control'>,
  probe: ProbeResult[],
  gated: ReadonlySet<string>,
): Obstacle[] =>
  config.isolations
    .filter(({ name, required }) => required && !gated.has(name))
    .flatMap(({ name }) => {
      const found = probe.find((result) => result.isolation === name);
      return found !== undefined && !found.usable ? [unusable(config, name, found)] : [];
    });
