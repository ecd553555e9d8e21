/** What of this machine a language runtime consists of; its files stand in the image at the paths that they have here. */
export interface RuntimePlan {
  name: 'node' | 'python' | 'command';
  version: string;
  /** Path in the image of the program to start. */
  program: string;
  /** Arguments that stand between the program and the function's own. */
  arguments: string[];
  /** Host files and links to files; what a link leads to comes along. */
  files: string[];
  /** Directories of Python sources to compile, so that no start pays for it. */
  compile: { python: string; dirs: string[] } | null;
  /** Names that must be found on the image's PATH, and what they stand for. */
  links: Record<string, string>;
  /** Directories of the machine that a build needs besides /usr. */
  prefixes: string[];
}
