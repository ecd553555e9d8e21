import type { UnpackLimits } from './unpack-limits.ts';
import type { TarStream } from './unpack-tar.ts';

export interface SourceOptions {
  cacheDir: string;
  guestDir: string;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
  limits?: UnpackLimits;
  /** Absolute paths that are no part of the function's directory. */
  leaveOut?: readonly string[] | undefined;
}

/** What is known of a source before it is read. */
export interface SourcePlan {
  /** Of all that the tree depends on. */
  identity: string;
  text: string;
  /** Called only when the cache has it not; `scratch` is a place for what is only needed meanwhile. */
  open: (scratch: string) => Promise<OpenSource>;
}

export interface OpenSource {
  tar: TarStream;
  env: Record<string, string>;
  text: string;
  /** After unpacking: what an engine put in, removed. */
  tidy?: (root: string) => void;
  close?: () => Promise<void>;
}
