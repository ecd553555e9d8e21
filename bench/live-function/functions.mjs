// What bench:live measures: real work in proportion to `event.work`, always the same for the same event.
import { createHash } from 'node:crypto';

const { bigint: nowNs } = process.hrtime;

const scratch = Buffer.alloc(2 ** 21, 1);
/**
 * Busy, not asleep. Each turn is long (about 50 µs): a tight loop over the clock would be compiled meanwhile, which on one
 * CPU makes 1 ms into 3. Called for every event, so that what its first use costs is in all arms.
 */
const spin = (ms) => {
  const untilNs = nowNs() + BigInt(Math.round(ms * 1e6));
  while (nowNs() < untilNs) scratch.fill(1);
};

const busy =
  (work) =>
  ({ work: units, coldExtraMs }) => {
    spin(coldExtraMs);
    return work(units);
  };

/** A unit is one step of xorshift32 (Marsaglia 2003), with a product for good measure. */
export const arithmetic = busy((units) => {
  let x = 0x9e3779b9;
  for (let i = 0; i < units; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x = Math.imul(x ^ (x << 5), 0x85ebca6b) | 1;
  }
  return x >>> 0;
});

/** A unit is the SHA-256 of the one before. */
export const digest = busy((units) => {
  let hash = Buffer.alloc(32);
  for (let i = 0; i < units; i++) hash = createHash('sha256').update(hash).digest();
  return hash.toString('hex');
});

/** A unit is a small document to text and back. */
export const json = busy((units) => {
  let document = { id: 0, name: 'isogate', tags: ['a', 'b', 'c'], place: { x: 1.5, y: -2.25 } };
  for (let i = 0; i < units; i++) document = { ...JSON.parse(JSON.stringify(document)), id: i };
  return document.id;
});
