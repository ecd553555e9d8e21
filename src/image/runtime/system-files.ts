import { FUNCTION_UID } from '../../model/uids.ts';

/** What names the function's user, by file of /etc. */
export const userLines = (): Record<'passwd' | 'group', string> => ({
  passwd: `function:x:${FUNCTION_UID}:${FUNCTION_UID}:function:/tmp:/usr/sbin/nologin\n`,
  group: `function:x:${FUNCTION_UID}:\n`,
});

export const passwdFile = (): string => `root:x:0:0:root:/root:/usr/sbin/nologin\n${userLines().passwd}`;

/** The files of /etc that name look-ups read, by name. */
export const systemFiles = (): Record<string, string> => ({
  passwd: passwdFile(),
  group: `root:x:0:\ntty:x:5:\n${userLines().group}`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  hosts: '127.0.0.1 localhost function\n::1 localhost\n',
  hostname: 'function\n',
});
