import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { shortCommit } from '../lib/text.ts';
import { BadInputError } from '../model/errors.ts';
import { plainText } from '../report/escape.ts';
import { type CacheOptions, withEnv } from './command-env.ts';
import type { CommandContext } from './context.ts';
import { describeHistory } from './describe-history.ts';
import { commitOption, countOption, DEFAULT_CONFIG, RUN_ARGUMENT } from './option-values.ts';

interface StoreOptions extends CacheOptions {
  store: string;
  json?: boolean;
  gate?: string;
  commit?: string;
}

/** Who changes the reference of later runs, and why. */
interface Signature {
  reason: string;
  by?: string;
}

interface ShowOptions extends StoreOptions {
  function?: string;
  isolation?: string;
  metric?: string;
  limit: number;
}

/** `isogate baseline`: the stored results that later runs are compared with. */
export const baselineCommand = (context: CommandContext): Command =>
  new Command('baseline')
    .description('stored baselines')
    .addCommand(recordCommand(context))
    .addCommand(acceptCommand(context))
    .addCommand(pinCommand(context))
    .addCommand(showCommand(context));

const recordCommand = (context: CommandContext): Command =>
  withRunArgument(withStoreOptions(new Command('record')))
    .description('add a run that passed to the stored baselines')
    .action((path: string, options: StoreOptions) => record(path, options, context, null));

const acceptCommand = (context: CommandContext): Command =>
  withRunArgument(withSignature(withStoreOptions(new Command('accept'))))
    .description('add a run that did not pass to the stored baselines, with a reason')
    .action((path: string, options: StoreOptions & Signature) => record(path, options, context, options));

async function record(
  path: string,
  options: StoreOptions,
  context: CommandContext,
  signature: Signature | null,
): Promise<void> {
  const request = { path, commit: options.commit ?? null, accept: signature && readSignature(signature, context) };
  const recorded = await withEnv(options, context, (env) => context.flows.recordBaseline(options.store, request, env));
  const { added, known, runId, commit, verdict } = recorded;
  const run = `run ${runId} of ${shortCommit(commit)} (${verdict})`;
  const lines = `${added} ${added === 1 ? 'line' : 'lines'}`;
  const text =
    added === 0
      ? `${run} is in ${recorded.place} already: nothing added`
      : `${run} added to ${recorded.place}: ${lines}${known > 0 ? `, ${known} were there already` : ''}`;
  printResult(options, context, recorded, text);
}

const pinCommand = (context: CommandContext): Command =>
  withGateOption(withSignature(withStoreOptions(new Command('pin'))))
    .description('make a recorded run the reference of slow drift')
    .option('--commit <sha>', 'the newest run of this commit', commitOption)
    .option('--run <id>', 'the run of this id')
    .action(async (options: StoreOptions & Signature & { run?: string }) => {
      const gate = await chooseGate(options);
      const signature = readSignature(options, context);
      const wanted = { gate, commit: options.commit ?? null, runId: options.run ?? null };
      const pin = await withEnv(options, context, (env) =>
        context.flows.pinBaseline(options.store, { ...wanted, ...signature, now: env.now() }, env),
      );
      const text = `run ${pin.runId} of ${shortCommit(pin.commit)} is the pinned reference of ${pin.gate} now`;
      printResult(options, context, pin, text);
    });

const showCommand = (context: CommandContext): Command =>
  withGateOption(withStoreOptions(new Command('show')))
    .description('print the history of each overhead as a sparkline and a table')
    .option('--function <name>', 'only this function')
    .option('--isolation <name>', 'only this isolation')
    .option('--metric <metric>', 'only this metric')
    .option('--limit <number>', 'newest runs of each', countOption('--limit'), 20)
    .action(async (options: ShowOptions) => {
      const gate = await chooseGate(options);
      const { function: name = null, isolation = null, metric = null } = options;
      const wanted = { gate, function: name, isolation, metric };
      const shown = await withEnv(options, context, (env) => context.flows.showBaseline(options.store, wanted, env));
      for (const { message } of shown.warnings) context.log(plainText(message, 600));
      printResult(options, context, shown, describeHistory(shown, options.limit));
    });

const withStoreOptions = (command: Command): Command =>
  command
    .option('--store <store>', 'git (branch isogate-baselines of origin), git:BRANCH, or a directory', 'git')
    .option('--cache-dir <dir>', 'where work of git is done')
    .option('--json', 'print the result as JSON');

const withRunArgument = (command: Command): Command =>
  command
    .argument('<run>', RUN_ARGUMENT)
    .option('--commit <sha>', 'the commit that was measured, where the samples do not say', commitOption);

const withGateOption = (command: Command): Command =>
  command.option('--gate <name>', 'key of the gate (default: that of isogate.yml here)');

const withSignature = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why, for those who read it later')
    .option('--by <name>', 'who answers for it (default: $GITHUB_ACTOR, else $USER)');

function readSignature({ reason, by }: Signature, { env }: CommandContext): { by: string; reason: string } {
  const name = (by ?? env['GITHUB_ACTOR'] ?? env['USER'] ?? env['LOGNAME'] ?? '').trim();
  if (name === '') throw new BadInputError('--by: nobody is named; accepted: who answers for it');
  if (reason.trim() === '') throw new BadInputError('--reason: empty; accepted: why, for those who read it later');
  return { by: name.slice(0, 200), reason: reason.trim().slice(0, 2000) };
}

/** The gate that is asked for, else the one of this directory's configuration. */
async function chooseGate({ gate }: { gate?: string }): Promise<string> {
  if (gate !== undefined) return gate;
  if (!existsSync(DEFAULT_CONFIG)) return 'isogate';
  return (await loadConfig(DEFAULT_CONFIG, { checkPaths: false })).name;
}

function printResult({ json }: StoreOptions, context: CommandContext, result: object, text: string): void {
  const line = json ? JSON.stringify(result) : text;
  context.out(line.endsWith('\n') ? line : `${line}\n`);
  context.exitCode = 0;
}
