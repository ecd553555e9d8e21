#include "agent.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From here on no mount of ours is seen outside, and none outlives the last process inside. */
void private_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		fail("unshare the mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("make mounts private");
}

/* Makes `dir` a read-only mount of its own and the working directory. Mounts below `dir` are not taken along. */
void enter_tree(const char *dir)
{
	if (mount(dir, dir, NULL, MS_BIND, NULL) < 0)
		fail("bind %s", dir);
	if (mount(NULL, dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
		fail("make %s read-only", dir);
	if (chdir(dir) < 0)
		fail("enter %s", dir);
}

/* The working directory, a mount point, becomes the root; what was the root is unmounted. */
void become_root(void)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0) {
		/* The old root now lies over the new one at the same place. */
		if (umount2(".", MNT_DETACH) < 0)
			fail("detach the old root");
	} else {
		/* An initramfs cannot be pivoted away from, only covered. */
		if (errno != EINVAL)
			fail("pivot_root");
		if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
			fail("move the root directory");
		if (chroot(".") < 0)
			fail("chroot");
	}
	if (chdir("/") < 0)
		fail("enter the new root");
}
