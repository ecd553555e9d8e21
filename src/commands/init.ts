import { lstatSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { trustPath } from '../host/find-program.ts';
import { oneLine } from '../lib/text.ts';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { CommandContext } from './context.ts';
import { checkFunctions } from './init/check-functions.ts';
import { detectFunctions } from './init/detect-functions.ts';
import type { FoundFunction, NewFile, Note } from './init/found-function.ts';
import { isOutputOffered } from './init/ignored-output.ts';
import { versionAsker, withVersionNotes } from './init/language-version.ts';
import { functionDocument, renderConfig } from './init/render-config.ts';
import { isWithin, openRepository } from './init/repository.ts';
import { starterWorkflow } from './init/starter-workflow.ts';
import { DEFAULT_CONFIG } from './option-values.ts';

const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

const writeNew = async (path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if (isThere(error)) {
      throw new BadInputError(
        `${path}: exists already and is left as it is; remove it first, or name another with --config`,
      );
    }
    throw new BadInputError(`${path}: cannot be written (${messageOf(error)})`, { cause: error });
  }
};

/**
 * A directory of the repository may be a link to elsewhere, and nothing is written there.
 * @throws BadInputError
 */
const refuseElsewhere = (directory: string, files: NewFile[]): void => {
  for (const { path } of files) {
    const isMissing = (place: string) => lstatSync(place, { throwIfNoEntry: false }) === undefined;
    let parent = dirname(join(directory, path));
    while (isMissing(parent) && dirname(parent) !== parent) parent = dirname(parent);
    if (!isWithin(directory, parent))
      throw new BadInputError(
        `${join(directory, path)}: not written, because ${parent} leads out of ${directory}; replace that link by a directory`,
      );
  }
};

/** Writes the files beside the configuration; one that is there already is kept, and used. */
const writeBeside = async (directory: string, files: NewFile[]): Promise<string[]> => {
  const written: string[] = [];
  for (const { path, text } of files) {
    const file = join(directory, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      await writeFile(file, text, { flag: 'wx' });
      written.push(path);
    } catch (error) {
      if (!isThere(error))
        throw new BadInputError(`${file}: cannot be written (${messageOf(error)})`, { cause: error });
    }
  }
  return written;
};

const callText = ({ call }: FoundFunction): string => {
  if ('handler' in call) return call.handler;
  const command = 'command' in call ? call.command : call.http.command;
  return `${'http' in call ? 'HTTP server ' : ''}${command?.join(' ') ?? 'of the image'}`;
};

const report = (context: CommandContext, config: string, functions: FoundFunction[], notes: Note[]): void => {
  for (const found of functions) {
    context.log(oneLine(`${found.place}: ${found.name}: ${callText(found)}`));
    for (const note of found.notes) context.log(oneLine(`${found.place}: ${found.name}: not understood: ${note}`));
  }
  for (const { place, text } of notes) context.log(oneLine(`${place}: not understood: ${text}`));
  const many = functions.length === 1 ? '1 function' : `${functions.length} functions`;
  context.log(
    functions.length === 0
      ? `wrote ${config}; no function was recognised: edit the line marked "change me"`
      : `wrote ${config} for ${many}; next: isogate probe, isogate gate`,
  );
};

/** `isogate init`: a first configuration, never over an existing one. */
export const initCommand = (context: CommandContext): Command =>
  new Command('init')
    .description('find the functions of a repository, write a first isogate.yml and print a workflow to start with')
    .option('--config <file>', 'file to write', DEFAULT_CONFIG)
    .option('--json', 'print what was written as JSON')
    .action(async (options: { config: string; json?: boolean }) => {
      const { config } = options;
      const directory = dirname(resolve(config));
      trustPath(process.env, directory);
      const found = detectFunctions(openRepository(directory));
      const checked = await checkFunctions(config, found.functions);
      const [functions, notes] = [await withVersionNotes(checked.functions, versionAsker(context)), checked.notes];
      const newFiles = functions.flatMap((one) => one.newFiles);
      refuseElsewhere(directory, newFiles);
      await writeNew(config, renderConfig(functions));
      const files = await writeBeside(directory, newFiles);
      const unclear = [...found.notes, ...notes];
      report(context, config, functions, unclear);
      for (const file of files) context.log(`wrote ${file}`);
      if (isOutputOffered(directory)) context.log('isogate-out/ is not ignored by git: add it to .gitignore');
      const workflow = starterWorkflow(config);
      const listed = functions.map((one) => ({
        name: one.name,
        place: one.place,
        notes: one.notes,
        settings: functionDocument(one),
      }));
      if (options.json)
        context.out(`${JSON.stringify({ config, functions: listed, notes: unclear, files, workflow })}\n`);
      else context.out(`# .github/workflows/isogate.yml\n${workflow}`);
      context.exitCode = 0;
    });
