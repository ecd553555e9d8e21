/** The named errors: one a cause that the reader can act on. Messages say what happened, the value seen, what to do. */

import type { InstanceRecord, InstanceStatus } from './samples.ts';

/** Thrown when config, arguments or an input file cannot be used. Exit code 4, one line, no stack. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
}

/** Thrown when nothing could be measured because of the machine (not the input). Exit code 3. */
export class NotMeasurableError extends Error {
  override readonly name = 'NotMeasurableError';
}

/** Thrown when git fails, or has not the objects that are asked for; the message holds what git said. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** Thrown by an adapter when one instance failed; the run goes on without it. */
export class InstanceError extends Error {
  override readonly name = 'InstanceError';
  readonly status: Exclude<InstanceStatus, 'ok'>;
  readonly phase: NonNullable<InstanceRecord['phase']>;
  /** Of the function's own error, such as ECONNREFUSED; null where there is none. */
  readonly code: string | null;
  /** The end of what the function printed, where it failed before there was an instance that could be asked for it. */
  stderrTail = '';

  constructor(
    status: Exclude<InstanceStatus, 'ok'>,
    phase: NonNullable<InstanceRecord['phase']>,
    message: string,
    options: ErrorOptions & { code?: string | undefined } = {},
  ) {
    super(message, options);
    this.code = options.code ?? null;
    this.status = status;
    this.phase = phase;
  }
}

/** 4 for input that cannot be used, 3 where nothing could be measured, 5 for an error of the program itself. */
export const exitCodeOfError = (error: unknown): 3 | 4 | 5 =>
  error instanceof BadInputError ? 4 : error instanceof NotMeasurableError ? 3 : 5;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
