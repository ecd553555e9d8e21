import type { Warning } from '../model/warnings.ts';

/** What a store may hold of one gate; compaction keeps far below. */
export const MAX_FILE_BYTES = 32 * 2 ** 20;
export const MAX_FILES = 20_000;

export const unreadLines = (file: string, count: number): Warning => ({
  code: 'baseline-lines-skipped',
  message: `${file}: ${count} ${count === 1 ? 'line is no baseline record' : 'lines are no baseline records'}; left out`,
});

export const tooLarge = (file: string): Warning => ({
  code: 'baseline-file-large',
  message: `${file}: larger than ${MAX_FILE_BYTES} bytes, more than a store ever writes; left out`,
});

export const tooMany = (count: number): Warning => ({
  code: 'baseline-files-many',
  message: `the baseline has ${count} files, more than a store ever writes; only the first ${MAX_FILES} are read`,
});
