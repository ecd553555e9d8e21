import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { BadInputError, messageOf } from '../model/errors.ts';
import type { CommandContext } from './context.ts';
import { detectFunction } from './detect-function.ts';
import { DEFAULT_CONFIG } from './option-values.ts';
import { starterConfig, starterWorkflow } from './starter-files.ts';

const writeNew = async (path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new BadInputError(
        `${path}: exists already and is left as it is; remove it first, or name another with --config`,
      );
    }
    throw new BadInputError(`${path}: cannot be written (${messageOf(error)})`, { cause: error });
  }
};

/** `isogate init`: a first configuration, never over an existing one. */
export const initCommand = (context: CommandContext): Command =>
  new Command('init')
    .description('write a first isogate.yml and print a workflow to start with')
    .option('--config <file>', 'file to write', DEFAULT_CONFIG)
    .option('--json', 'print what was written as JSON')
    .action(async (options: { config: string; json?: boolean }) => {
      const found = detectFunction(dirname(resolve(options.config)));
      await writeNew(options.config, starterConfig(found));
      const workflow = starterWorkflow(options.config);
      const handler = found?.handler ?? null;
      context.log(
        handler === null
          ? `wrote ${options.config}; no handler was recognised: edit the line marked "change me"`
          : `wrote ${options.config} for ${handler}; next: isogate probe, isogate gate`,
      );
      if (options.json) context.out(`${JSON.stringify({ config: options.config, handler, workflow })}\n`);
      else context.out(`# .github/workflows/isogate.yml\n${workflow}`);
      context.exitCode = 0;
    });
