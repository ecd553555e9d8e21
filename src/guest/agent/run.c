#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Exit codes of a command that cannot be started are those of shells and env(1): 127 not found, 126 otherwise. */
void run(char **args)
{
	int error;

	execvp(args[0], args);
	error = errno;
	dprintf(fail_fd, "isogate-agent: %s: execute %s: %s\n", fail_mode, args[0], strerror(error));
	if (fail_end)
		fail_end();
	exit(error == ENOENT ? 127 : 126);
}
