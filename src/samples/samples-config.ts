/** Flow part: the configuration that a samples file is decided by. */

import { parseConfig } from '../config/parse-config.ts';
import type { Config, FunctionConfig } from '../model/config.ts';
import type { Samples } from '../model/samples.ts';

const bareFunction = (name: string): FunctionConfig => ({
  name,
  runtime: 'command',
  directory: '',
  handler: null,
  command: null,
  events: [],
  build: null,
  image: { kind: 'host' },
  buildNetwork: false,
  budgets: {},
});

/** The functions of a config without any are those that the samples hold. */
const withFunctions = (config: Config, samples: Samples): Config =>
  config.functions.length > 0
    ? config
    : { ...config, functions: [...new Set(samples.instances.map((r) => r.function))].map(bareFunction) };

/** The header's own, or one that replaces it. @throws BadInputError */
export const configOfSamples = (samples: Samples, file: string, replacing: Config | null = null): Config =>
  withFunctions(replacing ?? parseConfig(samples.header.config, { source: `${file} header`, root: null }), samples);
