/** A unix socket that listens before the VMM starts and takes exactly one connection. */

import { chmod, lchown } from 'node:fs/promises';
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
      // Until the stream has a reader of its own: a VMM that dies before must not end the harness.
      socket.on('error', () => {});
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
  await chmod(path, 0o600);
  // Last, and through no link: from here on the socket belongs to another user.
  await lchown(path, uid, uid);
  return {
    path,
    connection,
    close() {
      server.close();
      connected?.destroy();
    },
  };
}
