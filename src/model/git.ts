/** Access to git. */

/** A full commit id, of SHA-1 or SHA-256. */
export const COMMIT_ID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Runs git on the checkout's repository, which reads objects and changes nothing; null where it fails. */
export type GitReader = (args: string[]) => Promise<Buffer | null>;

/**
 * Where a repository is fetched from and pushed to. `authorization` is the value of an HTTP header, which never appears
 * in argv.
 */
export interface GitRemote {
  /** A URL, or the absolute path of a repository. */
  url: string;
  authorization?: string;
}

/** A bare repository of our own: no configuration, hook or filter of the checkout's applies in it. */
export interface GitRepository {
  readonly dir: string;
  /** git's output. @throws GitError naming the subcommand, with what git wrote to stderr */
  run(args: string[], options?: { input?: string | Uint8Array; env?: Record<string, string> }): Promise<Buffer>;
}
