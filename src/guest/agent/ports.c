#include "agent.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char directory[] = "/sys/class/virtio-ports";
static char device[300];

/* Sets `device` when a port with this name exists and has its node. */
static bool find(const void *name)
{
	DIR *ports = opendir(directory);
	struct dirent *port;
	bool found = false;

	while (ports && !found && (port = readdir(ports))) {
		char path[300], text[128];

		snprintf(path, sizeof path, "%s/%.200s/name", directory, port->d_name);
		if (read_file(path, text, sizeof text) <= 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		snprintf(device, sizeof device, "/dev/%.200s", port->d_name);
		found = strcmp(text, name) == 0 && access(device, F_OK) == 0;
	}
	if (ports)
		closedir(ports);
	return found;
}

/* The virtio-serial port that the host named `name`. */
int open_port(const char *name)
{
	int fd;

	if (!wait_until(find, name))
		fail_plain("no virtio-serial port %s after 10 s", name);
	fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("open %s (%s)", device, name);
	return fd;
}
