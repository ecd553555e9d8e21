/** What bounds a program that runs over somebody else's bytes. Nothing here is optional: there is no start without a bound. */
export interface Limits {
  /** From its start to its end; then it is killed with all that it started. */
  wallMs: number;
  /** Of all its processes together, with their files in memory (its /tmp). */
  memoryBytes: number;
  /** Processes and threads, of all of them together. */
  processes: number;
  /** Of one file that it writes. */
  fileBytes: number;
  /** Of what it writes to standard output where that is kept. */
  outputBytes: number;
}
