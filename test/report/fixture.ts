import { readFileSync } from 'node:fs';
import type { ReportInput } from '../../src/report/document.ts';

/** A verdict with the samples it came from, written by hand: fixtures/report/NAME.json. */
export const fixture = (name: string): ReportInput =>
  JSON.parse(readFileSync(new URL(`../../fixtures/report/${name}.json`, import.meta.url), 'utf8')) as ReportInput;
