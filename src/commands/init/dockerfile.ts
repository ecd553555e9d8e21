import { MAX_SOURCE } from './repository.ts';

/** What the last stage of a Dockerfile says of how its image is run, as far as the text tells. */
export interface DockerfileFacts {
  /** Words of CMD and ENTRYPOINT as they are written, for a look at the port. */
  command: string | null;
  port: number | null;
  needsNetwork: boolean;
}

const HEREDOC = /<<-?(["']?)(\w+)\1/;
const FETCHES =
  /\b(pip3?|npm|yarn|pnpm|apt-get|apt|apk|dnf|yum|curl|wget|go|cargo|mvn|gradlew?|bundle|composer|uv|poetry|dotnet)\b/;

/** The text without its here-documents; one that has no end is no such document. */
const withoutHeredocs = (text: string): string => {
  const lines = text.split('\n');
  const bare = lines.map((line) => line.replace(/^\t+/, ''));
  const lastOf = new Map(bare.map((line, index) => [line, index]));
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const found = HEREDOC.exec(line);
    const mark = found?.[2] ?? '';
    if (!found || (lastOf.get(mark) ?? -1) <= at) kept.push(line);
    else {
      kept.push(line.slice(0, found.index));
      at = bare.indexOf(mark, at + 1);
    }
  }
  return kept.join('\n');
};

const instructionsOf = (text: string): [name: string, rest: string][] => {
  const mark = /^#\s*escape\s*=\s*`/im.test(text) ? '`' : '\\\\';
  const joined = withoutHeredocs(text.replaceAll(/\r\n/g, '\n'))
    .replaceAll(/^[ \t]*#.*\n?/gm, '')
    .replaceAll(new RegExp(`${mark}[ \\t]*\\n`, 'g'), ' ');
  return joined.split('\n').flatMap((line) => {
    const [, name, rest] = /^\s*([A-Za-z]+)\s+(.+?)\s*$/.exec(line) ?? [];
    return name && rest ? [[name.toUpperCase(), rest] as [string, string]] : [];
  });
};

/** `A=1 B="two"`, and the older form `A 1`. */
const variablesOf = (rest: string): [string, string][] => {
  const pairs = [...rest.matchAll(/(?<!\w)([A-Za-z_]\w*)=("(?:\\.|[^"])*"|'[^']*'|\S*)/g)];
  if (pairs.length > 0) return pairs.map(([, name = '', value = '']) => [name, value.replaceAll(/^["']|["']$/g, '')]);
  const [, name, value] = /^([A-Za-z_]\w*)\s+(.+)$/.exec(rest) ?? [];
  return name && value ? [[name, value]] : [];
};

const portIn = (text: string): number | null => {
  const port = Number(/(?:--port[= ",]+|--bind[^:]{0,300}:|-b[^:]{0,300}:|-p[= ",]+|:)(\d{2,5})\b/.exec(text)?.[1]);
  return port >= 1 && port <= 65_535 ? port : null;
};

/** Instructions of the last stage, which is the one that runs, after those of the stages that it starts from. */
const lastStage = (instructions: [string, string][]): [string, string][] => {
  const stages: { name: string; lines: [string, string][] }[] = [];
  for (const [name, rest] of instructions) {
    if (name !== 'FROM') {
      stages.at(-1)?.lines.push([name, rest]);
      continue;
    }
    const [, from, own = ''] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest) ?? [];
    const earlier = stages.find((stage) => stage.name !== '' && stage.name === from?.toLowerCase());
    stages.push({ name: own.toLowerCase(), lines: [...(earlier?.lines ?? [])] });
  }
  return stages.at(-1)?.lines ?? [];
};

const asPort = (text: string | undefined): number | null => {
  const port = Number(/^\s*(\d{1,5})/.exec(text ?? '')?.[1]);
  return port >= 1 && port <= 65_535 ? port : null;
};

export const readDockerfile = (text: string): DockerfileFacts => {
  const all = instructionsOf(text.slice(0, MAX_SOURCE));
  const stage = lastStage(all);
  const valuesOf = (name: string, from: [string, string][]) =>
    Object.fromEntries(from.filter(([key]) => key === name).flatMap(([, rest]) => variablesOf(rest)));
  const variables: Record<string, string> = { ...valuesOf('ARG', all), ...valuesOf('ENV', all) };
  const lastOf = (name: string) => stage.findLast(([key]) => key === name)?.[1];
  const words = [lastOf('ENTRYPOINT'), lastOf('CMD')].filter((part) => part !== undefined);
  const command = words.length === 0 ? null : words.join(' ');
  const exposed = stage.find(([key]) => key === 'EXPOSE')?.[1];
  const filled = exposed?.replaceAll(/\$\{?(\w+)\}?/g, (_, key: string) => variables[key] ?? '');
  return {
    command,
    port: asPort(filled) ?? asPort(variables['PORT']) ?? portIn(command ?? ''),
    needsNetwork: all.some(([name, rest]) => name === 'RUN' && FETCHES.test(rest)),
  };
};
