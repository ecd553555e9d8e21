import type { TestModule, TestSuite } from 'vitest/node';

export interface Tally {
  passed: number;
  /** Failed tests, and files and suites that failed as such (at import or in a hook). */
  failed: number;
  skipped: { name: string; reason: string }[];
}

export function countTests(modules: readonly TestModule[]): Tally {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  for (const module of modules) {
    const groups: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
    tally.failed += groups.filter((group) => group.errors().length > 0).length;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') tally.passed += 1;
      else if (result.state !== 'skipped') tally.failed += 1;
      else {
        const name = `${module.relativeModuleId} > ${test.fullName}`;
        tally.skipped.push({ name, reason: result.note ?? 'no reason given' });
      }
    }
  }
  return tally;
}
