import type { FunctionEnv } from '../../model/config.ts';

/**
 * What the agent waits for after its hello where the function has variables (src/guest/agent/environment.c): NAME=VALUE
 * records that end in NUL, and an empty one. It goes by the channel, because command lines, bundles and disks can be read
 * by others. Null where there are none.
 */
export function environmentRecords({ literal, fromRunner, taken }: FunctionEnv): Buffer | null {
  if (Object.keys(literal).length + fromRunner.length === 0) return null;
  const records = Object.entries({ ...literal, ...taken }).map(([name, value]) => `${name}=${value}\0`);
  return Buffer.from(`${records.join('')}\0`);
}
