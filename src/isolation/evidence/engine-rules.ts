/** The rules for a container that an engine runs, by the kind of its runtime. */

import { basename } from 'node:path';
import { kindOfName, type RuntimeKind } from '../engine/engine-inspect.ts';
import { containerRules } from '../oci/oci-container.ts';
import { guestIs, hostIs, hostMatches, notTheHostsKernel, type Rule } from './contradictions.ts';

const onlyFor =
  (kind: RuntimeKind, rule: Rule): Rule =>
  (evidence, host) =>
    evidence.host['runtime_kind'] === kind ? rule(evidence, host) : null;

const runtimeIs =
  (asked: string | null): Rule =>
  ({ host }) => {
    const runtime = host['runtime'] ?? '';
    if (asked !== null && runtime !== asked && basename(runtime) !== asked)
      return `host evidence runtime is "${runtime}", expected "${asked}"`;
    const kind = kindOfName(runtime);
    return host['runtime_kind'] === kind
      ? null
      : `host evidence runtime_kind is "${host['runtime_kind']}", expected "${kind}", as "${runtime}" says to be`;
  };

/** `asked`: the runtime's name as the engine repeats it; null where its default was taken. */
export function engineRules(asked: string | null, memoryBytes: number): Rule[] {
  const limited = hostIs('container_memory_limit', String(Math.floor(memoryBytes / 4096) * 4096));
  const shared: Rule[] = [runtimeIs(asked), hostIs('image', 'imported'), hostIs('shim_in_cgroup', 'true')];
  const container = [...containerRules(), limited, hostMatches('root_mount', / ro$/, 'a read-only root')];
  const sandbox = [notTheHostsKernel, hostIs('seccomp', '2'), limited];
  const vm = [notTheHostsKernel, guestIs('hypervisor', 'true')];
  return [
    ...shared,
    ...container.map((rule) => onlyFor('container', rule)),
    ...sandbox.map((rule) => onlyFor('sandbox', rule)),
    ...vm.map((rule) => onlyFor('vm', rule)),
  ];
}
