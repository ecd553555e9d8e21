/** The first line of the samples: everything that is declared before the first block. */

import { declareLooks } from '../decide/plan-looks.ts';
import type { SealKey } from '../host/seal-key.ts';
import type { Config } from '../model/config.ts';
import type { Fingerprint, HostFacts } from '../model/probe.ts';
import type { SamplesHeader, WorkflowRun } from '../model/samples.ts';
import type { ProvenHost } from '../probe/prove-host.ts';
import { type EarlierRun, readEarlier } from '../samples/read-samples.ts';
import { OtherRunError, refuseOtherRun } from '../samples/refuse-other-run.ts';
import { explainSeal } from '../samples/seal.ts';
import type { BuiltBase } from './base.ts';
import { type BuiltFunction, describeRuntime } from './images.ts';
import { chooseReferences, listMissing, type Stored } from './stored.ts';

/** The attempt that a run carries on: its looks, references and seed stay in force. */
export interface EarlierAttempt extends EarlierRun {
  path: string;
}

export interface HeaderFacts {
  config: Config;
  stored: Stored;
  earlier: EarlierAttempt | null;
  runId: string;
  proven: Pick<ProvenHost, 'probes' | 'host'>;
  built: BuiltFunction[];
  base: BuiltBase | null;
  fingerprint: Fingerprint;
  /** A change is judged against its base. */
  isChange: boolean;
  /** The commit under test, where it is known. */
  commit: string | null;
  /** Null outside of a workflow. */
  workflow: WorkflowRun | null;
  /** How many earlier attempts left nothing to carry on from, where nothing is carried on; null: those before `attempt`. */
  unseenAttempts: number | null;
  /** Number of this attempt where the caller knows it; null: the first, or the next after the earlier one. */
  attempt: number | null;
  seed: number | null;
  startedAt: Date;
}

/** After more unseen attempts than this next to nothing of alpha is left anyway. */
export const MOST_UNSEEN = 20;

/** What samples that are carried on must be of. */
interface EarlierWanted {
  config: Config;
  key: SealKey | null;
  workflow: WorkflowRun | null;
  commit: string | null;
}

/**
 * Reads the whole file at once, because the new samples may replace it. Samples that this machine did not seal could be
 * anybody's, and what they say would be decided without being measured.
 * @throws BadInputError
 */
export async function readEarlierAttempt(
  path: string | null,
  { config, key, workflow, commit }: EarlierWanted,
): Promise<EarlierAttempt | null> {
  if (path === null) return null;
  const earlier = await readEarlier(path, key);
  refuseOtherRun(path, earlier.samples.header, {
    gate: config.name,
    config: config.document,
    ...(workflow && { repository: workflow.repository, commit }),
  });
  const why = explainSeal(earlier.seal);
  if (why !== null)
    throw new OtherRunError(`--continue ${path}`, `${why}; accepted: samples as this machine’s own runs left them`);
  return { ...earlier, path };
}

/** @throws BadInputError where the earlier attempt had other images or another base, or was measured elsewhere */
export function makeHeader(known: HeaderFacts): SamplesHeader {
  const { config, proven, fingerprint } = known;
  const { waivers } = config;
  const images = describeImages(known.built);
  const change = known.base?.change ?? null;
  const earlier = known.earlier?.samples.header ?? null;
  const chosen = chooseReferences(known.stored, config.name, fingerprint);
  const missing = listMissing(known.stored, chosen.baseline, fingerprint, known.isChange);
  if (known.earlier !== null)
    refuseOtherRun(known.earlier.path, known.earlier.samples.header, {
      images,
      fingerprint,
      probe: proven.probes,
      change,
      missing,
      waivers,
    });
  const attempt = known.attempt ?? 1;
  const unseen = Math.min(known.unseenAttempts ?? attempt - 1, MOST_UNSEEN);
  const unseenAttempts = earlier === null ? unseen : (earlier.unseenAttempts ?? 0);
  const pinned = earlier?.pinned ?? chosen.pinned;
  const facts = {
    gate: config.name,
    ...(unseenAttempts > 0 && { unseenAttempts }),
    startedAt: known.startedAt.toISOString(),
    ...(waivers.length > 0 && { waivers }),
    probe: proven.probes,
    baseline: earlier?.baseline ?? chosen.baseline,
    fingerprint,
    ...(change && { change }),
    ...(missing && { missing }),
    ...(pinned.length > 0 && { pinned }),
  };
  return {
    type: 'header',
    schema: 'isogate.samples/1',
    runId: known.runId,
    ...(known.workflow && { workflow: known.workflow }),
    attempt: earlier === null ? attempt : earlier.attempt + 1,
    commit: known.commit,
    config: config.document,
    looks: earlier?.looks ?? declareLooks(config, facts),
    ...facts,
    seed: known.seed ?? earlier?.seed ?? Math.floor(Math.random() * 2 ** 31),
    images,
    host: removeDetails(proven.host),
  };
}

/** Samples are published, and what else runs on the machine is nobody's business. */
const removeDetails = ({ details: _, ...host }: HostFacts): HostFacts => host;

function describeImages(built: BuiltFunction[]): NonNullable<SamplesHeader['images']> {
  const described: NonNullable<SamplesHeader['images']> = {};
  for (const { config, image } of built) {
    if (image === null) continue;
    const { digest, source, runtime } = image;
    described[config.name] = { digest, runtime: describeRuntime(runtime), source };
  }
  return described;
}
