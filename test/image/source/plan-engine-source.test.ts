import { expect, test } from 'vitest';
import { addedAddress, baseImages } from '../../../src/image/source/build-dockerfile.ts';
import { explainBuild } from '../../../src/image/source/explain-build.ts';

test('the images that a Dockerfile starts from', () => {
  const text = `ARG BASE=debian:12
FROM --platform=linux/amd64 \${BASE} AS build
FROM scratch
FROM build AS second
COPY --from=build /a /a
COPY --chown=1 --from=busybox:1 /b /b
COPY --from=0 \\
  /c /c
from node:24
`;
  expect(baseImages(text)).toEqual(['debian:12', 'node:24', 'busybox:1']);
});

test.each([
  ['ADD http://169.254.169.254/latest/meta-data /m', 'http://169.254.169.254/latest/meta-data'],
  ['FROM a\n  add --chown=1:1 \\\n  https://example.com/a /a', 'https://example.com/a'],
  ['ONBUILD ADD git@example.com:a/b.git /b', 'git@example.com:a/b.git'],
  ['ADD a b /c\nRUN echo http://x\nCOPY http /d\n# ADD http://y', null],
])('the address that a Dockerfile adds: %s', (text, address) => {
  expect(addedAddress(text)).toBe(address);
});

const OFFLINE = { name: 'mailer', engine: 'podman', hasNetwork: false };
const WHY =
  'Error: initializing source docker://node:20-slim: pinging container registry registry-1.docker.io: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host';
const endOf = (tail: string) => ({ how: 'exited with 125', words: tail, tail });

test('a base image that cannot be pulled is named, and no network for the steps is proposed', () => {
  const end = endOf(`STEP 1/2: FROM node:20-slim\n${WHY}`);
  expect(explainBuild(OFFLINE, end, [{ image: 'node:20-slim', why: WHY }])).toBe(
    'image of mailer: the base image node:20-slim is not here and cannot be pulled: load it, or correct the Dockerfile (podman: Error: initializing source docker://node:20-slim: …ttps://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host)',
  );
});

test('a step that lacks the network is told so, whatever stage was not built', () => {
  const end = endOf('STEP 2/2: RUN npm ci\nnpm error code EAI_AGAIN');
  expect(explainBuild(OFFLINE, end, [{ image: 'node:20-slim', why: WHY }])).toBe(
    'image of mailer: podman build exited with 125 (its steps have no network: set build_network: true to allow it): STEP 2/2: RUN npm ci\nnpm error code EAI_AGAIN',
  );
  expect(explainBuild({ ...OFFLINE, hasNetwork: true }, end, [])).not.toContain('build_network');
});
