/** Pure: how often one message repeats the call, so that the channel's share of a latency stays small. */

/** One message lasts at least this many empty round trips of the slowest gated arm (measurement.md, `latency`). */
const ROUND_TRIPS_A_MESSAGE = 20;
const LONGEST_MESSAGE_MS = 250;

export function chooseRepeat(controlMs: number, slowestEmptyMs: number): number {
  const wantedMs = Math.min(LONGEST_MESSAGE_MS, ROUND_TRIPS_A_MESSAGE * slowestEmptyMs);
  return Math.max(1, Math.ceil(wantedMs / controlMs));
}
