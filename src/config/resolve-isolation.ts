import type { IsolationConfig, KernelSource } from '../model/config.ts';
import { allowedPath } from './allowed-path.ts';
import type { Report } from './problem.ts';
import { ISOLATION_TYPES, type IsolationDocument, keysOfType, OWN_KEYS } from './schema-isolation.ts';
import { suggest } from './suggest.ts';
import type { Place } from './workspace.ts';

/** A path that is only decided on again (no place) is not looked for. */
const kernelOf = (
  kernel: IsolationDocument['kernel'],
  place: Place | null,
  allowed: () => string[],
  report: Report,
): KernelSource | null => {
  if (kernel === undefined) return null;
  if (typeof kernel !== 'string') return kernel;
  return { path: place ? allowedPath('kernel', kernel, ['file'], place, allowed, report) : kernel };
};

/** One isolation with the defaults of its type. Null where its type is not known: that has been reported. */
export const resolveIsolation = (
  name: string,
  document: IsolationDocument,
  place: Place | null,
  allowed: () => string[],
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
    required: document.required,
    platform: document.platform ?? 'systrap',
    runtime: document.runtime ?? null,
    accelerator: [...new Set(document.accelerator ?? ['kvm' as const])],
    kernel: keysOfType(type).includes('kernel') ? kernelOf(document.kernel, place, allowed, report) : null,
    pci: document.pci ?? false,
    jailer: document.jailer ?? false,
    configure: document.configure ?? 'api',
  };
};
