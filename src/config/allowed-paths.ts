import { lstatSync } from 'node:fs';
import * as v from 'valibot';
import { readBounded } from '../lib/read-bounded.ts';
import { BadInputError } from '../model/errors.ts';
import { closed, list, matching } from './leaf.ts';
import { parseYaml } from './parse-yaml.ts';
import { problemsError } from './problem.ts';

export const ALLOW_FILE = '/etc/isogate/allow.yml';
const MAX_BYTES = 64 * 1024;

const PATH_FORMS = 'an absolute path, such as /opt/isogate/vmlinux';
const allowSchema = closed({
  paths: list(matching(/^\/[ -~\u00a0-\uffff]{0,4095}$/, PATH_FORMS), 0, 1000, 'a list of absolute paths'),
});

/**
 * Paths outside the workspace that the machine's owner lets configurations name; an entry covers what lies below it.
 * No file: none. @throws BadInputError where somebody else than root could have written the file, or it is malformed
 */
export const readAllowedPaths = (file: string = ALLOW_FILE): string[] => {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.uid !== 0 || (stat.mode & 0o022) !== 0 || !stat.isFile()) {
    throw new BadInputError(
      `${file}: must be a file that belongs to root and that nobody else can write; run: chown root ${file}; chmod go-w ${file}`,
    );
  }
  const { value, lines } = parseYaml(readBounded(file, MAX_BYTES, file), file);
  const parsed = v.safeParse(allowSchema, value);
  if (parsed.success) return parsed.output.paths;
  const problems = parsed.issues.map((issue) => ({
    path: (issue.path ?? []).map((item) => item.key as PropertyKey),
    message: issue.message,
  }));
  throw problemsError(problems, file, lines);
};
