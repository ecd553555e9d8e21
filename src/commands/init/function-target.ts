import { below, type Repository } from './repository.ts';

/** Files in which people name the function that Google's buildpacks and `gcloud functions deploy` take. */
const FILES = [
  ...['package.json', 'project.toml', 'cloudbuild.yaml', 'cloudbuild.yml', 'app.yaml', 'Makefile', 'Dockerfile'],
  ...['deploy.sh', 'Procfile', '.env'],
];
const TARGETS = [
  /--target[= ]["']?([A-Za-z_$][\w$.-]*)/,
  /\b(?:GOOGLE_)?FUNCTION_TARGET["']?\s*[=:,]\s*(?:value\s*[=:]\s*)?["']?([A-Za-z_$][\w$.-]*)/,
  /\bGOOGLE_FUNCTION_TARGET["']\s*\n\s*value\s*[=:]\s*["']?([A-Za-z_$][\w$.-]*)/,
  /--entry-point[= ]["']?([A-Za-z_$][\w$.-]*)/,
];
const SIGNATURE = /--signature-type[= ]["']?(\w+)|FUNCTION_SIGNATURE_TYPE["']?\s*[=:]\s*["']?(\w+)/;

/** The function of Functions Framework that a directory's own files name, and how it is called. */
export const functionTarget = (
  repository: Repository,
  directory: string,
): { target: string; signature: string | null } | null => {
  for (const file of FILES) {
    const text = repository.read(below(directory, file));
    const target = TARGETS.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
    const [, option, variable] = SIGNATURE.exec(text) ?? [];
    if (target !== undefined) return { target, signature: (option ?? variable ?? null)?.toLowerCase() ?? null };
  }
  return null;
};
