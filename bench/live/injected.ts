/** What an injection comes to on this machine, measured on instances of the control before the run. */

import { median } from 'simple-statistics';
import type { Resources } from '../../src/model/config.ts';
import type { FunctionImage } from '../../src/model/image.ts';
import type { Isolation, StartContext } from '../../src/model/isolation.ts';
import { type Pair, takePairs } from '../pairs.ts';
import type { Injection } from './cases.ts';
import { type Slowdown, slowEvent, type WorkEvent } from './slow-isolation.ts';

export interface ControlBed {
  isolation: Isolation;
  image: FunctionImage;
  resources: Resources;
  event: WorkEvent;
  timeoutMs: number;
  nextContext: (startTimeoutMs: number) => StartContext;
  signal: AbortSignal;
}

const COLD_STARTS = 12;
const WARM_UP = 20;
const PAIRS = 120;
const COLD_PAIRS = 10;

export async function resolveInjection(injection: Injection, bed: ControlBed): Promise<Slowdown> {
  switch (injection.kind) {
    case 'none':
      return { workFactor: 1, coldExtraMs: 0 };
    case 'work':
      return { workFactor: injection.factor, coldExtraMs: 0 };
    case 'cold':
      return { workFactor: 1, coldExtraMs: injection.ms };
    case 'cold-share':
      return { workFactor: 1, coldExtraMs: injection.share * (await coldStartMs(bed)) };
  }
}

/** Median of a few; the first one finds caches cold and is left out. */
async function coldStartMs(bed: ControlBed): Promise<number> {
  const startsMs: number[] = [];
  for (let i = 0; i <= COLD_STARTS; i++) {
    const instance = await startOne(bed);
    try {
      await instance.invoke(bed.event, 1, bed.timeoutMs);
      startsMs.push(instance.phasesMs.first_response ?? Number.NaN);
    } finally {
      await instance.stop();
    }
  }
  return median(startsMs.slice(1));
}

/** What the first call of an instance takes longer inside, in milliseconds; the start-up itself would hide it in its noise. */
export async function realisedExtraMs(slowdown: Slowdown, bed: ControlBed): Promise<number> {
  const take = (event: WorkEvent) => async (): Promise<number> => {
    const instance = await startOne(bed);
    try {
      const reply = await instance.invoke(event, 1, bed.timeoutMs);
      return reply.ok ? (reply.ns[0] ?? Number.NaN) / 1e6 : Number.NaN;
    } finally {
      await instance.stop();
    }
  };
  const slowed = take(slowEvent(bed.event, slowdown, true));
  const fastest = fastestOf(await takePairs(COLD_PAIRS, bed.signal, slowed, take(bed.event)));
  return fastest.ours - fastest.bare;
}

/** Round trips with and without the slowdown in turns, in one warm instance: whether 3 % more work takes 3 % longer. */
export async function realisedRatio(slowdown: Slowdown, bed: ControlBed): Promise<number> {
  const instance = await startOne(bed);
  const take = (event: WorkEvent) => async (): Promise<number> =>
    (await instance.invoke(event, 1, bed.timeoutMs)).roundTripMs;
  const plain = take(bed.event);
  try {
    for (let i = 0; i < WARM_UP; i++) await plain();
    const slowed = take(slowEvent(bed.event, slowdown, false));
    const fastest = fastestOf(await takePairs(PAIRS, bed.signal, slowed, plain));
    return fastest.ours / fastest.bare;
  } finally {
    await instance.stop();
  }
}

/** Work that is always the same: whatever else the machine does only ever adds to it. */
const fastestOf = (pairs: Pair[]): Pair => ({
  ours: Math.min(...pairs.map(({ ours }) => ours)),
  bare: Math.min(...pairs.map(({ bare }) => bare)),
});

function startOne({ isolation, image, resources, nextContext, timeoutMs, signal }: ControlBed) {
  signal.throwIfAborted();
  return isolation.start(image, resources, nextContext(timeoutMs));
}
