#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno != EINTR)
			fail("write to file descriptor %d", fd);
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
}

/* At most capacity - 1 bytes, NUL-terminated: /proc files have no size to ask for. -1 when it cannot be read. */
ssize_t read_file(const char *path, char *buffer, size_t capacity)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;

	if (fd < 0)
		return -1;
	while (length < capacity - 1) {
		ssize_t count = read(fd, buffer + length, capacity - 1 - length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			close(fd);
			return -1;
		}
		if (count == 0)
			break;
		length += (size_t)count;
	}
	close(fd);
	buffer[length] = '\0';
	return (ssize_t)length;
}

/* Nothing that the harness or an engine had open may reach the function. */
void close_above(int last)
{
	if (syscall(SYS_close_range, (unsigned)last + 1, UINT_MAX, 0) == 0)
		return;
	/* Kernels before 5.9 and some sandboxes have no close_range. */
	long limit = sysconf(_SC_OPEN_MAX);

	for (int fd = last + 1; fd < (limit > 0 && limit < 65536 ? limit : 65536); fd++)
		close(fd);
}

/* A closed 0, 1 or 2 would be taken by the next file opened. */
void open_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			fail("open /dev/null");
}
