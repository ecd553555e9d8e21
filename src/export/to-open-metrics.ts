import type { RunVerdict } from '../model/metrics.ts';
import type { ComparisonVerdict, VerdictDocument } from '../model/verdict.ts';
import { KIND, type Measured, selectMeasured } from './exported.ts';

/** https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md#abnf: these three are escaped. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labels = (pairs: [string, string][]): string =>
  `{${pairs.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;

/** Base units, as the specification asks for. */
const UNITS: Record<ComparisonVerdict['unit'], { unit: string; factor: number }> = {
  x: { unit: 'ratio', factor: 1 },
  ms: { unit: 'seconds', factor: 1e-3 },
  bytes: { unit: 'bytes', factor: 1 },
};

const VERDICTS: RunVerdict[] = ['pass', 'fail', 'inconclusive', 'not-measured'];

interface Family {
  name: string;
  help: string;
  value: (one: Measured) => number | null;
}

const FAMILIES: Family[] = [
  { name: 'isogate_cost', help: 'Measured cost of an isolation, or its growth.', value: ({ estimate }) => estimate },
  { name: 'isogate_cost_lower', help: 'Lower bound of the measured cost.', value: ({ lower }) => lower },
  { name: 'isogate_cost_upper', help: 'Upper bound of the measured cost.', value: ({ upper }) => upper },
  { name: 'isogate_limit', help: 'Limit that the cost is held against.', value: ({ limit }) => limit },
];

/** OpenMetrics text 1.0: gauges by unit, and the verdicts as a state set. */
export const toOpenMetrics = (verdict: VerdictDocument): string => {
  const measured = selectMeasured(verdict);
  const key = (one: ComparisonVerdict): [string, string][] => [
    ...([
      ['gate', verdict.gate],
      ['function', one.function],
      ['isolation', one.isolation],
      ['metric', one.metric],
      ['kind', KIND[one.kind]],
    ] as [string, string][]),
  ];
  const lines = Object.entries(UNITS).flatMap(([unit, { unit: base, factor }]) => {
    const own = measured.filter((one) => one.unit === unit);
    return FAMILIES.flatMap(({ name, help, value }) => {
      const family = `${name}_${base}`;
      const samples = own.flatMap((one) => {
        const number = value(one);
        return number === null ? [] : [`${family}${labels(key(one))} ${number * factor}`];
      });
      if (samples.length === 0) return [];
      return [`# TYPE ${family} gauge`, `# UNIT ${family} ${base}`, `# HELP ${family} ${help}`, ...samples];
    });
  });
  const states = verdict.comparisons.flatMap((one) =>
    VERDICTS.map(
      (state) => `isogate_verdict${labels([...key(one), ['isogate_verdict', state]])} ${one.verdict === state ? 1 : 0}`,
    ),
  );
  const set =
    states.length === 0
      ? []
      : ['# TYPE isogate_verdict stateset', '# HELP isogate_verdict What was decided.', ...states];
  return `${[...lines, ...set, '# EOF'].join('\n')}\n`;
};
