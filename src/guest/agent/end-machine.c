/* How a machine ends differs by VMM: most end when the guest reboots, some start it anew and end when it powers off. */
#include "agent.h"

#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static bool powers_off;

/* The command line is read early: at the end there may be no /proc. A name with a dot is no business of the kernel's. */
void learn_end(void)
{
	char text[4096];

	powers_off = read_file("/proc/cmdline", text, sizeof text) > 0 && strstr(text, "isogate.end=power-off") != NULL;
}

void end_machine(void)
{
	sync();
	reboot(powers_off ? RB_POWER_OFF : RB_AUTOBOOT);
	/* Only without CAP_SYS_BOOT: the kernel panics when PID 1 ends, which ends the machine too. */
	_exit(EXIT_AGENT);
}
