import type { Isolation, IsolationConfig } from '../../model/types.ts';
import { ociContainer } from './oci-container.ts';
import { requireCgroup } from '../requirements.ts';

export const runcIsolation = (config: IsolationConfig): Isolation =>
  ociContainer(config, { binary: 'runc', atLeast: '1.1', requireHost: requireCgroup });
