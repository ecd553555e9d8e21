import { cgroupVersion } from './cgroup.ts';

/** For `ownNamespaces`: containers and sandboxes have a cgroup namespace where the hierarchy is the pure v2 one. */
export const ownCgroupNamespace = (): string[] => (cgroupVersion() === 'v2' ? ['cgroup'] : []);
