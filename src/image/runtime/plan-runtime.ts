import type { FunctionConfig } from '../../model/config.ts';
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
  options: { log: (line: string) => void; signal?: AbortSignal | undefined },
): Promise<RuntimePlan> {
  if (config.runtime === 'node') return findNode();
  if (config.runtime === 'python') return findPython();
  return planCommand(config, tree, options);
}

/**
 * The language runtimes that a build may call: the function's own, and for a command any that are here. Both their
 * directories and their versions, because what is built for one may suit no other.
 */
export async function buildTools(config: FunctionConfig): Promise<{ prefixes: string[]; versions: string[] }> {
  const any = [findNode, findPython];
  const wanted = { node: [findNode], python: [findPython, findNode], command: any, http: any }[config.runtime];
  const plans = await Promise.all(wanted.map((find) => find().catch(() => null)));
  const found = plans.filter((plan) => plan !== null);
  return {
    prefixes: found.flatMap((plan) => plan.prefixes),
    versions: found.map((plan) => `${plan.name} ${plan.version} ${plan.program}`),
  };
}
