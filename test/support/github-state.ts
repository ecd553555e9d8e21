/** What the tests look at, and may change while the server runs. */

export interface User {
  login: string;
  type: 'User' | 'Bot';
}

export interface StoredComment {
  id: number;
  issue: number;
  body: string;
  user: User;
}

export interface StoredCheck {
  id: number;
  name: string;
  head_sha: string;
  status: string;
  conclusion: string | null;
  details_url: string | null;
  external_id: string | null;
  output: { title: string; summary: string; annotations: Record<string, unknown>[] } | null;
}

export interface StoredStatus {
  sha: string;
  context: string;
  state: string;
  description: string;
}

export interface StoredPull {
  number: number;
  state: 'open' | 'closed';
  author: User;
  head: { sha: string; branch: string; repository: string };
  baseSha: string;
  /** Default: main. */
  baseRef?: string;
}

export interface StoredRun {
  id: number;
  path: string;
  event: string;
  headSha: string;
  headBranch: string;
  headRepository: string;
  attempt: number;
}

export interface StoredArtifact {
  id: number;
  runId: number;
  name: string;
  /** What its store sends. */
  archive: Buffer;
  createdAt: string;
  expired: boolean;
  /** In the place of the true size. */
  saidBytes?: number;
}

export interface GithubState {
  comments: StoredComment[];
  checks: StoredCheck[];
  statuses: StoredStatus[];
  pulls: StoredPull[];
  runs: StoredRun[];
  artifacts: StoredArtifact[];
}

export const emptyState = (): GithubState => ({
  comments: [],
  checks: [],
  statuses: [],
  pulls: [],
  runs: [],
  artifacts: [],
});
