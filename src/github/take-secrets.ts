/** Variables that give whoever reads them the job's rights. */
const isSecret = (name: string): boolean =>
  /^(INPUT_GITHUB-TOKEN|GITHUB_TOKEN|GH_TOKEN)$/i.test(name) || /^ACTIONS_/i.test(name);

/**
 * The token from the input `github-token`; it and every other credential of the runner are gone from `env` afterwards,
 * so that nothing this process starts can inherit them.
 */
export function takeSecrets(env: NodeJS.ProcessEnv): string {
  const token = (env['INPUT_GITHUB-TOKEN'] ?? '').trim();
  for (const name of Object.keys(env)) if (isSecret(name)) delete env[name];
  return token;
}
