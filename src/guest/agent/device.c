/* A device node of the command's own, laid over the host's in a private mount namespace: the host's permissions stay. */
#include "agent.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

void own_device(const char *path, const struct process *process)
{
	/* Any directory will do: it is covered for a moment only, and for nobody else. */
	static const char place[] = "/mnt", node[] = "/mnt/device";
	struct stat info;

	if (stat(path, &info) < 0)
		fail("%s", path);
	if (!S_ISCHR(info.st_mode))
		fail_plain("%s is no character device", path);
	if (mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=711,size=4k") < 0)
		fail("mount tmpfs on %s", place);
	if (mknod(node, S_IFCHR | 0600, info.st_rdev) < 0)
		fail("make a node of %s", path);
	if (chown(node, process->uid, process->gid) < 0)
		fail("chown the node of %s", path);
	if (mount(node, path, NULL, MS_BIND, NULL) < 0)
		fail("bind %s", path);
	if (umount2(place, MNT_DETACH) < 0)
		fail("unmount %s", place);
}
