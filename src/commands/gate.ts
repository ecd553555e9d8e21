import { Command } from 'commander';
import { type CacheOptions, withStoppableEnv } from './command-env.ts';
import type { CommandContext } from './context.ts';
import { DEFAULT_CONFIG, durationOption, seedOption } from './option-values.ts';

interface Options extends CacheOptions {
  config: string;
  out: string;
  baseline?: string;
  base?: string;
  continue?: string;
  seed?: number;
  function?: string[];
  time?: number;
  timeBudget?: number;
  verbose?: boolean;
  json?: boolean;
}

/** `isogate gate`: measures and decides. */
export const gateCommand = (context: CommandContext): Command =>
  new Command('gate')
    .description('run the functions under every isolation and hold the overheads against their budgets')
    .option('--config <file>', 'configuration', DEFAULT_CONFIG)
    .option('--out <dir>', 'where samples, verdict and report go', 'isogate-out')
    .option(
      '--baseline <store>',
      'stored baselines: git (branch isogate-baselines of origin), git:BRANCH, or a directory',
    )
    .option('--base <revision>', 'measure growth against this revision (where HEAD parted from it), beside the head')
    .option('--continue <samples.jsonl>', 'carry on an earlier attempt: its samples, and what it spent of alpha, count')
    .option('--seed <number>', 'repeats the order of a run', seedOption)
    .option('--function <name...>', 'only these functions')
    .option(
      '--time <duration>',
      "sampling time of one function, over the config's measure.time",
      durationOption('--time'),
    )
    .option(
      '--time-budget <duration>',
      'bounds the whole run; what is open by then is not measured',
      durationOption('--time-budget'),
    )
    .option('--fresh', 'build every image anew, in a cache of its own')
    .option('--cache-dir <dir>', 'where images are kept between runs')
    .option('--verbose', 'a line for each block, also where a terminal would show one line that changes')
    .option('--json', 'print the verdict as JSON')
    .action(async (options: Options) => {
      const view = context.openView({ verbose: options.verbose === true });
      const result = await withStoppableEnv(options, { ...context, log: view.log }, (env) =>
        context.flows.gate(
          {
            configPath: options.config,
            outDir: options.out,
            baseline: options.baseline ?? null,
            base: options.base ?? null,
            continueFrom: options.continue ?? null,
            seed: options.seed ?? null,
            functions: options.function ?? null,
            timeMs: options.time ?? null,
            timeBudgetMs: options.timeBudget ?? null,
          },
          { ...env, progress: view.progress },
        ),
      ).finally(view.stop);
      context.log(`${result.verdict.verdict}: report, samples and verdict are in ${result.outDir}`);
      if (result.verdict.warnings.some(({ code }) => code === 'interrupted'))
        context.log(`it was interrupted; carry it on with: isogate gate … --continue ${result.outDir}/samples.jsonl`);
      context.out(options.json ? `${JSON.stringify(result.verdict)}\n` : `\n${result.summary(context.look)}`);
      context.exitCode = result.exitCode;
    });
