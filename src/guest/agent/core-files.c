/* A core file would be written where nobody looks for it, or handed to a program that runs as root (core(5)). */
#include "agent.h"

#include <sys/resource.h>

/* The hard limit too: lowering it needs no rights, and nobody can raise it again. */
void forbid_core_files(void)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		fail("forbid core files");
}
