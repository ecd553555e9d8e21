/** How a function is called, in the terms of isogate.yml. */
export interface FoundServer {
  /** Null where the image brings its own. */
  command: string[] | null;
  port: number;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  ready?: string;
}

export type FoundCall = { handler: string } | { command: string[] } | { http: FoundServer };

/** A file that `init` writes beside the configuration, unless one of that name is there. */
export interface NewFile {
  /** Relative to the directory of the configuration. */
  path: string;
  text: string;
}

export interface FoundBuild {
  argv: string[];
  network: boolean;
}

/** One function of the repository. Paths are relative to the directory of the configuration. */
export interface FoundFunction {
  name: string;
  /** The file that says that there is a function, with its line where it is known. */
  place: string;
  call: FoundCall;
  directory: string;
  /** Directory of its own files, where `directory` is that of the workspaces around it. */
  home: string;
  build: FoundBuild | null;
  dockerfile: string | null;
  env: Record<string, string>;
  events: string[];
  /** The name of Lambda's runtime, such as `python3.12`. */
  runtime: string | null;
  /** Whether its own file asks for the time or for random values, so that its answers may differ. */
  varies: boolean;
  memoryMiB: number | null;
  timeoutS: number | null;
  newFiles: NewFile[];
  /** What was not understood of it, one line each. */
  notes: string[];
}

/** What was not understood, and where. */
export interface Note {
  place: string;
  text: string;
}

export interface Findings {
  functions: FoundFunction[];
  notes: Note[];
  /** Directories whose functions a file has described, so that nothing more is guessed of them. */
  directories: string[];
}

export const foundFunction = (
  needed: Pick<FoundFunction, 'name' | 'place' | 'call' | 'directory'>,
  more: Partial<FoundFunction> = {},
): FoundFunction => ({
  build: null,
  dockerfile: null,
  env: {},
  events: [],
  runtime: null,
  varies: false,
  memoryMiB: null,
  timeoutS: null,
  newFiles: [],
  notes: [],
  home: needed.directory,
  ...needed,
  ...more,
});
