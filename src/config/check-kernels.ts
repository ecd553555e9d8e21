import type { IsolationConfig } from '../model/config.ts';
import type { Report } from './problem.ts';
import { keysOfType } from './schema-isolation.ts';

/** So that the kernel is no confounder; isolations without a `kernel` of their own have none to differ by. */
export const checkKernels = (isolations: IsolationConfig[], report: Report): void => {
  const vms = isolations.filter(({ type }) => keysOfType(type).includes('kernel'));
  const nameOf = ({ kernel }: IsolationConfig): string => {
    if (kernel === null) return 'the default kernel';
    return 'path' in kernel ? kernel.path : `${kernel.url} (${kernel.sha256})`;
  };
  const other = vms.find((one) => nameOf(one) !== nameOf(vms[0] as IsolationConfig));
  if (other)
    report(
      ['isolations', other.name, 'kernel'],
      `${nameOf(other)} differs from ${nameOf(vms[0] as IsolationConfig)} of ${vms[0]?.name}; all VMs share one guest kernel: give each the same`,
    );
};
