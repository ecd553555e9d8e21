import { expect, it } from 'vitest';
import { buildEnv } from '../../../src/image/build/build-env.ts';

const FROM = {
  ...{
    GITHUB_TOKEN: 'x',
    NODE_AUTH_TOKEN: 'x',
    NPM_TOKEN: 'x',
    npm_config__authToken: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  },
  ...{ PATH: '/somebody/bin', HOME: '/root', LD_PRELOAD: '/x.so', NODE_OPTIONS: '--require x' },
  ...{
    https_proxy: 'http://proxy:1',
    NPM_CONFIG_REGISTRY: 'https://packages.test/',
    SSL_CERT_FILE: '/etc/passwd',
    PIP_CERT: '/none',
  },
};
const NONE = { path: [], env: {} };
const COMMON = {
  PATH: '/py/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  TMPDIR: '/tmp',
  SOURCE_DATE_EPOCH: '946684800',
  LANG: 'C.UTF-8',
};

it('lets nothing of the harness through without network', () => {
  expect(buildEnv(FROM, { network: false, programDirs: ['/py/bin'], toolchains: NONE })).toEqual({
    env: { ...COMMON, npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
    files: [],
    leftOut: [],
  });
});

it('lets proxy, certificates and registries through with network, and shows the certificates that exist', () => {
  const { https_proxy, NPM_CONFIG_REGISTRY, SSL_CERT_FILE, PIP_CERT } = FROM;
  expect(buildEnv(FROM, { network: true, programDirs: ['/py/bin'], toolchains: NONE })).toEqual({
    env: { ...COMMON, https_proxy, NPM_CONFIG_REGISTRY, SSL_CERT_FILE, PIP_CERT },
    files: ['/etc/passwd'],
    leftOut: [],
  });
});

it('leaves out what holds a user name or password, and names it', () => {
  const secret = {
    HTTPS_PROXY: 'http://user:secret@proxy.test:1',
    http_proxy: 'user:secret@proxy.test:1',
    ALL_PROXY: 'socks5:\\\\secret@proxy.test',
    npm_config_registry: 'https://:secret@packages.test/',
    PIP_INDEX_URL: 'https://secret@packages.test/simple',
    PIP_EXTRA_INDEX_URL: 'https://a.test/simple https://user:pa/ss@b.test/simple',
  };
  const { env, leftOut } = buildEnv(
    { ...secret, https_proxy: 'http://proxy.test:1', NO_PROXY: 'a.test' },
    { network: true, programDirs: ['/py/bin'], toolchains: NONE },
  );
  expect(env).toEqual({ ...COMMON, https_proxy: 'http://proxy.test:1', NO_PROXY: 'a.test' });
  expect(leftOut.sort()).toEqual(Object.keys(secret).sort());
});

it('puts tool chains after the language runtime and before the system, and cannot be told another HOME by them', () => {
  const toolchains = { path: ['/usr/local/go/bin', '/usr/bin'], env: { GOROOT: '/usr/local/go', HOME: '/root' } };
  const { env } = buildEnv(FROM, { network: true, programDirs: ['/py/bin'], toolchains });
  expect(env['PATH']).toBe('/py/bin:/usr/local/go/bin:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/bin');
  expect(env['GOROOT']).toBe('/usr/local/go');
  expect(env['HOME']).toBe('/tmp');
});
