import { Command } from 'commander';
import { shortCommit } from '../lib/text.ts';
import { BadInputError } from '../model/errors.ts';
import { baselineShowCommand } from './baseline-show.ts';
import { gateOf, inStore, type StoreOptions, withStoreOptions } from './baseline-store-options.ts';
import type { CommandContext } from './context.ts';
import { commitOption } from './option-values.ts';

interface RecordOptions extends StoreOptions {
  commit?: string;
}

interface Signed {
  reason: string;
  by?: string;
}

interface PinOptions extends StoreOptions, Signed {
  gate?: string;
  commit?: string;
  run?: string;
}

const MOST_CHARACTERS = 200;

const byOf = ({ by }: Signed, { env }: CommandContext): string => {
  const name = (by ?? env['GITHUB_ACTOR'] ?? env['USER'] ?? env['LOGNAME'] ?? '').trim();
  if (name === '') throw new BadInputError('--by: nobody is named; accepted: who answers for it');
  return name.slice(0, MOST_CHARACTERS);
};

const reasonOf = ({ reason }: Signed): string => {
  if (reason.trim() === '') throw new BadInputError('--reason: empty; accepted: why, for those who read it later');
  return reason.trim().slice(0, 2000);
};

const signed = (command: Command): Command =>
  command
    .requiredOption('--reason <text>', 'why, for those who read it later')
    .option('--by <name>', 'who answers for it (default: $GITHUB_ACTOR, else $USER)');

async function record(
  path: string,
  options: RecordOptions,
  context: CommandContext,
  accept: Signed | null,
): Promise<void> {
  const recorded = await inStore(options, context, (place) =>
    context.flows.recordBaseline(place, {
      path,
      commit: options.commit ?? null,
      accept: accept && { by: byOf(accept, context), reason: reasonOf(accept) },
      now: new Date(),
    }),
  );
  const { added, known, runId, commit, verdict } = recorded;
  const what = `run ${runId} of ${shortCommit(commit)} (${verdict})`;
  const lines = `${added} ${added === 1 ? 'line' : 'lines'}`;
  const text =
    added === 0
      ? `${what} is in ${recorded.place} already: nothing added`
      : `${what} added to ${recorded.place}: ${lines}${known > 0 ? `, ${known} were there already` : ''}`;
  context.out(`${options.json ? JSON.stringify(recorded) : text}\n`);
  context.exitCode = 0;
}

/** `isogate baseline`: what later runs are held against, and who may move it. */
export const baselineCommand = (context: CommandContext): Command => {
  const recordCommand = withStoreOptions(new Command('record'))
    .description('add a run that passed to the stored baselines')
    .argument('<run>', 'directory of a run (--out), or its samples.jsonl')
    .option('--commit <sha>', 'the commit that was measured, where the samples do not say', commitOption)
    .action((path: string, options: RecordOptions) => record(path, options, context, null));
  const acceptCommand = signed(withStoreOptions(new Command('accept')))
    .description('add a run that did not pass to the stored baselines, with a reason')
    .argument('<run>', 'directory of a run (--out), or its samples.jsonl')
    .option('--commit <sha>', 'the commit that was measured, where the samples do not say', commitOption)
    .action((path: string, options: RecordOptions & Signed) => record(path, options, context, options));
  const pinCommand = signed(withStoreOptions(new Command('pin')))
    .description('make a recorded run the reference of slow drift')
    .option('--gate <name>', 'key of the gate (default: that of isogate.yml here)')
    .option('--commit <sha>', 'the newest run of this commit', commitOption)
    .option('--run <id>', 'the run of this id')
    .action(async (options: PinOptions) => {
      const gate = await gateOf(options);
      const pin = await inStore(options, context, (place) =>
        context.flows.pinBaseline(place, {
          gate,
          ...{ commit: options.commit ?? null, runId: options.run ?? null, now: new Date() },
          ...{ by: byOf(options, context), reason: reasonOf(options) },
        }),
      );
      const text = `run ${pin.runId} of ${shortCommit(pin.commit)} is the pinned reference of ${pin.gate} now`;
      context.out(`${options.json ? JSON.stringify(pin) : text}\n`);
      context.exitCode = 0;
    });
  return new Command('baseline')
    .description('stored baselines')
    .addCommand(recordCommand)
    .addCommand(acceptCommand)
    .addCommand(pinCommand)
    .addCommand(baselineShowCommand(context));
};
