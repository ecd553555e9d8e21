/** When the samples of a run were written, and what that says of the way to its verdict. */

/** A record of samples.jsonl with the moment at which it was seen on disk. */
export interface SeenRecord {
  atMs: number;
  record: { type: string; function?: string; block?: number; orientation?: true };
}

export interface TimeToVerdict {
  /** Blocks that the verdict rests on: those of arms without a limit, which come later, do not count. */
  blocks: number;
  /** From the header, which is written before the pilot, to the last record of a block that decides, or of a look. */
  verdictMs: number;
  /** To the last record. */
  totalMs: number;
}

const keyOf = ({ function: name, block }: SeenRecord['record']): string => `${block} ${name}`;

export const timeToVerdict = (seen: SeenRecord[]): TimeToVerdict => {
  const startMs = seen[0]?.atMs ?? 0;
  const idle = new Set(seen.filter(({ record }) => record.orientation === true).map(({ record }) => keyOf(record)));
  const instances = seen.filter(({ record }) => record.type === 'instance' && !idle.has(keyOf(record)));
  const looks = seen.filter(({ record }) => record.type === 'look');
  const lastMs = Math.max(startMs, ...[...instances, ...looks].map(({ atMs }) => atMs));
  return {
    blocks: new Set(instances.map(({ record }) => keyOf(record))).size,
    verdictMs: lastMs - startMs,
    totalMs: (seen.at(-1)?.atMs ?? startMs) - startMs,
  };
};
