/** The port that every isolation implements. */

import type { IsolationConfig, Resources } from './config.ts';
import type { FunctionImage } from './image.ts';
import type { PhasesMs } from './metrics.ts';

/** Facts from both sides. Keys are documented in docs/reference/evidence.md. */
export interface Evidence {
  host: Record<string, string>;
  guest: Record<string, string>;
  /** What contradicts the isolation's definition; empty when all is as it must be. */
  contradictions: string[];
}

export interface Usage {
  memoryBytes: number;
  cpuMs: number;
  source: 'cgroup-v1' | 'cgroup-v2' | 'pss';
}

export interface MemoryPeak {
  bytes: number;
  /** `kernel`: its own mark, which misses nothing. Else how it was sampled, for people: `sampled every 5 ms`. */
  source: string;
}

/** A span of time in which an instance's largest memory charge is noted. */
export interface MemoryWatch {
  /** The peak; a second call gives the same. */
  end(): Promise<MemoryPeak>;
}

export type Reply =
  | {
      ok: true;
      result: unknown;
      /** JSON of the result, as it came where that is known: equal texts have equal results. */
      text: string;
      /** What another of several calls was answered, where one differs from the last one's answer, the result. */
      other?: { result: unknown; text: string };
      ns: number[];
      roundTripMs: number;
    }
  | {
      ok: false;
      /**
       * `code`: of the system or its resolver, such as ECONNREFUSED, where the function's language knows it. `place`: the
       * file of the function with its line.
       */
      error: { name: string; message: string; code?: string | undefined; place?: string | undefined };
      roundTripMs: number;
    };

export interface Instance {
  readonly phasesMs: PhasesMs;
  /** `repeat` 0 is the channel's empty round trip. @throws InstanceError on timeout, crash or a broken protocol */
  invoke(event: unknown, repeat: number, timeoutMs: number): Promise<Reply>;
  usage(): Promise<Usage>;
  /** Its caller ends it, also where the instance has failed. */
  watchMemory(): Promise<MemoryWatch>;
  evidence(): Promise<Evidence>;
  /** Last bytes that the function wrote to stderr, or to stdout where the runtime redirects it. */
  stderrTail(): string;
  /** Everything gone when it resolves; may be called twice and after a crash. */
  stop(): Promise<void>;
}

export interface StartContext {
  /** Unique on this host: `RUNID-N`. */
  instanceId: string;
  runId: string;
  /** Directory of the instance's own files; the adapter creates and removes it. */
  instanceDir: string;
  /** CPUs that hold the whole instance. */
  cpuset: number[];
  /** From `start` to `ready`. */
  startTimeoutMs: number;
  /** Aborted: whatever the instance is doing fails at once. */
  signal: AbortSignal;
}

export interface Isolation {
  readonly config: IsolationConfig;
  /** Static facts only: binary, version, permissions. That it truly works is proven by a start (src/probe). */
  probe(): Promise<{ version: string | null; reason: string | null; fix: string | null; notes?: string[] }>;
  /**
   * Once for an image, before its first start: what no start is to pay for, as an engine's own copy of the image. Called
   * again with the same image it does nothing. All that it makes carries the run id and goes with the run.
   * @throws InstanceError
   */
  prepare?(image: FunctionImage, context: Pick<StartContext, 'runId' | 'signal'>): Promise<void>;
  /** Resolves when the function is loaded. @throws InstanceError */
  start(image: FunctionImage, resources: Resources, context: StartContext): Promise<Instance>;
}
