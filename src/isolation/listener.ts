/** A unix socket that listens before the VMM starts and takes exactly one connection. */

import { chmod, chown } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

export interface Listener {
  path: string;
  connection: Promise<Socket>;
  close(): void;
}

/** Only `uid` may connect. Paths over 107 bytes do not fit sockaddr_un: the kernel's error names the path. */
export async function listenOnce(path: string, uid: number): Promise<Listener> {
  const server = createServer().unref();
  let connected: Socket | null = null;
  const connection = new Promise<Socket>((resolve, reject) => {
    server.once('connection', (socket) => {
      connected = socket;
      server.close();
      resolve(socket);
    });
    server.once('error', reject);
  });
  connection.catch(() => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chown(path, uid, uid);
  await chmod(path, 0o600);
  return {
    path,
    connection,
    close() {
      server.close();
      connected?.destroy();
    },
  };
}
