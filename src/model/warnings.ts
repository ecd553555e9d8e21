export interface Warning {
  code: string;
  message: string;
}

/** A remark on a line of the repository, as GitHub shows it beside the code. */
export interface Annotation {
  /** Below the repository's top. */
  path: string;
  line: number;
  level: 'failure' | 'warning' | 'notice';
  title: string;
  message: string;
}
