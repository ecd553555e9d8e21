/**
 * The records that pass between rooms. A room imports this file, `errors.ts` and its own files, nothing else.
 * Units stand in names: `Ms` milliseconds, `Bytes` bytes. Names with underscores are those of files on disk.
 */

export type Family = 'process' | 'container' | 'sandbox' | 'microvm' | 'vm';

export const ISOLATION_FAMILIES = {
  native: 'process',
  bubblewrap: 'process',
  runc: 'container',
  crun: 'container',
  docker: 'container',
  podman: 'container',
  gvisor: 'sandbox',
  kata: 'sandbox',
  'qemu-microvm': 'microvm',
  firecracker: 'microvm',
  'cloud-hypervisor': 'microvm',
  'qemu-q35': 'vm',
} as const satisfies Record<string, Family>;
export type IsolationType = keyof typeof ISOLATION_FAMILIES;

export const METRICS = ['cold_start', 'latency', 'latency_p95', 'latency_p99', 'throughput', 'memory', 'cpu'] as const;
export type Metric = (typeof METRICS)[number];

/** `factor` 1.15 is `+15%`. `amount` is in `unit`, positive when it allows more cost. `text` is what the user wrote. */
export type Limit =
  | { scale: 'ratio'; factor: number; text: string }
  | { scale: 'difference'; amount: number; unit: 'ms' | 'bytes'; text: string };

export type Budgets = Partial<Record<Metric, Limit>>;

/**
 * Users that own nothing and whom nobody else is: of functions (natively too) and of VMMs; group ids are the same.
 * From the range that systemd's UIDS-GIDS page lists as unused on every system; the probe checks that it is.
 */
export const FUNCTION_UID = 1_900_000_000;
export const VMM_UID = 1_900_000_001;

// ---- config -------------------------------------------------------------------------------------------------------

/** Where a function's root file system comes from. Paths are absolute. */
export type ImageSource =
  | { kind: 'host' }
  /** A directory or a tar of any compression. */
  | { kind: 'rootfs'; path: string }
  | { kind: 'dockerfile'; path: string }
  | { kind: 'docker'; reference: string };

export interface FunctionConfig {
  name: string;
  runtime: 'node' | 'python' | 'command';
  /** Absolute path of the tree that is copied into the image and in which `build` runs. */
  directory: string;
  /** Module path relative to `directory`, and the exported name. Null for `command`. */
  handler: { file: string; export: string } | null;
  command: string[] | null;
  image: ImageSource;
  /** Absolute paths of JSON files, rotated through in this order; empty means one event, `{}`. */
  events: string[];
  build: string[] | null;
  buildNetwork: boolean;
  /** Budgets of this function by isolation name, over the common ones. */
  budgets: Record<string, Budgets>;
}

export interface IsolationConfig {
  name: string;
  type: IsolationType;
  required: boolean;
  /** gvisor only. */
  platform: 'systrap' | 'ptrace' | 'kvm';
  /** docker and podman: name of a runtime that the engine is configured with; null means the engine's default. */
  runtime: string | null;
  /** VMs, in order of preference; only QEMU has another than kvm. */
  accelerator: ('kvm' | 'tcg')[];
  /** VMs only: a guest kernel; null means the one that scripts/setup-runner installed. */
  kernel: KernelSource | null;
  /** firecracker only: virtio over PCI instead of MMIO. */
  pci: boolean;
  /** firecracker only: started by the jailer, in a chroot of its own. */
  jailer: boolean;
  /** firecracker only: how it is told what to run. */
  configure: 'api' | 'config-file';
}

/** A file, or one to download whose SHA-256 (64 hexadecimal digits) is known. */
export type KernelSource = { path: string } | { url: string; sha256: string };

export interface Resources {
  cpus: number;
  memoryBytes: number;
  /** Guest memory on top of `memoryBytes`, for the guest's kernel. */
  guestOverheadBytes: number;
}

