import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { addNotes, COMMENT_LIMIT, commentBody } from '../src/report/comment.ts';
import { renderReport } from '../src/report/render-report.ts';
import { galleryRun } from './gallery-runs.ts';

/** What stands in the gallery: recorded verdicts, and what is to be understood of each within seconds. */
export const CASES = [
  ['pass', 'Every budget is kept'],
  ['fail', 'A budget is broken, by this change'],
  ['fail-on-base', 'A budget is broken, and was on the base already'],
  ['inconclusive', 'Not decided'],
  ['not-measured', 'A required isolation could not be measured'],
  ['waived', 'A regression that was agreed on'],
  ['fork', 'A fork’s code, measured by a job without permission to write'],
] as const;

const HEAD = '4f2a9c1e7b3d5806aa19c4e2f7d3b6a8905e1c72';
const RUN = 'https://github.com/acme/thumbs/actions/runs/1849';

/** The comment of one case as GitHub Markdown. */
export function commentOf(name: string): string {
  const markdown = addNotes(renderReport(galleryRun(name)), {
    enforced: true,
    objection: null,
    untrusted: name === 'fork' ? 'the fork eve/thumbs' : null,
  });
  return commentBody(markdown, { headSha: HEAD, runUrl: RUN, artifactUrl: `${RUN}#artifacts` }, COMMENT_LIMIT);
}

/** Writes a page for each case into the directory. */
export function writePages(directory: string): void {
  for (const [name] of CASES) writeFileSync(join(directory, `${name}.html`), renderPage(name));
}

/** The comment as a page that looks as on GitHub; folded parts stay folded. */
function renderPage(name: string): string {
  const css = readFileSync('node_modules/github-markdown-css/github-markdown-light.css', 'utf8');
  const body = micromark(commentOf(name), {
    allowDangerousHtml: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
  return `<!doctype html><meta charset="utf-8"><style>${css}
body { margin: 0; background: #fff }
.comment { margin: 16px; width: 880px; border: 1px solid #d1d9e0; border-radius: 6px }
.who { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; font: 14px sans-serif; color: #59636e }
.markdown-body { padding: 16px; font-size: 14px }</style>
<div class="comment"><div class="who"><b>github-actions</b> bot commented</div><div class="markdown-body">${body}</div></div>
<script>document.body.dataset.height = Math.ceil(document.querySelector('.comment').getBoundingClientRect().bottom + 16)</script>`;
}
