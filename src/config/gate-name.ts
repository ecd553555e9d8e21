import { NAME_PATTERN } from './leaf.ts';
import { parseYaml } from './parse-yaml.ts';

const DEFAULT_NAME = 'isogate';

/** The gate that the text of an isogate.yml names, as far as it can be told before the whole is checked. */
export function gateName(text: string | null): string {
  try {
    const { value } = parseYaml(text ?? '', 'isogate.yml');
    const name: unknown = Object(value).name;
    return typeof name === 'string' && NAME_PATTERN.test(name) ? name : DEFAULT_NAME;
  } catch {
    return DEFAULT_NAME;
  }
}
