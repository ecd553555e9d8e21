// Functions of bench:cases: always the same work for the same event.
import { pbkdf2Sync } from 'node:crypto';

const ORDER = {
  id: 7,
  customer: 'Ada',
  lines: Array.from({ length: 24 }, (_, line) => ({ sku: `A-${line}`, count: line % 5, price: line * 1.25 })),
};

/** A small document to text and back: about 25 µs. */
export const document = ({ id }) => ({ lines: JSON.parse(JSON.stringify({ ...ORDER, id })).lines.length, id });

/** Nothing but computing, as long as the event asks for. */
export const hash = ({ iterations }) => ({
  hash: pbkdf2Sync('isogate', 'salt', iterations, 32, 'sha256').toString('hex'),
});
