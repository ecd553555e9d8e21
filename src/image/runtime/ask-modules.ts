import { basename } from 'node:path';
import * as v from 'valibot';
import type { AskProgram } from './ask-program.ts';

/** Where an interpreter really is, and where it keeps the modules that belong to it. */
interface Modules {
  program: string;
  /** Files and directories; some may not exist. */
  modules: string[];
}

const answerSchema = v.pipe(
  v.string(),
  v.transform((text) => text.split('\n').filter((line) => line.startsWith('/'))),
  v.minLength(1),
  v.maxLength(1000),
);

const PERL = 'print "$_\\n" for $^X, @INC';
const RUBY = 'puts RbConfig.ruby, $LOAD_PATH, Gem.default_dir, Gem.path';
const PHP = `
echo implode("\n", array_merge([PHP_BINARY, PHP_EXTENSION_DIR, php_ini_loaded_file() ?: ''],
  array_map('trim', explode(',', php_ini_scanned_files() ?: ''))));`;

/** Each program prints its own path, then paths of modules, one a line. */
const QUESTIONS: [name: RegExp, args: string[]][] = [
  [/^perl[0-9.]*$/, ['-e', PERL]],
  [/^ruby[0-9.]*$/, ['-rrbconfig', '-e', RUBY]],
  [/^php[0-9.]*$/, ['-r', PHP]],
];

/**
 * Asks an interpreter of this machine for its modules, because they lie elsewhere than beside it. Null for any other
 * program, and for one that does not answer: then only what lies beside it is known.
 */
export async function askModules(ask: AskProgram, path: string): Promise<Modules | null> {
  const args = QUESTIONS.find(([name]) => name.test(basename(path)))?.[1];
  if (args === undefined) return null;
  const answer = await ask(path, args);
  const lines = v.safeParse(answerSchema, answer.ok ? answer.stdout : '');
  if (!lines.success) return null;
  const [program = path, ...modules] = lines.output;
  return { program, modules };
}
