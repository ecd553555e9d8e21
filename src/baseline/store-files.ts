import { createHash } from 'node:crypto';
import type { BaselinePin, BaselineRecord } from '../model/baseline.ts';
import type { Fingerprint } from '../model/probe.ts';
import { safeName } from './safe-name.ts';
import { type StoredRun, toStoredRuns } from './stored-run.ts';

/** 64 bits tell the few fingerprints of a gate apart. */
const ID_DIGITS = 16;

/** The same for equal fingerprints only. */
export const fingerprintId = (fingerprint: Fingerprint): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(fingerprint).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, ID_DIGITS);

/** Files of a store are the same in a directory and on a branch. */
export const PINS = 'pins.jsonl';
export const gateDirectory = (gate: string): string => safeName(gate);

const fileOf = ({ gate, function: name, isolation, fingerprint }: StoredRun): string =>
  [gateDirectory(gate), safeName(name), safeName(isolation), `${fingerprintId(fingerprint)}.jsonl`].join('/');

/** `GATE/FUNCTION/ISOLATION/FINGERPRINT.jsonl` and `GATE/pins.jsonl`, with what is to stand in each. */
export const linesByFile = ({
  records,
  pins,
}: {
  records: readonly BaselineRecord[];
  pins: readonly BaselinePin[];
}): Map<string, (StoredRun | BaselinePin)[]> => {
  const files = new Map<string, (StoredRun | BaselinePin)[]>();
  const add = (file: string, line: StoredRun | BaselinePin) => files.set(file, [...(files.get(file) ?? []), line]);
  for (const run of toStoredRuns(records)) add(fileOf(run), run);
  for (const pin of pins) add(`${gateDirectory(pin.gate)}/${PINS}`, pin);
  return files;
};
