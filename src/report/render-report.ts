import { advice } from './advice.ts';
import { answersSection, eventsBlock } from './answers-section.ts';
import { changeSection } from './change-section.ts';
import { comparisonsSection } from './comparisons-section.ts';
import { evidenceSection, failuresSection, fingerprintSection, phasesSection } from './details.ts';
import {
  type Block,
  inlines,
  inlineText,
  markedTitle,
  type ReportDocument,
  type ReportInput,
  type Section,
  type Text,
} from './document.ts';
import { tellEarly } from './early.ts';
import { plainText } from './escape.ts';
import { listFindings } from './findings.ts';
import { headline, titleTail } from './headline.ts';
import { historySection } from './history.ts';
import { deviationsSection, hostSection, noiseSection, warningsSection } from './identities.ts';
import { lastWordsSection } from './last-words-section.ts';
import { buildStrips, overviewTable } from './overview.ts';
import { reproduceSection, tellCarriedOn } from './reproduce.ts';
import { buildRows, controlName, type Row } from './rows.ts';
import { type TerminalLook, toTerminal } from './terminal/to-terminal.ts';
import { toHtml } from './to-html.ts';
import { toMarkdown } from './to-markdown.ts';
import { waiversSection } from './waivers-section.ts';
import { modesSection, whySection } from './why.ts';
import { VERDICT_WORDS } from './words.ts';

/** First the verdict, its reasons and what to do, then the table, then what it rests on, then details. */
function buildDocument(input: ReportInput): ReportDocument {
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
    lastWordsSection(samples),
    answersSection(verdict),
    modesSection(verdict),
    changeSection(verdict, samples),
    reproduceSection(input),
    whySection(verdict),
    noiseSection(verdict),
    hostSection(samples),
    deviationsSection(samples),
    comparisonsSection(verdict, rows),
    phasesSection(samples),
    evidenceSection(samples),
    fingerprintSection(samples),
  ];
  return {
    verdict: verdict.verdict,
    title: `Isogate ${verdict.gate}: ${VERDICT_WORDS[verdict.verdict]}${titleTail(verdict, samples)}`,
    lead,
    sections: sections.filter((section) => section !== null),
    findings: listFindings(verdict, samples, rows),
  };
}

function overheadsSection({ verdict, samples }: ReportInput, rows: Row[]): Section {
  const legend: Text = [
    'Overheads are against ',
    { code: controlName(samples) },
    ' within the same blocks. “=” is the median itself. “~” is an estimate without an interval. “At most” and “at least” are intervals with only one end.',
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
      ...tellEarly(verdict.comparisons).map((text): Block => ({ kind: 'paragraph', text })),
      ...eventsBlock(verdict),
      ...attempt,
    ],
  };
}

/** report.html: the content of report.md, each interval drawn against its limit, and what was recorded before. */
export const renderHtml = (input: ReportInput): string => {
  const document = buildDocument(input);
  const history = historySection(input);
  const [first, ...rest] = document.sections;
  return toHtml(history && first ? { ...document, sections: [first, history, ...rest] } : document);
};

/** report.md: the verdict in words, one table, what it rests on, and the detail folded away. */
export const renderReport = (input: ReportInput): string => toMarkdown(buildDocument(input));

/** The report for a terminal, without its details, and at its end what was found in three sentences. */
export const renderForTerminal = (input: ReportInput, look: TerminalLook): string =>
  toTerminal(buildDocument(input), look);

/** The first sentence of the report without any mark-up, for a check's title. */
export function plainHeadline(input: ReportInput): string {
  const document = buildDocument(input);
  const [first] = document.lead;
  const text = first?.kind === 'paragraph' ? first.text : markedTitle(document);
  return plainText(inlines(text).map(inlineText).join(''), 250);
}
