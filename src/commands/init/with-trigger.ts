import type { FoundFunction } from './found-function.ts';
import { sampleEvent, type Trigger } from './sample-events.ts';

/** Adds the event that the platform would send, to be used where the repository has no events of its own. */
export const withTrigger = (found: FoundFunction, trigger: Trigger | null): FoundFunction => {
  if (trigger === null) return found;
  const name = found.name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  const text = `${JSON.stringify(sampleEvent(trigger), null, 2)}\n`;
  return { ...found, newFiles: [...found.newFiles, { path: `isogate-events/${name}.json`, text }] };
};
