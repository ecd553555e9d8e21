/** Functions of the fixtures that something is missing for, and what: each entry goes when that is there. */
export const WAITING: Record<string, string | undefined> = {
  'java-command': 'a JVM does not read its channel in every arm yet',
};
