import { NotMeasurableError } from '../model/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs with a signal that the first SIGINT or SIGTERM aborts, so that the run stops cleanly and decides on what it has; the
 * second ends the process at once with code 130 (what is left is swept by the next run).
 */
export const withStopSignal = async <T>(
  log: (line: string) => void,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    log(`${name}: stopping, then deciding on what was measured; once more to stop at once`);
    // What it ends before anything was measured is no fault of the program.
    controller.abort(new NotMeasurableError(`stopped by ${name}`));
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    return await run(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
};
