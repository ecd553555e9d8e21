import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { SYSTEM_PATH } from '../../lib/run-tool.ts';
import { FIXED_TIME_SECONDS } from '../tree/seal-tree.ts';

/**
 * Passed on only to builds with network: how to reach it, whom to trust, and where packages come from. Both upper and
 * lower case are in use.
 */
const NETWORK_VARIABLES = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['NPM_CONFIG_REGISTRY', 'npm_config_registry', 'PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_TRUSTED_HOST'],
  ...['GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GONOPROXY', 'GOPRIVATE', 'GOINSECURE'],
];
const CERTIFICATE_VARIABLES = [
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT'],
  ...['NPM_CONFIG_CAFILE', 'npm_config_cafile', 'CARGO_HTTP_CAINFO'],
];
/** Tells npm that there is no network, because it would otherwise wait for a registry that it cannot reach. */
const OFFLINE = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };

/**
 * The environment of a build. It is an allow-list, so that no token of the harness reaches the build.
 * @param options.programDirs the language runtime's own, before all others
 * @param options.toolchains directories of PATH and variables that tool chains need
 * @returns `files`: certificate files that the variables name and the sandbox has to show; `leftOut`: names of
 *   variables that hold a user name or password
 */
export function buildEnv(
  from: NodeJS.ProcessEnv,
  options: {
    network: boolean;
    programDirs: string[];
    toolchains: { path: string[]; env: Record<string, string> };
  },
): { env: Record<string, string>; files: string[]; leftOut: string[] } {
  const path = [...options.programDirs, ...options.toolchains.path, ...SYSTEM_PATH.split(':')];
  const fixed = {
    ...options.toolchains.env,
    PATH: [...new Set(path)].join(':'),
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    // What tools put into files in place of the present time: https://reproducible-builds.org/specs/source-date-epoch/
    SOURCE_DATE_EPOCH: String(FIXED_TIME_SECONDS),
  };
  if (!options.network) return { env: { ...fixed, ...OFFLINE }, files: [], leftOut: [] };
  const taken = (names: string[]) => names.flatMap((name) => (from[name] ? [[name, from[name]] as const] : []));
  const certificates = taken(CERTIFICATE_VARIABLES);
  const network = taken(NETWORK_VARIABLES);
  return {
    env: { ...fixed, ...Object.fromEntries([...network.filter((one) => !hasUser(one)), ...certificates]) },
    files: certificates.map(([, file]) => file).filter((file) => isAbsolute(file) && existsSync(file)),
    leftOut: network.filter(hasUser).map(([name]) => name),
  };
}

/**
 * Looks only for the `@`: tools disagree on what a URL is, and none of these needs the sign elsewhere (a path may write
 * it as %40).
 */
const hasUser = ([, value]: readonly [string, string]): boolean => value.includes('@');
