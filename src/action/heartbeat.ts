/** A log that is silent for longer looks dead, and some runners take it for dead. */
const EVERY_MS = 10_000;

export interface Heartbeat {
  log: (line: string) => void;
  stop: () => void;
}

/** Passes lines on; where none has come for ten seconds, says what is still going on and for how long. */
export function startHeartbeat(log: (line: string) => void, everyMs = EVERY_MS): Heartbeat {
  let last = 'starting';
  let saidAt = performance.now();
  let beganAt = saidAt;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - saidAt < everyMs) return;
    saidAt = now;
    log(`… ${Math.round((now - beganAt) / 1000)} s since: ${last}`);
  }, everyMs / 10);
  timer.unref();
  return {
    log(line) {
      last = line;
      saidAt = performance.now();
      beganAt = saidAt;
      log(line);
    },
    stop: () => clearInterval(timer),
  };
}
