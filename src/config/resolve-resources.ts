import type { Resources } from '../model/config.ts';
import { parseSize } from './parse-quantity.ts';
import type { Report } from './problem.ts';
import type { ConfigDocument } from './schema.ts';

const BOUNDS = { memory: ['16MiB', '1024GiB'], guest_overhead: ['0MiB', '64GiB'] } as const;

/** CPUs and memory, within bounds that a language runtime can start in. */
export const resolveResources = (document: ConfigDocument['resources'], report: Report): Resources => {
  const sizeOf = (key: keyof typeof BOUNDS): number => {
    const bytes = parseSize(document[key]);
    const [least, most] = BOUNDS[key];
    if (bytes < parseSize(least) || bytes > parseSize(most)) {
      report([key], `${document[key]}: not accepted; accepted: from ${least} to ${most}`);
    }
    return bytes;
  };
  return { cpus: document.cpus, memoryBytes: sizeOf('memory'), guestOverheadBytes: sizeOf('guest_overhead') };
};
