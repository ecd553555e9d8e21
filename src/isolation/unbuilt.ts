/** Stands in for an adapter until it is written; removed with the last of them. */

import { InstanceError } from '../errors.ts';
import { ISOLATION_FAMILIES, type Isolation, type IsolationConfig } from '../types.ts';

export const unbuiltIsolation = (config: IsolationConfig): Isolation => ({
  config,
  family: ISOLATION_FAMILIES[config.type],
  probe: async () => ({ version: null, reason: `${config.type} has no adapter yet`, fix: null }),
  start: () => Promise.reject(new InstanceError('start-failed', 'start', `${config.type} has no adapter yet`)),
});
