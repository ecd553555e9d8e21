/** Two colour schemes; no fonts, images or scripts: the page opens from a downloaded artifact, offline. */
export const HTML_STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #fff; --shade: #f6f8fa;
  --pass: #1a7f37; --fail: #d1242f; --inconclusive: #9a6700; --not-gated: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d; --paper: #0d1117;
  --shade: #151b23; --pass: #3fb950; --fail: #f85149; --inconclusive: #d29922; --not-gated: #8b949e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 66rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--shade); } .r { text-align: right; }
code, pre { font: .9em ui-monospace, monospace; background: var(--shade); border-radius: 4px; }
code { padding: .1em .3em; } pre { padding: .8rem; overflow-x: auto; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; }
figure { margin: .8rem 0; } figcaption { color: var(--soft); font-size: .9em; }
.strip { --state: var(--not-gated); max-width: 100%; height: auto; }
.strip.pass { --state: var(--pass); } .strip.fail { --state: var(--fail); }
.strip.inconclusive { --state: var(--inconclusive); }
.axis, .neutral { stroke: var(--line); } .neutral { stroke-width: 2; }
.interval { fill: var(--state); opacity: .4; } .estimate { fill: var(--state); }
.history { max-width: 100%; height: auto; } .whisker, .path { stroke: var(--soft); fill: none; }
.point { fill: var(--soft); } .point.accepted, .point.pinned { fill: var(--inconclusive); } .point.now { fill: var(--ink); }
.step { stroke: var(--fail); stroke-width: 2; } .step.down { stroke: var(--pass); } .host { stroke: var(--line); stroke-width: 6; }
.history text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.limit { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 4 3; }
`;
