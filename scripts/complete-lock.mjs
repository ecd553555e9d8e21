#!/usr/bin/env node
// Adds to package-lock.json the optional packages for other platforms that npm left out because the registry in use does not
// offer them; without them `npm ci` calls the lock file out of sync. Such an entry has no integrity, as nothing was fetched.
// Run it after every npm install that changed the lock file. --check only says what is missing.
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'package-lock.json';
const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const missing = {};
for (const [path, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const found = [`${path}/node_modules/${name}`, `node_modules/${name}`].map((key) => lock.packages[key]);
    const exact = /^\d+\.\d+\.\d+[-.\w]*$/.test(version);
    if (found.some((entry) => entry !== undefined && (!exact || entry.version === version))) continue;
    if (!exact) throw new Error(`${path} wants ${name} ${version}, not one version: install it where it is offered`);
    // beside the others, or below the package that wants it where another version has that place
    const key = `${found[1] === undefined ? '' : `${path}/`}node_modules/${name}`;
    const { os, cpu, libc } = platformOf(name);
    // keys in npm's order
    missing[key] = { version, ...cpu, ...(dev && { dev }), ...libc, optional: true, ...os };
  }
}

function platformOf(name) {
  const words = name.split(/[^a-z0-9]+/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = CPUS.filter((each) => words.includes(each));
  if (os.length + cpu.length === 0) throw new Error(`cannot tell the platform of ${name} by its name`);
  return { os: os.length && { os }, cpu: cpu.length && { cpu }, libc: words.includes('musl') && { libc: ['musl'] } };
}

const names = Object.keys(missing);
if (process.argv.includes('--check')) {
  for (const name of names) console.log(`${FILE} lacks ${name}`);
  if (names.length > 0) console.log('run scripts/complete-lock.mjs and commit package-lock.json');
  process.exitCode = names.length > 0 ? 1 : 0;
} else {
  lock.packages = Object.fromEntries(
    Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en')),
  );
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${FILE}: ${names.length} packages added`);
}
