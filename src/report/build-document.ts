import { changeSection } from './change-section.ts';
import { comparisonsSection } from './comparisons-section.ts';
import { evidenceSection, failuresSection, fingerprintSection, phasesSection } from './details.ts';
import type { Block, ReportDocument, ReportInput, Section, Text } from './document.ts';
import { advice, headline } from './headline.ts';
import { deviationsSection, hostSection, noiseSection, warningsSection } from './identities.ts';
import { reproduceSection, tellCarriedOn } from './reproduce.ts';
import { buildRows, controlName, type Row } from './rows.ts';
import { buildStrips } from './strips.ts';
import { overviewTable } from './table.ts';
import { titleTail } from './title-tail.ts';
import { waiversSection } from './waivers-section.ts';
import { modesSection, whySection } from './why.ts';
import { VERDICT_MARKS, VERDICT_WORDS } from './words.ts';

/** Is it red, why, what to do; then the table; then what it rests on; then the detail, most wanted first. */
export function buildDocument(input: ReportInput): ReportDocument {
  const { verdict, samples } = input;
  const rows = buildRows(verdict, samples);
  const lead: Block[] = headline(verdict, rows).map((text: Text) => ({ kind: 'paragraph', text }));
  const items = advice(verdict, samples);
  if (items.length > 0) lead.push({ kind: 'paragraph', text: { strong: 'What to do' } }, { kind: 'list', items });
  const sections: (Section | null)[] = [
    overheadsSection(input, rows),
    waiversSection(verdict),
    warningsSection(verdict, samples),
    failuresSection(samples),
    modesSection(verdict),
    changeSection(verdict, samples),
    reproduceSection(input),
    whySection(verdict),
    noiseSection(verdict),
    hostSection(samples),
    deviationsSection(samples),
    comparisonsSection(verdict),
    phasesSection(samples),
    evidenceSection(samples),
    fingerprintSection(samples),
  ];
  return {
    title: `${VERDICT_MARKS[verdict.verdict]} Isogate ${verdict.gate}: ${VERDICT_WORDS[verdict.verdict]}${titleTail(verdict, samples)}`,
    lead,
    sections: sections.filter((section) => section !== null),
  };
}

function overheadsSection({ verdict, samples }: ReportInput, rows: Row[]): Section {
  const legend: Text = [
    'Overheads are against ',
    { code: controlName(samples) },
    ' within the same blocks. “=” is the median itself; “~” has no interval behind it; “at most” and “at least” are the one end that a look gave.',
  ];
  const carriedOn = tellCarriedOn(samples);
  const attempt: Block[] =
    carriedOn === null ? [] : [{ kind: 'paragraph', text: `This is ${carriedOn}; all of them count.` }];
  return {
    title: 'Overheads',
    folded: false,
    blocks: [
      overviewTable(rows),
      { kind: 'chart', strips: buildStrips(verdict) },
      { kind: 'paragraph', text: legend },
      ...attempt,
    ],
  };
}
