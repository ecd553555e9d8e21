/** The content of isogate.yml, of the waivers and of the inputs, checked and with every default filled in. */

import type { Accelerator, IsolationType } from './isolation-types.ts';
import type { Budgets, Limit, Metric, RunVerdict } from './metrics.ts';
import type { Warning } from './warnings.ts';

/** Where a function's root file system comes from. Paths are absolute. */
export type ImageSource =
  | { kind: 'host' }
  /** A directory or a tar of any compression. */
  | { kind: 'rootfs'; path: string }
  | { kind: 'dockerfile'; path: string }
  | { kind: 'docker'; reference: string };

export interface FunctionConfig {
  name: string;
  runtime: 'node' | 'python' | 'command' | 'http';
  /** Absolute path of the tree that is copied into the image and in which `build` runs. */
  directory: string;
  /** Module path relative to `directory`, and the exported name. Null for `command` and `http`. */
  handler: { file: string; export: string } | null;
  /** Of `command` and `http`. Null for a handler, and for `http` where it is the image's own ENTRYPOINT and CMD. */
  command: string[] | null;
  /** How the server is called that `command` starts. */
  http: HttpConfig | null;
  image: ImageSource;
  /** Absolute paths of JSON files, used in turn in this order; empty means one event, `{}`. */
  events: string[];
  build: string[] | null;
  buildNetwork: boolean;
  /** Variables that every arm gets besides those of the image. */
  env: FunctionEnv;
  /** Why this function cannot be measured, in one line with its place; the other functions are not concerned. */
  problem: string | null;
  /** Programs of this machine that the function starts, by name or absolute path; only with `image: host`. */
  programs: string[];
  /** Patterns as in .gitignore, over the default ones: what is left out of the image, and with `!` what is not. */
  exclude: string[];
  expect: Expectation;
  /** Whether arms must answer the same to the same event. */
  deterministic: boolean;
  /** Budgets of this function by isolation name; they replace the common ones. */
  budgets: Record<string, Budgets>;
}

/** Only names are written anywhere: the values reach the function by its channel alone. */
export interface FunctionEnv {
  /** As the configuration says them. */
  literal: Record<string, string>;
  /** Names that are copied from the runner's environment. */
  fromRunner: string[];
  /** What the runner's environment has for these names; empty until a run takes them. */
  taken: Record<string, string>;
}

export const NO_ENV: FunctionEnv = { literal: {}, fromRunner: [], taken: {} };

/** A function of which nothing is configured but what these leave open. */
export const PLAIN_FUNCTION: Omit<FunctionConfig, 'name' | 'runtime' | 'directory'> = {
  handler: null,
  command: null,
  http: null,
  events: [],
  build: null,
  image: { kind: 'host' },
  buildNetwork: false,
  env: NO_ENV,
  problem: null,
  programs: [],
  exclude: [],
  expect: { kind: 'success' },
  deterministic: true,
  budgets: {},
};

/**
 * What every answer of a function must be. `success`: where it is an object with a number `statusCode`, that is below 400.
 * `schema` is a JSON Schema.
 */
export type Expectation =
  | { kind: 'success' }
  | { kind: 'any' }
  | { kind: 'value'; value: unknown }
  | { kind: 'schema'; schema: JsonSchema };

export type JsonSchema = Record<string, unknown> | boolean;

/** Requests to a function that is an HTTP server. */
export interface HttpConfig {
  port: number;
  path: string;
  method: string;
  /** By names in lower case. */
  headers: Record<string, string>;
  /** A path that is answered below 400 when the server is ready; null: when the port accepts a connection. */
  ready: string | null;
}

