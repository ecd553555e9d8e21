import type { FunctionConfig } from '../../model/config.ts';
import { findCommand } from './find-command.ts';
import { findNode } from './find-node.ts';
import { findPython } from './find-python.ts';
import type { RuntimePlan } from './runtime-plan.ts';

/**
 * What of this machine the function needs. `tree` is the function's tree after its build.
 *
 * @throws BadInputError when the machine has not what the function asks for
 */
export async function planRuntime(config: FunctionConfig, tree: string): Promise<RuntimePlan> {
  if (config.runtime === 'node') return findNode();
  if (config.runtime === 'python') return findPython();
  return findCommand(config.name, config.command ?? [], tree);
}

/**
 * The language runtimes that a build may call, the function's own or any that are here for a command: their directories,
 * and what they are, because what they build may suit no other.
 */
export async function buildTools(config: FunctionConfig): Promise<{ prefixes: string[]; versions: string[] }> {
  const wanted = { node: [findNode], python: [findPython, findNode], command: [findNode, findPython] }[config.runtime];
  const plans = await Promise.all(wanted.map((find) => find().catch(() => null)));
  const found = plans.filter((plan) => plan !== null);
  return {
    prefixes: found.flatMap((plan) => plan.prefixes),
    versions: found.map((plan) => `${plan.name} ${plan.version} ${plan.program}`),
  };
}
