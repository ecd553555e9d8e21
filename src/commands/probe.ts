import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type CacheOptions, withStoppableEnv } from './command-env.ts';
import type { CommandContext } from './context.ts';
import { describeProbe } from './describe-probe.ts';
import { DEFAULT_CONFIG } from './option-values.ts';

interface Options extends CacheOptions {
  config?: string;
  json?: boolean;
}

/** `isogate probe`: what this machine can run. Exit code 3 where nothing works. */
export const probeCommand = (context: CommandContext): Command =>
  new Command('probe')
    .description('boot every isolation once and say which truly work here')
    .option('--config <file>', `whose isolations to try (default: ${DEFAULT_CONFIG} where there is one, else all)`)
    .option('--cache-dir <dir>', 'where images and proofs are kept between runs')
    .option('--fresh', 'boot everything again, whatever earlier runs found')
    .option('--json', 'print host, isolations and fingerprint as JSON')
    .action(async (options: Options) => {
      const configPath = options.config ?? (existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : null);
      const view = context.openView({ verbose: false });
      // Images are not in doubt: only the proofs are made again, so the cache stays the same.
      const found = await withStoppableEnv({ ...options, fresh: false }, { ...context, log: view.log }, (env) =>
        context.flows.probe({ configPath, fresh: options.fresh ?? false }, env),
      ).finally(view.stop);
      context.out(options.json ? `${JSON.stringify(found)}\n` : describeProbe(found.host, found.isolations));
      context.exitCode = found.isolations.some(({ usable }) => usable) ? 0 : 3;
    });
