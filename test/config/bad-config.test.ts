import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { failure, workspace } from './workspace-fixture.ts';

const FUNCTION = 'functions: { f: { command: [./f] } }\n';
const ISOLATIONS = 'isolations: { native: , runc: , gvisor: }\n';
const BASE = FUNCTION + ISOLATIONS;
const FUNCTION_KEYS =
  'handler, command, http, directory, events, image, build, programs, build_network, exclude, exclude_from, env, expect, deterministic, budgets';
const TOP_KEYS =
  'name, functions, control, resources, isolations, budgets, regression, measure, fail_on, fail_on_base, compare, gate_emulated';
const HANDLER = 'FILE.mjs#EXPORT (also .js, .cjs) or FILE.py:NAME, such as src/api.mjs#handler';
const NAMES = 'up to 63 letters, digits, dots, dashes and underscores, a letter or digit first';
const TIME = '1.15x, +15%, +20us, +30ms or +2s';

test.each([
  ['', `: null: must be a mapping; accepted keys: ${TOP_KEYS}`],
  ['[]\n', `:1: []: must be a mapping, not a list`],
  [`${BASE}budgets: [runc]\n`, `:3: budgets: ["runc"]: must be a mapping, not a list`],
  [`${BASE}resources: []\nmeasure: []\n`, `:3: resources: []: must be a mapping, not a list (and 1 more)`],
  [`functions: { f: [] }\n${ISOLATIONS}`, `:1: functions.f: []: must be a mapping, not a list`],
  ['just text\n', `:1: "just text": must be a mapping; accepted keys: ${TOP_KEYS}`],
  [ISOLATIONS, ':1: functions: missing'],
  [FUNCTION, ':1: isolations: missing'],
  [`${BASE}budget: {}\n`, `:3: budget: unknown key; accepted: ${TOP_KEYS} (did you mean budgets?)`],
  [
    `functions:\n  api:\n    command: [./f]\n    buget: 1\n${ISOLATIONS}`,
    `:4: functions.api.buget: unknown key; accepted: ${FUNCTION_KEYS} (did you mean budgets?)`,
  ],
  [
    `${BASE}measure: { tmie: 3s }\n`,
    ':3: measure.tmie: unknown key; accepted: time, max_time, min_blocks, max_blocks, invocations, warmup, timeout, cache (did you mean time?)',
  ],
  [`${BASE}toString: 1\n`, `:3: toString: unknown key; accepted: ${TOP_KEYS}`],
  [
    `${BASE}name: a//b\n`,
    ':3: name: "a//b": not accepted; accepted: a name of up to 100 letters, digits, dots, dashes, underscores and single slashes',
  ],
  [
    `functions: {}\n${ISOLATIONS}`,
    ':1: functions: empty; accepted: at least one function, such as api: { handler: src/api.mjs#handler }',
  ],
  [
    `functions:\n${ISOLATIONS}`,
    ':1: functions: null: must be a mapping of function names to their settings, such as api: { handler: src/api.mjs#handler }',
  ],
  [
    `functions: { ../f: { command: [./f] } }\n${ISOLATIONS}`,
    `:1: functions."../f": "../f": not accepted; accepted: ${NAMES}`,
  ],
  [
    `functions: { f: { command: [./f] }, constructor: {} }\n${ISOLATIONS}`,
    ':1: functions.constructor: a reserved word; choose another name',
  ],
  [
    `functions: { f: {} }\n${ISOLATIONS}`,
    `:1: functions.f: neither handler, command nor http; accepted: one of handler (${HANDLER}), command and http`,
  ],
  [
    `functions: { f: { command: [./f], handler: a.py:h } }\n${ISOLATIONS}`,
    ':1: functions.f.command: both handler and command; accepted: one of them',
  ],
  ...(
    [
      ['all', 'expect: "all": not accepted; accepted: any, { value: JSON }, or { schema: a JSON Schema }'],
      [
        '{ valeu: 1 }',
        'expect: {"valeu":1}: not accepted; accepted: any, { value: JSON }, or { schema: a JSON Schema }',
      ],
      [
        '{ value: 1, schema: true }',
        'expect: {"value":1,"schema":true}: not accepted; accepted: any, { value: JSON }, or { schema: a JSON Schema }',
      ],
      [
        '{ schema: { type: text } }',
        'expect.schema: type: "text": not accepted; accepted: string, number, integer, boolean, object, array, null',
      ],
      [
        '{ schema: { properties: { a: { $ref: "#/$defs/b" } } } }',
        'expect.schema: $ref: "#/$defs/b": not found; accepted: a part of the same schema, such as #/$defs/item',
      ],
      ['{ schema: { items: { pattern: "(" } } }', 'expect.schema: pattern: "(": not a regular expression'],
    ] as const
  ).map(([expected, message]): [string, string] => [
    `functions: { f: { command: [./f], expect: ${expected} } }\n${ISOLATIONS}`,
    `:1: functions.f.${message}`,
  ]),
  [
    `functions: { f: { command: [./f], deterministic: no } }\n${ISOLATIONS}`,
    ':1: functions.f.deterministic: "no": not accepted; accepted: true, false',
  ],
  [
    `functions: { f: { command: [./f], http: { command: [./f], port: 80 } } }\n${ISOLATIONS}`,
    ':1: functions.f.http: both command and http; accepted: one of them',
  ],
  [`functions: { f: { http: { command: [./f] } } }\n${ISOLATIONS}`, ':1: functions.f.http.port: missing'],
  [
    `functions: { f: { http: { command: [./f], port: 0 } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.port: 0: not accepted; accepted: a whole number from 1 to 65535',
  ],
  [
    `functions: { f: { http: { port: 80 } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.command: missing; only image: dockerfile and image: docker can bring a command of their own',
  ],
  [
    `functions: { f: { http: { port: 80 }, build: [make], image: { docker: node } } }\n${ISOLATIONS}`,
    ':1: functions.f.build: has no use without http.command, as only the image is run; remove it',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, path: x } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.path: "x": not accepted; accepted: a path that begins with / and has no blanks, such as / or /health?full=1',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, ready: "/a b" } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.ready: "/a b": not accepted; accepted: a path that begins with / and has no blanks, such as / or /health?full=1',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, method: HEAD } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.method: "HEAD": not accepted; accepted: POST, PUT, PATCH, DELETE, GET',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, headers: { Content-Length: "1" } } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.headers.Content-Length: is set for each request; remove it',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, headers: { a: "1", A: "2" } } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.headers.A: is there twice; remove one',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, headers: { "a b": "1" } } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.headers."a b": "a b": not accepted; accepted: a name of letters, digits and dashes',
  ],
  [
    `functions: { f: { http: { command: [./f], port: 80, headers: [a] } } }\n${ISOLATIONS}`,
    ':1: functions.f.http.headers: ["a"]: must be a mapping, not a list',
  ],
  [
    `functions: { f: { handler: a.mjs } }\n${ISOLATIONS}`,
    `:1: functions.f.handler: "a.mjs": not a handler; did you mean a.mjs#handler?`,
  ],
  [
    `functions: { f: { handler: "a.py:x y" } }\n${ISOLATIONS}`,
    `:1: functions.f.handler: "a.py:x y": not a handler; accepted: ${HANDLER}`,
  ],
  [
    `functions: { f: { handler: ../a.py:h } }\n${ISOLATIONS}`,
    ':1: functions.f.handler: "../a.py": leads to PARENT/a.py, outside ROOT',
  ],
  [
    `functions: { f: { command: ./f } }\n${ISOLATIONS}`,
    ':1: functions.f.command: "./f": not accepted; accepted: a list of words, such as ["./fn"]',
  ],
  [
    `functions: { f: { command: [./f, 3] } }\n${ISOLATIONS}`,
    ':1: functions.f.command[1]: 3: not accepted; accepted: a list of words, such as ["./fn"]',
  ],
  [
    `functions: { f: { command: ["a\\0b"] } }\n${ISOLATIONS}`,
    ':1: functions.f.command[0]: "a\\u0000b": not accepted; accepted: a list of words, such as ["./fn"]',
  ],
  [
    `functions: { f: { command: [./f], image: docker } }\n${ISOLATIONS}`,
    ':1: functions.f.image: "docker": not accepted; accepted: host, { rootfs: a directory or tar }, { dockerfile: a path }, or { docker: an image reference, such as node:24-slim }',
  ],
  [
    `functions: { f: { command: [./f], image: { rootfs: tree, docker: x } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image: {"rootfs":"tree","docker":"x"}: not accepted; accepted: host, { rootfs: a directory or tar }, { dockerfile: a path }, or { docker: an image reference, such as node:24-slim }',
  ],
  [
    `functions: { f: { command: [./f], image: { docker: --privileged } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image.docker: "--privileged": not accepted; accepted: an image reference, such as node:24-slim',
  ],
  [
    `functions: { f: { command: [./f], image: { docker: dir:/root/image } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image.docker: "dir:/root/image": not accepted; accepted: an image reference, such as node:24-slim',
  ],
  [
    `functions: { f: { command: [./f], image: { docker: docker-archive:/root/image.tar } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image.docker: "docker-archive:/root/image.tar": not accepted; accepted: an image reference, such as node:24-slim',
  ],
  [
    `functions: { f: { command: [./f], image: { docker: docker://node:24 } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image.docker: "docker://node:24": not accepted; accepted: an image reference, such as node:24-slim',
  ],
  [
    `functions: { f: { command: [./f], image: { rootfs: none.tar } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image.rootfs: "none.tar": no such directory or file',
  ],
  [
    `functions: { f: { command: [./f], image: { dockerfile: . } } }\nisolations: { native: , runc: , gvisor: }\n`,
    ':1: functions.f.image.dockerfile: ".": no such file',
  ],
  [
    `functions: { f: { command: [./f], directory: no } }\n${ISOLATIONS}`,
    ':1: functions.f.directory: "no": no such directory in ROOT',
  ],
  [
    `functions: { f: { command: [./f], directory: isogate.yml } }\n${ISOLATIONS}`,
    ':1: functions.f.directory: "isogate.yml": no such directory in ROOT',
  ],
  [
    `functions: { f: { command: [./f], directory: /etc } }\n${ISOLATIONS}`,
    ':1: functions.f.directory: "/etc": leads to /etc, outside the workspace ROOT',
  ],
  [
    `functions: { f: { command: [./f], events: no.json } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "no.json": no such file',
  ],
  [
    `functions: { f: { command: [./f], events: "no/*.json" } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "no/*.json": no file matches in ROOT',
  ],
  [
    `functions: { f: { command: [./f], events: [ok.json, bad.json] } }\n${ISOLATIONS}`,
    ':1: functions.f.events[1]: "bad.json": not JSON: ',
  ],
  [
    `functions: { f: { command: [./f], events: big.json } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "big.json": 6291458 bytes; accepted: at most 6291456',
  ],
  [
    `functions: { f: { command: [./f], events: "/etc/*" } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "/etc/*": outside the workspace ROOT',
  ],
  [
    `functions: { f: { command: [./f], events: "*/../../*" } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "*/../../*": outside the workspace ROOT',
  ],
  [
    `functions: { f: { command: [./f], events: "../*.json" } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "../*.json": outside the workspace ROOT',
  ],
  [
    `functions: { f: { command: [./f], events: /etc/passwd } }\n${ISOLATIONS}`,
    ':1: functions.f.events: "/etc/passwd": leads to /etc/passwd, outside the workspace ROOT',
  ],
  [
    `functions: { f: { command: [./f], events: 7 } }\n${ISOLATIONS}`,
    ':1: functions.f.events: not accepted; accepted: a path or glob of JSON files, such as events/*.json, or a list of them',
  ],
  [
    `${FUNCTION}isolations: { native: , jail: }\n`,
    ':2: isolations.jail: not a known type, and no type given; accepted types: native, bubblewrap, runc, crun, docker, podman, gvisor, kata, qemu-microvm, firecracker, cloud-hypervisor, qemu-q35',
  ],
  [
    `${FUNCTION}isolations: { native: , rucn: }\n`,
    ':2: isolations.rucn: not a known type, and no type given; accepted types: native, bubblewrap, runc, crun, docker, podman, gvisor, kata, qemu-microvm, firecracker, cloud-hypervisor, qemu-q35 (did you mean runc?)',
  ],
  [
    `${FUNCTION}isolations: { native: , vm: { type: xen } }\n`,
    ':2: isolations.vm.type: "xen": not accepted; accepted: native, bubblewrap, runc, crun, docker, podman, gvisor, kata, qemu-microvm, firecracker, cloud-hypervisor, qemu-q35',
  ],
  [
    `${FUNCTION}isolations: { native: , qemu-q35: , firecracker: { kernel: { url: "https://k.example/v", sha256: ${'a'.repeat(64)} } } }\n`,
    `:2: isolations.firecracker.kernel: https://k.example/v (${'a'.repeat(64)}) differs from the default kernel of qemu-q35; all VMs share one guest kernel: give each the same`,
  ],
  [
    `${FUNCTION}isolations: { native: , runc: { platform: kvm } }\n`,
    ':2: isolations.runc.platform: not a key of type runc; accepted: type, required',
  ],
  [
    `${FUNCTION}isolations: { native: , gvisor: { kernel: k } }\n`,
    ':2: isolations.gvisor.kernel: not a key of type gvisor; accepted: type, required, platform',
  ],
  [
    `${FUNCTION}isolations: { native: , gvisor: { platform: sytrap } }\n`,
    ':2: isolations.gvisor.platform: "sytrap": not accepted; accepted: systrap, ptrace, kvm (did you mean systrap?)',
  ],
  [
    `${FUNCTION}isolations: { native: , qemu-microvm: { accelerator: [] } }\n`,
    ':2: isolations.qemu-microvm.accelerator: []: not accepted; accepted: a list of kvm, tcg, in order of preference',
  ],
  [
    `${FUNCTION}isolations: { native: , qemu-microvm: { accelerator: kvm } }\n`,
    ':2: isolations.qemu-microvm.accelerator: "kvm": not accepted; accepted: a list of kvm, tcg, in order of preference',
  ],
  [
    `${FUNCTION}isolations: { native: , qemu-microvm: { kernel: no } }\n`,
    ':2: isolations.qemu-microvm.kernel: "no": no such file',
  ],
  [
    `${FUNCTION}isolations: { native: , qemu-microvm: { kernel: /etc/passwd } }\n`,
    ':2: isolations.qemu-microvm.kernel: "/etc/passwd": leads to /etc/passwd, outside the workspace; accepted: a path inside it, or one that /etc/isogate/allow.yml lists',
  ],
  [`${FUNCTION}isolations: { runc: }\n`, ':1: control: native is not listed under isolations; accepted: runc'],
  [
    `${BASE}control: rnc\n`,
    ':3: control: rnc is not listed under isolations; accepted: native, runc, gvisor (did you mean runc?)',
  ],
  [
    `${BASE}budgets: { kata: { latency: +5% } }\n`,
    ':3: budgets.kata: not listed under isolations; accepted: runc, gvisor',
  ],
  [
    `${BASE}budgets: { native: { latency: +5% } }\n`,
    ':3: budgets.native: the control has no overhead over itself; remove this budget',
  ],
  [
    `functions: { f: { command: [./f], budgets: { rnc: {} } } }\n${ISOLATIONS}`,
    ':1: functions.f.budgets.rnc: not listed under isolations; accepted: runc, gvisor (did you mean runc?)',
  ],
  [
    `${BASE}budgets: { runc: { latency: 5% } }\n`,
    `:3: budgets.runc.latency: "5%": the sign is missing; accepted: ${TIME}`,
  ],
  [
    `${BASE}budgets:\n  runc:\n    latency: +40MiB\n`,
    `:5: budgets.runc.latency: "+40MiB": the unit MiB does not fit; accepted: ${TIME}`,
  ],
  [
    `${BASE}budgets: { runc: { latency: +40 } }\n`,
    `:3: budgets.runc.latency: 40: the unit is missing; accepted: ${TIME}`,
  ],
  [`${BASE}budgets: { runc: { latency: } }\n`, `:3: budgets.runc.latency: null: not a limit; accepted: ${TIME}`],
  [
    `${BASE}budgets: { runc: { latncy: +5% } }\n`,
    ':3: budgets.runc.latncy: unknown key; accepted: cold_start, latency, latency_p95, latency_p99, throughput, memory, memory_peak, cpu (did you mean latency?)',
  ],
  [
    `${BASE}budgets: { runc: +5% }\n`,
    ':3: budgets.runc: "+5%": must be a mapping; accepted keys: cold_start, latency, latency_p95, latency_p99, throughput, memory, memory_peak, cpu',
  ],
  [
    `${BASE}regression: { control: +5ms }\n`,
    ':3: regression.control: "+5ms": the unit ms does not fit; accepted: 1.15x or +15%',
  ],
  [
    `${BASE}regression: { floor: { share: 1% } }\n`,
    ':3: regression.floor.share: "1%": the sign is missing; accepted: +1% (+0%: none)',
  ],
  [
    `${BASE}regression: { floor: { share: +20us } }\n`,
    ':3: regression.floor.share: "+20us": the unit "us" does not fit; accepted: +1% (+0%: none)',
  ],
  [
    `${BASE}regression: { floor: { time: -20us } }\n`,
    ':3: regression.floor.time: "-20us": a floor is a growth that is too small to count, so it is never negative; accepted: +20us, +1ms or +1s (+0us: none)',
  ],
  [
    `${BASE}regression: { floor: { memory: 256 } }\n`,
    ':3: regression.floor.memory: 256: the unit is missing; accepted: +256KiB or +1MB (also KB, GB, MiB, GiB; +0KB: none)',
  ],
  [
    `${BASE}regression: { floor: { latency: +1ms } }\n`,
    ':3: regression.floor.latency: unknown key; accepted: share, time, memory',
  ],
  [`${BASE}regression: { floor: [1] }\n`, ':3: regression.floor: [1]: must be a mapping, not a list'],
  [
    `${BASE}measure: { time: 120 }\n`,
    ':3: measure.time: 120: not accepted; accepted: a number with ms, s, m or h, such as 120s',
  ],
  [`${BASE}measure: { time: 0s }\n`, ':3: measure.time: 0s: not accepted; accepted: above 0s and at most 24h'],
  [
    `${BASE}measure: { min_blocks: 1.5 }\n`,
    ':3: measure.min_blocks: 1.5: not accepted; accepted: a whole number from 1 to 10000',
  ],
  [
    `${BASE}measure: { min_blocks: 9, max_blocks: 8 }\n`,
    ':3: measure.max_blocks: 8: not accepted; accepted: at least min_blocks, 9',
  ],
  [
    `${BASE}measure: { invocations: 298 }\nregression: { latency_p99: +5% }\n`,
    ':3: measure.invocations: 298: too few for latency_p99; accepted: at least 299',
  ],
  [
    `functions: { f: { command: [./f], budgets: { runc: { latency_p95: +5% } } } }\n${ISOLATIONS}measure: { invocations: 58 }\n`,
    ':3: measure.invocations: 58: too few for latency_p95; accepted: at least 59',
  ],
  [`${BASE}measure: { cache: hot }\n`, ':3: measure.cache: "hot": not accepted; accepted: warm, cold'],
  [
    `${BASE}resources: { memory: 256 }\n`,
    ':3: resources.memory: 256: not accepted; accepted: a number with KB, MB, GB (powers of 1000), KiB, MiB or GiB (of 1024), such as 256MiB',
  ],
  [`${BASE}resources: { memory: 1MiB }\n`, ':3: resources.memory: 1MiB: not accepted; accepted: from 16MiB to 1024GiB'],
  [`${BASE}resources: { cpus: 0 }\n`, ':3: resources.cpus: 0: not accepted; accepted: a whole number from 1 to 256'],
  [
    `${BASE}fail_on: [fial]\n`,
    ':3: fail_on[0]: "fial": not accepted; accepted: fail, inconclusive, not-measured (did you mean fail?)',
  ],
  [
    `${BASE}fail_on: []\n`,
    ':3: fail_on: without fail and not-measured, which always fail the run; accepted: [fail, not-measured], and inconclusive beside them; where a red run is not to block, do not require its check',
  ],
  [
    `${BASE}fail_on: [fail, inconclusive]\n`,
    ':3: fail_on: without not-measured, which always fail the run; accepted: [fail, not-measured], and inconclusive beside them; where a red run is not to block, do not require its check',
  ],
  [`${BASE}gate_emulated: yes\n`, ':3: gate_emulated: "yes": not accepted; accepted: true, false'],
  [
    `${BASE}name: "\\e[31m\\u202e\\n::error::x"\n`,
    ':3: name: "\\u001b[31m\\u{202e}\\n::error::x": not accepted; accepted: a name of up to 100 letters, digits, dots, dashes, underscores and single slashes',
  ],
  [
    `functions: { f: { comand: [./f] } }\n${ISOLATIONS}budgets: { runc: { latency: 5%, memory: 5% } }\nfail_on: fail\n`,
    `:1: functions.f.comand: unknown key; accepted: ${FUNCTION_KEYS} (did you mean command?) (and 3 more)`,
  ],
  [
    `${ISOLATIONS}fail_on: [no]\nfunctions: { f: { command: [] } }\n`,
    ':2: fail_on[0]: "no": not accepted; accepted: fail, inconclusive, not-measured (and 1 more)',
  ],
])('%j', async (yaml, message) => {
  const root = workspace({
    'isogate.yml': yaml,
    'ok.json': '{}',
    'bad.json': '{',
    'big.json': `"${'x'.repeat(6 * 2 ** 20)}"`,
  });
  const path = join(root, 'isogate.yml');
  const thrown = await failure(() => loadConfig(path));
  const expected = path + message.replaceAll('ROOT', root).replaceAll('PARENT', join(root, '..'));
  expect(thrown.name).toBe('BadInputError');
  // What V8 says of broken JSON differs between versions of Node.
  if (message.endsWith('not JSON: ')) expect(thrown.message.startsWith(expected)).toBe(true);
  else expect(thrown.message).toBe(expected);
  expect(thrown.message).not.toMatch(/\p{C}/u);
});
