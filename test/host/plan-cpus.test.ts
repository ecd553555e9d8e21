import { describe, expect, it } from 'vitest';
import { planCpus } from '../../src/host/cpus.ts';

const cores = (...groups: number[][]): Map<number, number[]> =>
  new Map(groups.flatMap((group) => group.map((cpu) => [cpu, group] as const)));

const place = (siblings: Map<number, number[]>, cpus: number) => {
  const { harness, instance, warnings } = planCpus(siblings, cpus);
  return { harness, instance, warnings: warnings.map(({ code }) => code) };
};

describe('on other physical cores', () => {
  it('two CPUs: one for each', () => {
    expect(place(cores([0], [1]), 1)).toEqual({ harness: [0], instance: [1], warnings: [] });
  });

  it('hyperthreads: the harness has the whole first core, so that none shares it', () => {
    expect(place(cores([0, 4], [1, 5], [2, 6], [3, 7]), 1)).toEqual({ harness: [0, 4], instance: [1], warnings: [] });
    expect(place(cores([0, 4], [1, 5], [2, 6], [3, 7]), 4)).toEqual({
      harness: [0, 4],
      instance: [1, 2, 3, 5],
      warnings: [],
    });
    expect(place(cores([0, 1], [2, 3]), 2)).toEqual({ harness: [0, 1], instance: [2, 3], warnings: [] });
  });

  it('CPU 0 may be offline, and numbers may have gaps', () => {
    expect(place(cores([9], [4], [2]), 2)).toEqual({ harness: [2], instance: [4, 9], warnings: [] });
  });
});

describe('too few', () => {
  it('one core of two hyperthreads is shared, and said so', () => {
    expect(place(cores([0, 1]), 1)).toEqual({ harness: [0], instance: [1], warnings: ['shared-core'] });
    expect(place(cores([0, 2], [1, 3]), 3)).toEqual({ harness: [0], instance: [1, 2, 3], warnings: ['shared-core'] });
  });

  it('a single CPU holds both', () => {
    expect(place(cores([0]), 1)).toEqual({ harness: [0], instance: [0], warnings: ['shared-cpus'] });
  });

  it('more than there are: all that there are, with both numbers in the warning', () => {
    const plan = planCpus(cores([0], [1]), 4);
    expect(plan).toEqual({
      harness: [0, 1],
      instance: [0, 1],
      warnings: [
        {
          code: 'shared-cpus',
          message: 'instances share CPUs with the harness: resources.cpus is 4 and the host has 2',
        },
      ],
    });
  });
});