export interface MeasureConfig {
  timeMs: number;
  minBlocks: number;
  maxBlocks: number;
  /** The most of an instance: how many pay is worked out from the pilot's variances. */
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
 * `base`: the base revision, run in the same blocks. `stored`: the nearest stored baseline. `both`: the base where there is
 * one, and the stored baseline where there is not; drift over a pinned reference either way. `none`: nothing.
 */
export const COMPARE = ['both', 'base', 'stored', 'none'] as const;
export type Compare = (typeof COMPARE)[number];

export type RunVerdict = 'pass' | 'fail' | 'inconclusive' | 'not-measured';

export interface Config {
  /** Key of this gate. */
  name: string;
  /** Real path of what the functions' paths may not leave; null in a configuration out of samples. */
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
  /** A growth must exceed all of these that fit its metric: below them it is a trifle, not a regression. */
  regressionFloor: RegressionFloor;
  measure: MeasureConfig;
  failOn: Exclude<RunVerdict, 'pass'>[];
  /** A broken budget fails the run also where the base breaks it already and the change did not make it worse. */
  failOnBase: boolean;
  /** What growth is measured against. */
  compare: Compare;
  /** Intended regressions, in force or not; empty in a configuration out of samples, whose header has them. */
  waivers: Waiver[];
  gateEmulated: boolean;
  /** The document with every default filled in, in the shape of isogate.yml: it goes into the samples header. */
  document: Record<string, unknown>;
  /** What the config room changed or doubts; absent where there is nothing to say. For the verdict's warnings. */
  warnings?: Warning[];
}

// ---- probe --------------------------------------------------------------------------------------------------------

export interface ProbeResult {
  isolation: string;
  type: IsolationType;
  usable: boolean;
  /** Version line of the runtime or VMM, null where there is none. */
  version: string | null;
  /** Only where `usable` is false: what is wrong, and the command that would fix it. */
  reason: string | null;
  fix: string | null;
  /** VMs: the accelerator under which a guest truly booted. */
  accelerator: 'kvm' | 'tcg' | null;
  /** Numbers from emulated hardware; marked wherever they stand. */
  emulated: boolean;
  /** Milliseconds from start to first response of the null workload that proved it. */
  provedMs: number | null;
  notes: string[];
  /** ISO 8601; only where an earlier run on this machine proved it, and nothing that it depends on has changed. */
  provedAt?: string;
}

/** Flat, so that two can be compared key by key and the difference named. */
export type Fingerprint = Record<string, string>;

export interface HostFacts {
  cpuModel: string;
  cpus: number;
  memoryBytes: number;
  kernel: string;
  cgroup: 'v1' | 'v2' | 'none';
  virtualised: string | null;
  mitigations: Record<string, string>;
  loadAverage: number;
  warnings: Warning[];
  /** Absent in samples: what people and scripts ask of `isogate probe`, and warnings are made of. */
  details?: HostDetails;
}

/** Null: the kernel does not say. */
export interface HostDetails {
  microcode: string | null;
  sockets: number;
  cores: number;
  /** More than one thread a core; `off` where the CPU could. */
  smt: 'on' | 'off' | 'none';
  /** Of all CPUs; several where they differ. */
  governors: string[];
  energyPreferences: string[];
  turbo: 'on' | 'off' | null;
  /** Modules that offer KVM, each with what it says of nesting. */
  kvm: string[];
  cgroupLayout: 'v2' | 'hybrid' | 'v1' | 'none';
  availableMemoryBytes: number | null;
  swapUsedBytes: number;
  numaNodes: number;
  clocksource: string | null;
  clocksources: string[];
  ksm: boolean | null;
  transparentHugePages: string | null;
  entropyBits: number | null;
  /** Share of the last ten seconds in which something waited (PSI some avg10), in percent. */
  pressurePercent: { cpu: number | null; memory: number | null; io: number | null };
  /** Share of the CPUs' time that the hypervisor gave to others while the probe ran, in percent. */
  stealPercent: number | null;
  /** Containers and VMs of others that run now: program and process id. */
  otherGuests: string[];
}

export interface Warning {
  code: string;
  message: string;
}

/** A remark on a line of the repository, as GitHub shows it beside the code. */
export interface Annotation {
  /** Below the repository's top. */
  path: string;
  line: number;
  level: 'failure' | 'warning' | 'notice';
  title: string;
  message: string;
}

// ---- image --------------------------------------------------------------------------------------------------------

export interface GuestKernel {
  /** Uncompressed ELF with a PVH note. */
  vmlinuxPath: string;
  /** The same kernel as a compressed boot image, for firmware that boots the standard way; null where only an ELF is had. */
  bzImagePath: string | null;
  /** `lib/modules/RELEASE` of this kernel, null when everything is built in. */
  modulesDir: string | null;
  release: string;
  digest: string;
}

/** How a VMM shows its guest the disk and the channel: the bus of its virtio devices, and what the channel is. */
export type VirtioBus = 'mmio' | 'pci';
export type ChannelDevice = 'serial' | 'vsock';
export type GuestDevices = `${VirtioBus}-${ChannelDevice}`;

/** An initramfs loads the modules that these devices need and no other; a kernel may lack some. */
export type Initramfs = { path: string; problem: null } | { path: null; problem: string };

/** What the started process is, the same in every arm. Paths are inside the root filesystem. */
export interface ImageProcess {
  /** `/.isogate/agent exec …` and then the language runtime. */
  args: string[];
  env: Record<string, string>;
  cwd: string;
  uid: number;
  gid: number;
}

export interface FunctionImage {
  /** `sha256:…` over the content of the root filesystem and the process description. */
  digest: string;
  /** One line on where the root file system comes from, with the digests that say which it was; `host`. */
  source: string;
  rootfsDir: string;
  /** OCI bundle whose config.json lacks only what differs by instance (linux.cgroupsPath, root.path is absolute). */
  bundleDir: string;
  /** Null where no VM isolation was asked for. */
  vm: { kernel: GuestKernel; initramfs: Record<GuestDevices, Initramfs>; diskPath: string } | null;
  process: ImageProcess;
  runtime: { name: 'node' | 'python' | 'command' | 'null'; version: string };
  /** Everything that an instance reads at start; read into the page cache before each start. */
  warmFiles: string[];
}

// ---- isolation ----------------------------------------------------------------------------------------------------

/** Milliseconds since `start` was called, on the host's monotonic clock; null where an adapter has no such event. */
export interface PhasesMs {
  /** The first process made for the instance: the runtime's client, or the VMM. Not in older and foreign samples. */
  spawned?: number | null;
  created: number | null;
  booted: number | null;
  ready: number | null;
  first_response: number | null;
}

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

export type Reply =
  | { ok: true; result: unknown; ns: number[]; roundTripMs: number }
  | { ok: false; error: { name: string; message: string }; roundTripMs: number };

export interface Instance {
  readonly phasesMs: PhasesMs;
  /** `repeat` 0 is the channel's empty round trip. @throws InstanceError on timeout, crash or a broken protocol */
  invoke(event: unknown, repeat: number, timeoutMs: number): Promise<Reply>;
  usage(): Promise<Usage>;
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
  readonly family: Family;
  /** Static facts only: binary, version, permissions. That it truly works is proven by a start (probe room). */
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

export type StartPhase = keyof PhasesMs;

// ---- samples (isogate.samples/1, one JSON object a line) ----------------------------------------------------------

export type InstanceStatus = 'ok' | 'start-failed' | 'timeout' | 'crashed' | 'handler-error' | 'evidence-mismatch';
export type Arm = 'control' | 'twin' | 'treatment';
export type Revision = 'head' | 'base';

export interface InstanceRecord {
  type: 'instance';
  block: number;
  position: number;
  function: string;
  revision: Revision;
  isolation: string;
  arm: Arm;
  status: InstanceStatus;
  phase?: 'start' | 'first-response' | 'warm-up' | 'invoke' | 'evidence' | 'stop';
  error?: string;
  phases_ms: PhasesMs;
  /** Keys are `METRIC_ms`, `memory_bytes`, `throughput_per_s`, `failure_rate`; see docs/reference/samples.md. */
  metrics: Record<string, number>;
  repeat: number;
  warmup_ms: number[];
  latency_ms: number[];
  tail_ms?: number[];
  emulated?: boolean;
  /** Last bytes that the function wrote to stderr, only where the instance failed. */
  stderr?: string;
  evidence?: Evidence;
  host?: Record<string, number>;
}

export interface Looks {
  /** Numbers of complete blocks at which a decision may fall, ascending; the last is `max_blocks`. */
  schedule: number[];
  alphaFail: number;
  alphaPass: number;
  comparisons: DeclaredComparison[];
}

/**
 * `budget`: the overhead itself. `regression`: its growth over the base or the last stored baseline. `drift`: its growth
 * over the pinned reference.
 */
export type ComparisonKind = 'budget' | 'regression' | 'drift';

export interface DeclaredComparison {
  function: string;
  isolation: string;
  metric: Metric | 'control';
  kind: ComparisonKind;
  limit: Limit;
}

export interface SamplesHeader {
  type: 'header';
  schema: 'isogate.samples/1';
  runId: string;
  attempt: number;
  /** Of these the attempts whose samples this file does not carry on; absent: none. */
  unseenAttempts?: number;
  shard: { index: number; count: number };
  gate: string;
  /** The commit under test; absent or null where it is not known. */
  commit?: string | null;
  config: Record<string, unknown>;
  looks: Looks;
  /** Of each function, isolation and metric the one record that growth is measured against, or what comes nearest to it. */
  baseline: BaselineRecord[];
  /** The same of the pinned reference, for drift; absent where nothing is pinned. */
  pinned?: BaselineRecord[];
  fingerprint: Fingerprint;
  seed: number;
  /** ISO 8601, of the attempt's start: what expires is held against it. */
  startedAt?: string;
  /** The change under test, where there is one. */
  change?: Change;
  /** Those of the configuration that decides, in force or expired. */
  waivers?: Waiver[];
  /** What each isolation was found to be; absent in foreign files. */
  probe?: ProbeResult[];
  images?: Record<string, { digest: string; runtime: string; source?: string | undefined }>;
  host?: HostFacts;
}

/** Which revisions are compared, and for each function how the base takes part. */
export interface Change {
  head: string | null;
  base: string;
  /** How the base was found: the first parent of GitHub's merge commit, the merge base, or as given. */
  basis: 'merge-parent' | 'merge-base' | 'given';
  /** By function; one that is not in it has no base. */
  functions: Record<string, BaseOfFunction>;
}

/**
 * `beside`: its arms run in the same blocks. `same-image`: not measured, the change cannot have moved it. `not-built`: the
 * stored baseline takes its place.
 */
export type BaseOfFunction =
  | { state: 'beside'; digest: string }
  | { state: 'same-image'; digest: string }
  | { state: 'not-built'; reason: string };

/** An intended regression, agreed on in the repository: `.isogate/waivers.yml`. */
export interface Waiver {
  function: string;
  isolation: string;
  metric: Metric | 'control';
  /** `regression` holds for drift too. */
  kind: 'budget' | 'regression';
  /** In place of the configured one. */
  limit: Limit;
  reason: string;
  owner: string;
  /** YYYY-MM-DD, the last day on which it holds, UTC. */
  expires: string;
  /** The change under test removes or replaces it: what is wrong with it fails no run. */
  leaving?: true;
}

/** What the pilot found and froze for one function of one attempt, before its first block. */
export interface CalibrationRecord {
  type: 'calibration';
  function: string;
  repeat: number;
  warmup: number;
  invocations: number;
  /**
   * The last look: blocks of the function, those of earlier attempts among them, that `max_blocks` and the time allow.
   * Looks and spending are planned for it.
   */
  blocks: number;
  /** Median empty round trip by isolation. */
  empty_ms: Record<string, number>;
  control_ms: number;
}

/** What a block is to hold, written before its first instance: an arm that is not in it is not missing. */
export interface BlockRecord {
  type: 'block';
  function: string;
  block: number;
  arms: { isolation: string; arm: Arm; revision: Revision }[];
}

export interface LookRecord {
  type: 'look';
  function: string;
  n: number;
  alphaSpent: { fail: number; pass: number };
  /** Isolations that get no more blocks in this attempt. */
  dropped: string[];
  /** Those of them that are undecided, and would be in the time left as well. */
  hopeless: string[];
}

/** One an attempt: instances after it are a further attempt's. */
export interface EndRecord {
  type: 'end';
  reason: 'decided' | 'undecidable' | 'cap' | 'time' | 'interrupted' | 'failed';
}

/** What is known of one function's blocks in one attempt. */
export interface AttemptPlan {
  /** As `CalibrationRecord.blocks`; null where the file does not say: `max_blocks`. */
  horizon: number | null;
  /** Number of the first block that is a later attempt's; null in the last attempt. */
  until: number | null;
  hopeless: string[];
}

/** What `readSamples` makes of a file. */
export interface Samples {
  header: SamplesHeader;
  instances: InstanceRecord[];
  /** Of the last attempt. */
  end: EndRecord | null;
  /** What blocks were to hold; absent in files that do not say. `completeBlocks` asks for them. */
  blocks?: readonly BlockRecord[];
  /** By function, one an attempt, in their order; a function that is not in it had one attempt and no plan. */
  plans?: ReadonlyMap<string, AttemptPlan[]>;
  /** Torn or unknown lines and incomplete blocks that were left out. */
  ignored: {
    tornLines: number;
    unknownLines: number;
    incompleteBlocks: number;
    /** The same by function; those that are not in it have none. */
    incompleteByFunction?: ReadonlyMap<string, number>;
  };
}

// ---- git ----------------------------------------------------------------------------------------------------------

/** Runs git on the checkout's repository, which reads objects and changes nothing; null where it fails. */
export type GitReader = (args: string[]) => Promise<Buffer | null>;

/** Where a repository is fetched from and pushed to. `authorization` is the value of an HTTP header, never in argv. */
export interface GitRemote {
  /** A URL, or the absolute path of a repository. */
  url: string;
  authorization?: string;
}

/** A bare repository of our own: no configuration, hook or filter of the checkout's applies in it. */
export interface GitRepository {
  readonly dir: string;
  /** git's output. @throws Error naming the subcommand, with what git wrote to stderr */
  run(args: string[], options?: { input?: string | Uint8Array; env?: Record<string, string> }): Promise<Buffer>;
}

// ---- baseline -----------------------------------------------------------------------------------------------------

export interface BaselineRecord {
  schema: 'isogate.baseline/1';
  gate: string;
  function: string;
  isolation: string;
  metric: Metric;
  fingerprint: Fingerprint;
  runId: string;
  attempt: number;
  commit: string | null;
  /** ISO 8601. */
  recordedAt: string;
  /** Of the run; absent in records that do not say. */
  verdict?: RunVerdict;
  /** Why a run that did not pass is a baseline all the same. */
  accepted?: Acceptance;
  /** The run's middle: all that is kept of old records. */
  summary?: BaselineSummary;
  /** How much runs of this arm differ from each other, estimated from its history when it was chosen. */
  betweenRuns?: BetweenRuns;
  /** `ratio`: ln(treatment / control) a block. `difference`: treatment − control a block in ms or bytes. */
  blocks: { ratio: number[]; difference: number[] };
  /** The control's own values a block, in the metric's unit. */
  control: number[];
  /** The arm's own values a block; not in older records. For attribution. */
  treatment?: number[];
  /** Of `cold_start` only: milliseconds from one start-up phase to the next, a block. For attribution. */
  phases?: Partial<Record<StartPhase, number[]>>;
}

/** Bounds are two-sided 95 % ones; null where too few blocks have any. */
export interface BaselineSummary {
  blocks: number;
  /** Of ln(treatment / control); null where costs are not above zero. */
  ratio: Bounds | null;
  /** Of treatment − control, in ms or bytes. */
  difference: Bounds | null;
  /** Medians, in ms or bytes. */
  control: number;
  treatment: number | null;
}

export interface Acceptance {
  by: string;
  reason: string;
  /** ISO 8601. */
  at: string;
}

/** A run that later ones are held against however much has been recorded since: the reference of slow drift. */
export interface BaselinePin extends Acceptance {
  schema: 'isogate.pin/1';
  gate: string;
  runId: string;
  attempt: number;
  commit: string | null;
}

/** Standard deviation of a run's own middle around the true one, beyond what its blocks explain. */
export interface BetweenRuns {
  /** Of how many runs. */
  runs: number;
  /** Of ln(treatment / control), of treatment − control in ms or bytes, and of ln(control). */
  ratio: number;
  difference: number;
  control: number;
}

/** One recorded run in the history of a series. Factors, as in `verdict.json`. */
export interface HistoryPoint {
  commit: string | null;
  /** ISO 8601. */
  recordedAt: string;
  runId: string;
  blocks: number;
  estimate: number;
  lower: number | null;
  upper: number | null;
  verdict: RunVerdict | null;
  mark: 'accepted' | 'pinned' | null;
  /** What of the fingerprint differs from the point before, `kernel 6.1 → 6.12`; such points are not compared. */
  hostChange: string[];
  /** A step begins here: by so much, as a factor, and its p-value. */
  step: { factor: number; p: number } | null;
}

/** The overhead of one function under one isolation, oldest first. */
export interface HistorySeries {
  function: string;
  isolation: string;
  metric: Metric;
  points: HistoryPoint[];
  /** A steady rise at its end. */
  drift: { from: string | null; to: string | null; runs: number; factor: number; p: number } | null;
}

export interface StoredBaselines {
  records: BaselineRecord[];
  pins: BaselinePin[];
  warnings: Warning[];
}

/** The store port: where baselines live between runs. */
export interface BaselineStore {
  /** For messages: `the branch isogate-baselines of origin`. */
  readonly place: string;
  /** Every readable record of one gate; what is not readable is left out, with a warning. @throws BadInputError */
  read(gate: string): Promise<StoredBaselines>;
  /**
   * Adds what is not there yet and resolves when it is durable: all of it, or nothing. The same run twice adds nothing.
   * @throws BadInputError
   */
  append(entries: Pick<StoredBaselines, 'records' | 'pins'>): Promise<{ added: number; known: number }>;
}

// ---- verdict (isogate.verdict/1) ----------------------------------------------------------------------------------

/** One number of an arm, before and now, and whether it surely moved. Costs: more is worse. */
export interface Shift {
  /** `latency of gvisor`, `phase ready of gvisor`, `memory of gvisor`, `latency of the control native`. */
  what: string;
  before: number;
  now: number;
  unit: 'ms' | 'bytes';
  /** Hodges–Lehmann factor of now over before with two-sided 95 % bounds. */
  estimate: number;
  lower: number | null;
  upper: number | null;
  moved: 'up' | 'down' | null;
}

/** Why an overhead grew, from the same data that shows that it did. */
export interface Attribution {
  cause: 'treatment-slower' | 'control-faster' | 'both' | 'conditions' | 'unclear';
  /** One sentence. */
  summary: string;
  shifts: Shift[];
  /** What of runtime, kernel and host differs, `kernel 6.1 → 6.12`. */
  conditions: string[];
}

/** One of the two levels between which an arm's instances jump. In the metric's unit. */
export interface Modes {
  arm: string;
  low: number;
  high: number;
  /** Share of instances at the high one, 0 to 1. */
  highShare: number;
  unit: 'ms' | 'bytes';
}

export interface ComparisonVerdict {
  function: string;
  isolation: string;
  metric: Metric | 'control';
  kind: ComparisonKind;
  gated: boolean;
  scale: 'ratio' | 'difference';
  /** `x` for ratios, `ms` or `bytes` for differences. */
  unit: 'x' | 'ms' | 'bytes';
  /** Null where nothing, or too little, was measured. */
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  limit: number;
  confidence: number;
  verdict: RunVerdict;
  blocks: number;
  /** Smallest excess over the limit that this run could have proven: 0.021 is 2.1 % for ratios, else in `unit`. */
  smallestProvable: number | null;
  emulated: boolean;
  reason: string;
  /**
   * Sequential p-value of an excess over the limit: the smallest level at which one of the looks proves it by itself, the
   * family left aside; rounded up to 1, 2 or 5 of its decade. Only where there were looks and it is at most 0.5.
   */
  p?: number;
  /** Independent blocks that serially correlated ones are worth; only where they are fewer. */
  effectiveBlocks?: number;
  /** Inconclusive only: blocks that would probably settle it; null where no reasonable number would. */
  blocksToSettle?: number | null;
  attribution?: Attribution;
  modes?: Modes[];
  /** Growth only: what it was measured against. */
  against?: Against;
  /** Budgets of functions whose base ran beside the head: the same budget on the base. */
  onBase?: OnBase;
  /** In force for this comparison; `configured` is the limit that it replaces, as its owner wrote it. */
  waiver?: Pick<Waiver, 'reason' | 'owner' | 'expires'> & { configured: string };
}

/** `base`: in the same blocks. `same-image`: not measured, there is nothing that could have grown. */
export interface Against {
  source: 'base' | 'same-image' | 'stored' | 'pinned';
  commit: string | null;
  /** Of stored records. */
  recordedAt?: string;
  /** Why it is not the base beside the head, where there is one. */
  reason?: string;
}

/** A budget held against the base revision's own overhead, in the same blocks. On the comparison's scale. */
export interface OnBase extends Bounds {
  verdict: RunVerdict;
  /** The head's overhead over the base's: a factor or a difference. */
  growth: Bounds;
  /** The base breaks it, and that the change made it worse is not shown: nothing to hold against the change. */
  isInherited: boolean;
  /** So it is, and the configuration does not ask for more: a fail that does not fail the run. */
  isExcused: boolean;
}

/** Null where too little was measured. */
export interface Bounds {
  estimate: number | null;
  lower: number | null;
  upper: number | null;
}

export interface NoiseEstimate {
  estimate: number;
  lower: number;
  upper: number;
}

export interface VerdictDocument {
  schema: 'isogate.verdict/1';
  verdict: RunVerdict;
  gate: string;
  comparisons: ComparisonVerdict[];
  /** By function, then metric, always on the ratio scale. */
  noise: {
    twin: Partial<Record<Metric, NoiseEstimate>>;
    byFunction: Record<string, Partial<Record<Metric, NoiseEstimate>>>;
  };
  warnings: Warning[];
}
