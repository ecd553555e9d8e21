import { statSync } from 'node:fs';
import type { IsolationConfig, IsolationType } from '../types.ts';
import { ALLOW_FILE } from './allowed-paths.ts';
import type { Report } from './problem.ts';
import { ISOLATION_TYPES, type IsolationDocument, keysOfType, SAMPLED_TYPES } from './schema-isolation.ts';
import { show } from './show.ts';
import { suggest } from './suggest.ts';
import { isInside, type Place, realPath } from './workspace.ts';

const kernelOf = (kernel: string, place: Place, allowed: () => string[], report: Report): string => {
  const path = realPath(place.base, kernel);
  if (path === null) {
    report(['kernel'], `${show(kernel)}: a symbolic link that leads nowhere`);
    return kernel;
  }
  const roots = () => allowed().flatMap((root) => realPath('/', root) ?? []);
  if (!isInside(place.root, path) && !roots().some((root) => isInside(root, path))) {
    report(
      ['kernel'],
      `${show(kernel)}: leads to ${path}, outside the workspace; accepted: a path inside it, or one that ${ALLOW_FILE} lists`,
    );
  } else if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    report(['kernel'], `${show(kernel)}: no such file`);
  }
  return path;
};

/** One isolation with the defaults of its type. Null where its type is not known: that has been reported. */
export const resolveIsolation = (
  name: string,
  document: IsolationDocument,
  place: Place | null,
  allowed: () => string[],
  report: Report,
): IsolationConfig | null => {
  const type = document.type ?? name;
  const types: readonly string[] = place ? ISOLATION_TYPES : SAMPLED_TYPES;
  if (!types.includes(type)) {
    report([], `not a known type, and no type given; accepted types: ${types.join(', ')}${suggest(name, types)}`);
    return null;
  }
  for (const key of ['platform', 'accelerator', 'kernel'] as const) {
    if (document[key] === undefined || keysOfType(type).includes(key)) continue;
    report([key], `not a key of type ${type}; accepted: ${['type', 'required', ...keysOfType(type)].join(', ')}`);
  }
  const kernel = keysOfType(type).includes('kernel') ? document.kernel : undefined;
  return {
    name,
    // Of samples it may be one that this version has no adapter for; none is asked for then.
    type: type as IsolationType,
    required: document.required,
    platform: document.platform ?? 'systrap',
    accelerator: [...new Set(document.accelerator ?? ['kvm' as const])],
    kernel: kernel !== undefined && place ? kernelOf(kernel, place, allowed, report) : (kernel ?? null),
  };
};
