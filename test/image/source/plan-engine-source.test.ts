import { expect, test } from 'vitest';
import { addedAddress, baseImages } from '../../../src/image/source/build-dockerfile.ts';

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
