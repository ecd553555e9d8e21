/* Isogate's one native program, static, in six modes:
 *   agent launch …   on the host: cgroup, root directory, network, user, then a command (launch.c)
 *   agent exec …     inside an isolation: evidence, then the language runtime (exec.c)
 *   agent http …     a function that is an HTTP server, started and called inside its isolation (http.c)
 *   agent null       a function that does nothing, to prove an isolation and weigh the channel (null.c)
 *   agent tsc        on the host: the time-stamp counter's frequency, for the command line of guests (tsc.c)
 *   /init            PID 1 of a VM (init.c) */
#include "agent.h"

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], "/init") == 0 && getpid() == 1)
		init_mode();
	if (argc > 1 && strcmp(argv[1], "launch") == 0)
		return launch_mode(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "exec") == 0)
		return exec_mode(argc - 2, argv + 2);
	if (argc > 1 && strcmp(argv[1], "http") == 0)
		return http_mode(argc - 2, argv + 2);
	if (argc == 2 && strcmp(argv[1], "null") == 0)
		return null_mode();
	if (argc == 2 && strcmp(argv[1], "tsc") == 0)
		return tsc_mode();
	fail_plain("usage: agent launch|exec|http|null|tsc …");
}
