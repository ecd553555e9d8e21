"""Makes system calls that have no program of their own, and prints what came of each: `NAME ok` or `NAME ERROR`."""

import ctypes
import errno
import os
import socket
import sys

ADD_KEY, REQUEST_KEY, KEYCTL = 248, 249, 250
RINGS = {'session': -3, 'user': -4, 'user-session': -5}
JOIN, SETPERM, SEARCH, PERSISTENT = 1, 5, 10, 22
NEW_USER = 0x10000000
libc = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    """A number, or the name of the error."""
    result = libc.syscall(number, *[ctypes.c_long(one) if isinstance(one, int) else one for one in arguments])
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]


def say(name, result):
    print(name, 'ok' if isinstance(result, int) else result)


def ring_of(name):
    return call(KEYCTL, PERSISTENT, -1, RINGS['session']) if name == 'persistent' else RINGS[name]


def add(ring):
    say(f'add to {ring}', call(ADD_KEY, b'user', b'isogate-test', b'secret', 6, ring_of(ring)))


def search(ring):
    say(f'search {ring}', call(KEYCTL, SEARCH, ring_of(ring), b'user', b'isogate-test', 0))


def close(ring):
    """Takes all rights to a keyring, as a function may that wants to keep something in it."""
    say(f'close {ring}', call(KEYCTL, SETPERM, RINGS[ring], 0x3F0B0000))


def run(*command):
    """Becomes the command, with a key in the session keyring and in the user's."""
    call(KEYCTL, JOIN, None)
    for ring in ('session', 'user'):
        add(ring)
    sys.stdout.flush()
    os.execvp(command[0], command)


def forbidden():
    say('add_key', call(ADD_KEY, b'user', b'x', b'y', 1, RINGS['session']))
    say('request_key', call(REQUEST_KEY, b'user', b'x', None, 0))
    say('keyctl', call(KEYCTL, JOIN, None))
    say('unshare', call(272, NEW_USER))
    say('clone', call(56, NEW_USER | 17, None, None, None, None))
    say('clone3', call(435, None, 0))
    say('mount', call(165, b'none', b'/mnt', b'tmpfs', 0, None))
    say('bpf', call(321, 0, None, 0))
    say('io_uring_setup', call(425, 1, None))
    say('perf_event_open', call(298, None, 0, -1, -1, 0))
    say('a call of the future', call(500))
    say('getpid of x32', call(0x40000000 + 39))
    for family, kind in ('AF_VSOCK', 1), ('AF_ALG', 5), ('AF_PACKET', 3), ('AF_UNIX', 1), ('AF_INET', 1), ('AF_INET6', 1):
        try:
            socket.socket(getattr(socket, family), kind).close()
            say(family, 0)
        except OSError as error:
            say(family, errno.errorcode[error.errno])


{'add': add, 'search': search, 'close': close, 'run': run, 'forbidden': forbidden}[sys.argv[1]](*sys.argv[2:])
