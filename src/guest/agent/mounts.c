/* The file systems that a function sees beside its image, the same natively and in a VM. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* As on AWS Lambda. */
enum { DEFAULT_TMP_BYTES = 512 * 1024 * 1024 };

/* A symbolic link in the image must not lead a mount elsewhere. */
static void mount_on(const char *dir, const char *type, unsigned long flags, const char *options)
{
	struct stat info;

	if (lstat(dir, &info) < 0)
		fail("%s in the root directory", dir);
	if (!S_ISDIR(info.st_mode))
		fail_plain("%s in the root directory is no directory", dir);
	if (mount(type, dir, type, flags, options) < 0)
		fail("mount %s on %s", type, dir);
}

static void bind_device(const char *name)
{
	char host[32], path[32];
	int fd;

	snprintf(host, sizeof host, "/dev/%s", name);
	snprintf(path, sizeof path, "dev/%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		fail("create %s", path);
	close(fd);
	if (mount(host, path, NULL, MS_BIND, NULL) < 0)
		fail("bind %s", host);
}

static void link_to(const char *target, const char *path)
{
	if (symlink(target, path) < 0)
		fail("link %s", path);
}

/* Fills the tree at the working directory (see enter_tree). Device nodes come from this process's own /dev. */
void mount_tree(uint64_t tmp_bytes)
{
	static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};
	char options[64];

	mount_on("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_on("sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_on("dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k");
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		bind_device(devices[i]);
	link_to("/proc/self/fd", "dev/fd");
	link_to("/proc/self/fd/0", "dev/stdin");
	link_to("/proc/self/fd/1", "dev/stdout");
	link_to("/proc/self/fd/2", "dev/stderr");
	if (mkdir("dev/shm", 0755) < 0)
		fail("create dev/shm");
	mount_on("dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=64m");
	snprintf(options, sizeof options, "mode=1777,size=%llu",
		 (unsigned long long)(tmp_bytes ? tmp_bytes : DEFAULT_TMP_BYTES));
	mount_on("tmp", "tmpfs", MS_NOSUID | MS_NODEV, options);
}
