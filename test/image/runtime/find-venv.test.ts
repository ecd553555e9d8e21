import { describe, expect, it } from 'vitest';
import { describeMismatch, findVenv, venvVariables } from '../../../src/image/runtime/find-venv.ts';
import type { TreeEntry } from '../../../src/image/tree/list-tree.ts';

const list = (...paths: string[]): TreeEntry[] => paths.map((path) => ({ kind: 'directory', path, mode: 0o755 }));

describe('a virtual environment in a function’s directory', () => {
  it('is where Python looks for packages too', () => {
    const venv = findVenv(list('env/pyvenv.cfg', '.venv/pyvenv.cfg', '.venv/lib/python3.11/site-packages'));
    expect(venv).toEqual({ directory: '.venv', versions: ['3.11'] });
    expect(venvVariables(venv)).toEqual({ PYTHONUSERBASE: '/function/.venv' });
    expect(describeMismatch(venv, '3.11.7')).toBe(null);
  });

  it('is said to be of no use where it is for another Python', () => {
    const venv = findVenv(list('env/pyvenv.cfg', 'env/lib/python3.12/site-packages'));
    expect(describeMismatch(venv, '3.1.20')).toMatch(
      /^env has packages for Python 3\.12, which 3\.1\.20 does not see: /,
    );
  });

  it('counts only with packages, and only at the top', () => {
    expect(venvVariables(findVenv(list('.venv/pyvenv.cfg', 'a/lib/python3.11/site-packages')))).toEqual({});
    expect(findVenv(list('sub/.venv/pyvenv.cfg', 'sub/.venv/lib/python3.11/site-packages'))).toBe(null);
  });
});
