/** Lines of a samples file, as little in each as a reader asks for. */

const config = { isolations: { native: {}, runc: {}, vm: {} } };
export const header = { type: 'header', schema: 'isogate.samples/1', config };
export const instance = (block: number, arm: 'control' | 'treatment', more: object = {}) => ({
  type: 'instance',
  block,
  function: 'f',
  isolation: arm === 'control' ? 'native' : 'runc',
  arm,
  status: 'ok',
  ...more,
});
export const block = (n: number) => [instance(n, 'control'), instance(n, 'treatment')];

export const planned = (n: number, ...isolations: string[]) => ({
  type: 'block',
  function: 'f',
  block: n,
  arms: isolations.map((isolation) => ({
    isolation,
    arm: isolation === 'native' ? 'control' : 'treatment',
    revision: 'head',
  })),
});
export const calibration = (blocks: number) => ({ type: 'calibration', function: 'f', blocks, repeat: 3 });
export const look = (...hopeless: string[]) => ({ type: 'look', function: 'f', n: 1, dropped: hopeless, hopeless });
export const end = (reason: string) => ({ type: 'end', reason });

export const lines = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('');
