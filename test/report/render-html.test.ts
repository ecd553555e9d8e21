import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/render-report.ts';
import { fixture } from './fixture.ts';

describe('renderHtml', () => {
  it('has the content of the report and one chart a comparison with an interval', () => {
    const html = renderHtml(fixture('fail'));
    expect(html).toContain('<h1>❌ Isogate api: fail, by this change</h1>');
    expect(html).toContain('<strong>+31.0% (99% interval +27.0% to +35.0%)</strong>, above the limit of +15%');
    expect(html.match(/<svg class="strip (\w+)"/g)).toEqual([
      '<svg class="strip pass"',
      '<svg class="strip pass"',
      '<svg class="strip fail"',
      '<svg class="strip pass"',
      '<svg class="strip fail"',
    ]);
    expect(html).toContain(
      '<figcaption>thumbnail · gvisor · latency: +31.0% (+27.0% to +35.0%), limit +15%</figcaption>',
    );
  });

  it('draws the interval to scale: from no cost at the left to the upper bound at the right', () => {
    // gvisor latency: 1 … 1.35 over 340 units from 10; 1.27 → 272.3, 1.31 → 311.1, the limit 1.15 → 155.7.
    const html = renderHtml(fixture('fail'));
    expect(html).toContain('<rect class="interval" x="272.3" y="12" width="77.7" height="10" rx="3"/>');
    expect(html).toContain('<circle class="estimate" cx="311.1" cy="17" r="4"/>');
    expect(html).toContain('<line class="limit" x1="155.7" x2="155.7"');
  });

  it('draws nothing where there is no interval, and greys what is not gated', () => {
    expect(renderHtml(fixture('not-measured')).match(/<svg/g)?.length).toBe(2);
    const input = fixture('pass');
    for (const one of input.verdict.comparisons) Object.assign(one, { gated: false, cause: 'emulated' });
    expect(renderHtml(input)).toContain('<svg class="strip not-gated"');
  });

  it('loads nothing, runs nothing and escapes everything', () => {
    const html = renderHtml(fixture('hostile'));
    expect(html).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    );
    expect(html).not.toMatch(/<(script|img|a|iframe|link)\b/);
    expect(html).toContain('a|b`c`&lt;img src=x&gt;@octocat');
    expect(html).not.toMatch(/[^\P{C}\n]/u);
  });
});
