#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("open %s", path);
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		fail("load %s", path);
	close(fd);
}

/* One path a line, in the order of loading. No file: the kernel has everything built in. */
void load_modules(const char *list)
{
	static char text[16384];
	char *rest = text;
	char *line;

	if (read_file(list, text, sizeof text) < 0) {
		if (errno == ENOENT)
			return;
		fail("read %s", list);
	}
	while ((line = strsep(&rest, "\n")))
		if (*line)
			load(line);
}
