import type { InstanceRecord } from '../model/samples.ts';

/** One text an arm, the same for equal arms only. */
export const armKey = ({ isolation, arm, revision }: Pick<InstanceRecord, 'isolation' | 'arm' | 'revision'>): string =>
  JSON.stringify([isolation, arm, revision]);
