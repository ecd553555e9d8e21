import type { IsolationConfig } from '../../model/config.ts';
import type { Isolation } from '../../model/isolation.ts';
import { requireCgroup } from '../requirements.ts';
import { ociContainer } from './oci-container.ts';

export const runcIsolation = (config: IsolationConfig): Isolation =>
  ociContainer(config, { binary: 'runc', atLeast: '1.1', requireHost: requireCgroup });
