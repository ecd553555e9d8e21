/* What the function's environment says of itself, taken before any code of the function has run. The keys are
 * documented in docs/reference/evidence.md. A fact that cannot be had is left out: absence is for the host to judge. */
#include "agent.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static char buffer[16384];

static void add(struct json *json, const char *key, const char *value)
{
	json_member(json, key, value, strlen(value));
}

static void add_number(struct json *json, const char *key, long value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%ld", value);
	add(json, key, digits);
}

static void add_file(struct json *json, const char *key, const char *path)
{
	if (read_file(path, buffer, sizeof buffer) < 0)
		return;
	buffer[strcspn(buffer, "\n")] = '\0';
	add(json, key, buffer);
}

static void add_namespace(struct json *json, const char *name)
{
	char path[64], key[16];
	ssize_t length;

	snprintf(path, sizeof path, "/proc/self/ns/%s", name);
	snprintf(key, sizeof key, "ns_%s", name);
	length = readlink(path, buffer, sizeof buffer);
	if (length > 0)
		json_member(json, key, buffer, (size_t)length);
}

/* The value of the line `NAME: VALUE` in `buffer`, without the blanks around it. */
static void add_line(struct json *json, const char *key, const char *name)
{
	for (char *line = buffer; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		line += strlen(name);
		line += strspn(line, " \t:");
		json_member(json, key, line, strcspn(line, "\n"));
		return;
	}
}

static void add_status(struct json *json)
{
	if (read_file("/proc/self/status", buffer, sizeof buffer) < 0)
		return;
	add_line(json, "seccomp", "Seccomp:");
	add_line(json, "cap_eff", "CapEff:");
	add_line(json, "cap_bnd", "CapBnd:");
	add_line(json, "no_new_privs", "NoNewPrivs:");
}

/* The first CPU's flags are enough, and a machine of many CPUs has megabytes of this file. */
static void add_hypervisor(struct json *json)
{
	char *flags;

	if (read_file("/proc/cpuinfo", buffer, sizeof buffer) < 0)
		return;
	flags = strstr(buffer, "\nflags");
	if (!flags)
		return;
	flags[1 + strcspn(flags + 1, "\n")] = '\0';
	add(json, "hypervisor", strstr(flags, " hypervisor") ? "true" : "false");
}

static void add_resources(struct json *json)
{
	cpu_set_t cpus;
	char *memory;

	if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
		add_number(json, "cpus", CPU_COUNT(&cpus));
	if (read_file("/proc/meminfo", buffer, sizeof buffer) < 0)
		return;
	memory = strstr(buffer, "MemTotal:");
	if (memory) {
		memory += strlen("MemTotal:");
		memory += strspn(memory, " ");
		json_member(json, "memory_kb", memory, strspn(memory, "0123456789"));
	}
}

/* The last mount on `/` is the visible one. Fields: id parent dev root point options … - type source options. */
static void add_root_type(struct json *json)
{
	char type[64] = "";
	char *next;

	if (read_file("/proc/self/mountinfo", buffer, sizeof buffer) < 0)
		return;
	for (char *line = buffer; *line; line = next) {
		char point[PATH_MAX], found[64];
		char *rest;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		rest = strstr(line, " - ");
		if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && strcmp(point, "/") == 0 && rest &&
		    sscanf(rest, " - %63s", found) == 1)
			memcpy(type, found, sizeof type);
	}
	if (*type)
		add(json, "root_fs", type);
}

void collect_evidence(struct json *json)
{
	static const char *const namespaces[] = {"pid", "mnt", "net", "user", "uts", "ipc"};
	struct utsname name;

	if (uname(&name) == 0) {
		add(json, "kernel_release", name.release);
		add(json, "kernel_version", name.version);
	}
	add_file(json, "boot_id", "/proc/sys/kernel/random/boot_id");
	add_number(json, "pid", getpid());
	add_number(json, "uid", getuid());
	add_number(json, "gid", getgid());
	for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++)
		add_namespace(json, namespaces[i]);
	add_status(json);
	add_hypervisor(json);
	add_resources(json);
	add_root_type(json);
	collect_mitigations(json);
	add_file(json, "cmdline", "/proc/cmdline");
}
