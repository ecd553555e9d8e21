import type { IsolationConfig, KernelSource } from '../model/config.ts';
import { resolveAllowedPath } from './allowed-paths.ts';
import { type Report, suggest } from './problems.ts';
import { ISOLATION_TYPES, type IsolationDocument, keysOfType, OWN_KEYS } from './schema-isolation.ts';
import type { ConfigPaths } from './workspace.ts';

/** With `paths` null the path is taken as it stands. */
const resolveKernel = (
  kernel: IsolationDocument['kernel'],
  paths: ConfigPaths | null,
  report: Report,
): KernelSource | null => {
  if (kernel === undefined) return null;
  if (typeof kernel !== 'string') return kernel;
  return { path: paths ? resolveAllowedPath('kernel', kernel, ['file'], paths, report) : kernel };
};

/** One isolation with the defaults of its type. Null where its type is not known, which is reported. */
export const resolveIsolation = (
  name: string,
  document: IsolationDocument,
  paths: ConfigPaths | null,
  report: Report,
): IsolationConfig | null => {
  const type = ISOLATION_TYPES.find((known) => known === (document.type ?? name));
  if (type === undefined) {
    report(
      [],
      `not a known type, and no type given; accepted types: ${ISOLATION_TYPES.join(', ')}${suggest(name, ISOLATION_TYPES)}`,
    );
    return null;
  }
  for (const key of OWN_KEYS) {
    if (document[key] === undefined || keysOfType(type).includes(key)) continue;
    report([key], `not a key of type ${type}; accepted: ${['type', 'required', ...keysOfType(type)].join(', ')}`);
  }
  return {
    name,
    type,
    required: document.required ?? null,
    platform: document.platform ?? 'systrap',
    runtime: document.runtime ?? null,
    accelerator: [...new Set(document.accelerator ?? ['kvm' as const])],
    kernel: keysOfType(type).includes('kernel') ? resolveKernel(document.kernel, paths, report) : null,
    pci: document.pci ?? false,
    jailer: document.jailer ?? false,
    configure: document.configure ?? 'api',
  };
};