export interface IsolationConfig {
  name: string;
  type: IsolationType;
  /** Null: the configuration does not say. Then it is required where something is limited under it. */
  required: boolean | null;
  /** gvisor only. */
  platform: 'systrap' | 'ptrace' | 'kvm';
  /** docker and podman: name of a runtime that the engine is configured with; null means the engine's default. */
  runtime: string | null;
  /** VMs, in order of preference; only QEMU has anything but kvm. */
  accelerator: Accelerator[];
  /** VMs only: a guest kernel; null means the one that scripts/setup-runner installed. */
  kernel: KernelSource | null;
  /** firecracker only: virtio over PCI instead of MMIO. */
  pci: boolean;
  /** firecracker only: started by the jailer, in a chroot of its own. */
  jailer: boolean;
  /** firecracker only: how it is told what to run. */
  configure: 'api' | 'config-file';
}

/** A file, or one to download with its SHA-256 (64 hexadecimal digits). */
export type KernelSource = { path: string } | { url: string; sha256: string };

export interface Resources {
  cpus: number;
  memoryBytes: number;
  /** Guest memory on top of `memoryBytes`, for the guest's kernel. */
  guestOverheadBytes: number;
  /** Size of /tmp, whose files are in memory. */
  tmpBytes: number;
}

export interface MeasureConfig {
  /** The target. Blocks that a decision needs at the least are measured after it too, up to `maxTimeMs`. */
  timeMs: number;
  maxTimeMs: number;
  minBlocks: number;
  maxBlocks: number;
  /** The most warm invocations of an instance; how many are worth their time is computed from the pilot's variances. */
  invocations: number;
  warmup: number;
  cache: 'warm' | 'cold';
  /** Longest start and longest invocation; emulated arms get twenty times as long. */
  timeoutMs: number;
}

/** `ratio` 1.01 is `+1%` of the cost itself, in every metric; `timeMs` for times, `memoryBytes` for memory. */
export interface RegressionFloor {
  ratio: number;
  timeMs: number;
  memoryBytes: number;
}

/**
 * `base`: the base revision, run in the same blocks. `stored`: the nearest stored baseline. `both`: the base where
 * there is one, and the stored baseline where there is not; drift over a pinned reference either way. `none`: nothing.
 */
export const COMPARE = ['both', 'base', 'stored', 'none'] as const;

export type Compare = (typeof COMPARE)[number];

export interface Config {
  /** Key of this gate. */
  name: string;
  /**
   * Real path of the workspace, which the functions' paths may not leave; null in a configuration that comes from
   * samples.
   */
  workspace: string | null;
  functions: FunctionConfig[];
  /** Name of the control isolation; it is always one of `isolations`. */
  control: string;
  resources: Resources;
  isolations: IsolationConfig[];
  /** Common budgets by isolation name. */
  budgets: Record<string, Budgets>;
  /** Regression limits by metric; `control` limits the control's own growth. */
  regression: Partial<Record<Metric | 'control', Limit>>;
  /** The minimum effect: growth must exceed all of these that fit its metric to be a regression. */
  regressionFloor: RegressionFloor;
  measure: MeasureConfig;
  failOn: Exclude<RunVerdict, 'pass'>[];
  /**
   * Whether a broken budget fails the run also where the base breaks it already and the change did not make it worse.
   */
  failOnBase: boolean;
  /** What growth is measured against. */
  compare: Compare;
  /**
   * Intended regressions, in force or not; empty in a configuration that comes from samples, because their header has
   * them.
   */
  waivers: Waiver[];
  gateEmulated: boolean;
  /** The document with every default filled in, in the shape of isogate.yml: it goes into the samples header. */
  document: Record<string, unknown>;
  /**
   * What was changed or is doubtful in the configuration, for the verdict's warnings; absent where there is nothing to
   * say.
   */
  warnings?: Warning[];
}

/** An intended regression, agreed on in the repository: `.isogate/waivers.yml`. */
export interface Waiver {
  function: string;
  isolation: string;
  metric: Metric | 'control';
  /** `regression` also covers drift. */
  kind: 'budget' | 'regression';
  /** Replaces the configured limit. */
  limit: Limit;
  reason: string;
  owner: string;
  /** YYYY-MM-DD, the last day on which it holds, in UTC. */
  expires: string;
  /** The change under test removes or replaces it, so that a fault of it fails no run. */
  leaving?: true;
}
