import type { FunctionConfig } from '../../model/config.ts';
import { confinedAsker } from './ask-program.ts';
import type { RuntimePlan } from './find-runtimes.ts';
import { findNode, findPython } from './find-runtimes.ts';
import { planCommand } from './plan-program.ts';

/**
 * What the function needs of this machine.
 * @param tree the function's tree after its build
 * @throws BadInputError when the machine lacks what the function needs
 */
export async function planRuntime(
  config: FunctionConfig,
  tree: string,
  options: { guestDir: string; log: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<RuntimePlan> {
  const ask = confinedAsker(options);
  if (config.runtime === 'node') return findNode(ask);
  if (config.runtime === 'python') return findPython(ask);
  return planCommand(config, tree, { ...options, ask });
}

/**
 * The language runtimes that a build may call: the function's own, and for a command any that are here. Both their
 * directories and their versions, because what is built for one may suit no other.
 */
export async function buildTools(
  config: FunctionConfig,
  options: { guestDir: string; signal?: AbortSignal | undefined },
): Promise<{ prefixes: string[]; versions: string[] }> {
  const ask = confinedAsker(options);
  const any = [findNode, findPython];
  const wanted = { node: [findNode], python: [findPython, findNode], command: any, http: any }[config.runtime];
  const plans = await Promise.all(wanted.map((find) => find(ask).catch(() => null)));
  const found = plans.filter((plan) => plan !== null);
  return {
    prefixes: found.flatMap((plan) => plan.prefixes),
    versions: found.map((plan) => `${plan.name} ${plan.version} ${plan.program}`),
  };
}
