import type { FunctionConfig } from '../types.ts';
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

/** Directories of the language runtimes that a build may call: the function's own, any that are here for a command. */
export async function buildPrefixes(config: FunctionConfig): Promise<string[]> {
  const wanted = { node: [findNode], python: [findPython, findNode], command: [findNode, findPython] }[config.runtime];
  const plans = await Promise.all(wanted.map((find) => find().catch(() => null)));
  return plans.flatMap((plan) => plan?.prefixes ?? []);
}
