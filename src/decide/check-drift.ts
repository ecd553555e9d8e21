import { kendallTrend, theilSenSlope } from '../stats/trend.ts';
import { ALPHA_CHECK, type CheckInput, type Finding } from './finding.ts';
import { formatDistance } from './limit-scale.ts';

/** A smaller change over the run, as a share of the allowance, does not matter. */
const TOLERATED_SHARE = 0.25;

/** The test compares all pairs of points, so longer runs are averaged down to this many points. */
const MOST_POINTS = 400;

interface Point {
  x: number;
  y: number;
}

const averageNeighbours = (points: Point[]): Point[] => {
  if (points.length <= MOST_POINTS) return points;
  const halved: Point[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [a, b] = points.slice(i, i + 2) as [Point, Point];
    halved.push({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  }
  return averageNeighbours(halved);
};

/**
 * Does the overhead change while the run goes on? Mann–Kendall test over the blocks, with the slope of Theil and Sen for
 * how much. Where it does, the limits are widened by half of the fitted change: that is how far the middle of the run
 * may be from either end. Serial correlation makes the test fire more often than its level; limits that are wider
 * than they need be are the safe side.
 */
export const checkDrift = (input: CheckInput): Finding | null => {
  const points = averageNeighbours(
    input.pairs.map(({ block, value }) => ({ x: block, y: value })).sort((a, b) => a.x - b.x),
  );
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined) return null;
  if (kendallTrend(points.map((point) => point.y)).p > ALPHA_CHECK / Math.max(input.familySize, 1)) return null;
  const change = (theilSenSlope(points) ?? 0) * (last.x - first.x);
  const size = Math.abs(change);
  if (size <= TOLERATED_SHARE * input.allowance) return null;
  return {
    code: 'drift',
    message: `the cost of ${input.arm} over ${input.control} ${change > 0 ? 'grew' : 'fell'} by ${formatDistance(size, input.scale === 'ratio' ? 'x' : input.unit)} while the blocks were measured, so limits are widened by half of that`,
    widening: size / 2,
    hold: null,
  };
};
