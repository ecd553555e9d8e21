import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import { requirePureCgroup } from '../requirements.ts';
import { ociContainer } from './oci-container.ts';

/** The oldest of the supported distributions has 0.17. On hybrid hosts crun says `cgroups in hybrid mode not supported`. */
export const crunIsolation = (config: IsolationConfig): Isolation =>
  ociContainer(config, { binary: 'crun', atLeast: '0.17', requireHost: () => requirePureCgroup('crun') });
