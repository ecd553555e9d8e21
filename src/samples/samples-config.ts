import { parseConfig } from '../config/parse-config.ts';
import { type Config, type FunctionConfig, PLAIN_FUNCTION } from '../model/config.ts';
import type { SamplesByFunction } from '../model/samples.ts';

/**
 * The configuration that a samples file is decided by: that of its header, or one that replaces it. A configuration without
 * functions gets those that the samples hold.
 * @throws BadInputError
 */
export const parseSamplesConfig = (
  samples: Pick<SamplesByFunction, 'header' | 'functions'>,
  file: string,
  replacing: Config | null = null,
): Config => {
  const config = replacing ?? parseConfig(samples.header.config, { source: `${file} header`, paths: null });
  if (config.functions.length > 0) return config;
  return { ...config, functions: samples.functions.map(bareFunction) };
};

const bareFunction = (name: string): FunctionConfig => ({
  ...PLAIN_FUNCTION,
  name,
  runtime: 'command',
  directory: '',
});

/** Names of the isolations in a header's `config`, which is not validated here. Arms of other isolations decide nothing. */
export const listConfiguredIsolations = (config: Record<string, unknown>): ReadonlySet<string> => {
  const isolations = config['isolations'];
  return new Set(typeof isolations === 'object' && isolations !== null ? Object.keys(isolations) : []);
};
