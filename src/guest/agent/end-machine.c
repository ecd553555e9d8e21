/* How a machine ends differs by VMM: most end when the guest reboots, some start it anew and end when it powers off. */
#include "agent.h"

#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

void end_machine(void)
{
	const char *how = told("isogate.end");

	sync();
	reboot(how && strcmp(how, "power-off") == 0 ? RB_POWER_OFF : RB_AUTOBOOT);
	/* Only without CAP_SYS_BOOT: the kernel panics when PID 1 ends, which ends the machine too. */
	_exit(EXIT_AGENT);
}
