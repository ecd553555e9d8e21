/** Flow part: the first line of the samples, and with it all that is declared before the first block. */

import { withBetweenRuns } from '../baseline/baseline-between-runs.ts';
import { selectBaseline } from '../baseline/select-baseline.ts';
import { declareLooks } from '../decide/circumstances.ts';
import type { HostClaim } from '../isolation/cleanup/claim-host.ts';
import type { BaselineRecord } from '../model/baseline.ts';
import type { Config } from '../model/config.ts';
import type { Fingerprint, HostFacts } from '../model/probe.ts';
import type { SamplesHeader } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import type { EarlierRun } from '../samples/read-samples.ts';
import { refuseOtherRun } from '../samples/refuse-other-run.ts';
import type { BuiltBase } from './base.ts';
import type { GateOptions } from './gate-options.ts';
import type { BuiltFunction } from './images.ts';
import type { Stored } from './read-stored.ts';

export interface HeaderFacts {
  config: Config;
  stored: Stored;
  /** Records of the pinned run. */
  pinned: BaselineRecord[];
  /** The attempt that is carried on: its looks, baseline and seed stand. */
  earlier: EarlierRun | null;
  claim: Pick<HostClaim, 'runId'>;
  proven: Pick<ProvenHost, 'probes' | 'host'>;
  built: BuiltFunction[];
  /** Null where there is no base to run beside the head. */
  base: BuiltBase | null;
  fingerprint: Fingerprint;
}

/** What is left of alpha after more of them is next to nothing anyway. */
const MOST_UNSEEN = 20;

/** @throws BadInputError where the earlier attempt had other images, or was measured elsewhere */
export function makeHeader(options: GateOptions, header: HeaderFacts): SamplesHeader {
  const { config, claim, proven, built, fingerprint } = header;
  const earlier = header.earlier?.samples.header;
  const images = imagesOf(built);
  if (earlier) refuseOtherRun(options.continueFrom, earlier, { images, fingerprint, probe: proven.probes });
  const change = header.base?.change ?? null;
  if (earlier) refuseOtherRun(options.continueFrom, earlier, { change, waivers: config.waivers });
  const { stored } = header;
  const history = [stored.records, stored.ancestors] as const;
  const pinned = earlier?.pinned ?? withBetweenRuns(header.pinned, ...history);
  const unseenAttempts = earlier ? (earlier.unseenAttempts ?? 0) : Math.min((options.attempt ?? 1) - 1, MOST_UNSEEN);
  const facts = {
    gate: config.name,
    ...(unseenAttempts > 0 && { unseenAttempts }),
    startedAt: new Date().toISOString(),
    ...(config.waivers.length > 0 && { waivers: config.waivers }),
    probe: proven.probes,
    baseline:
      earlier?.baseline ??
      withBetweenRuns(selectBaseline(stored.records, config.name, fingerprint, stored.ancestors), ...history),
    fingerprint,
    ...(change && { change }),
    ...(pinned.length > 0 && { pinned }),
  };
  return {
    type: 'header',
    schema: 'isogate.samples/1',
    runId: claim.runId,
    attempt: earlier ? earlier.attempt + 1 : (options.attempt ?? 1),
    commit: options.revisions?.head ?? null,
    config: config.document,
    looks: earlier?.looks ?? declareLooks(config, facts),
    ...facts,
    seed: options.seed ?? earlier?.seed ?? Math.floor(Math.random() * 2 ** 31),
    images,
    host: withoutDetails(proven.host),
  };
}

/** Samples are published; what else runs on the machine is not their business. */
const withoutDetails = ({ details: _, ...host }: HostFacts): HostFacts => host;

const imagesOf = (built: BuiltFunction[]): NonNullable<SamplesHeader['images']> =>
  Object.fromEntries(
    built.flatMap(({ config, image }) =>
      image
        ? [
            [
              config.name,
              {
                digest: image.digest,
                runtime: `${image.runtime.name} ${image.runtime.version}`,
                source: image.source,
              },
            ],
          ]
        : [],
    ),
  );
