/** What a tree that somebody else made may have at most. A stream's bytes are those of the unpacked tar. */
export interface UnpackLimits {
  bytes: number;
  entries: number;
  /** Of one file. Sparse files count as they read, not as they are stored. */
  fileBytes: number;
}

export const UNPACK_LIMITS: UnpackLimits = { bytes: 8 * 2 ** 30, entries: 1_000_000, fileBytes: 4 * 2 ** 30 };
