/** A daemon that is spoken to over a unix socket: whether it is there, lets us in and takes connections. */

import { createConnection } from 'node:net';
import { userInfo } from 'node:os';
import type { Missing } from '../requirements.ts';

const CONNECT_MS = 2_000;

export interface DaemonNeed {
  /** As messages call it: the Docker daemon. */
  what: string;
  socketPath: string;
  /** systemd's unit. */
  unit: string;
  /** Whose members may connect. */
  group: string;
}

/** That it takes a connection; whether it also answers is for the caller to ask, in bounded time. */
export async function requireDaemon(need: DaemonNeed, user = userInfo().username): Promise<Missing | null> {
  const error = await connectError(need.socketPath);
  if (error === null) return null;
  if (error === 'EACCES' || error === 'EPERM')
    return {
      reason: `${need.socketPath} does not open for ${user}: not a member of group ${need.group}`,
      fix: `sudo usermod -aG ${need.group} ${user}  # then log in again`,
    };
  const seen =
    error === 'ENOENT' ? `there is no ${need.socketPath}` : `${need.socketPath} takes no connection (${error})`;
  return { reason: `${need.what} is not running: ${seen}`, fix: `sudo systemctl start ${need.unit}` };
}

/** Null when it takes the connection, else the code of connect(2), or a word on how long it was waited. */
function connectError(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, timeout: CONNECT_MS });
    const done = (error: string | null): void => {
      socket.destroy();
      resolve(error);
    };
    socket.once('connect', () => done(null));
    socket.once('timeout', () => done(`no answer within ${CONNECT_MS / 1000} s`));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}
