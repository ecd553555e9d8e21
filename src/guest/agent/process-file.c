#include "agent.h"

#include <stdlib.h>
#include <string.h>

static char text[1024 * 1024];

static void append(char **list, size_t *count, char *value)
{
	if (*count == MAX_ARGS)
		fail_plain("more than %d arguments or variables", MAX_ARGS);
	list[(*count)++] = value;
}

static bool take(char *record, const char *key, char **value)
{
	size_t length = strlen(key);

	if (strncmp(record, key, length) != 0 || record[length] != '=')
		return false;
	*value = record + length + 1;
	return true;
}

/* NUL-terminated records: uid=N, gid=N, cwd=DIR, tmp=BYTES, any number of env=K=V and arg=TEXT. The image room writes it. */
void read_process(const char *path, struct process *process)
{
	static char *args[MAX_ARGS + 1], *env[MAX_ARGS + 1];
	size_t arg_count = 0, env_count = 0;
	ssize_t length = read_file(path, text, sizeof text);
	char *value;

	if (length < 0)
		fail("read %s", path);
	if ((size_t)length == sizeof text - 1 || (length > 0 && text[length - 1] != '\0'))
		fail_plain("%s is cut off or over 1 MiB", path);
	for (char *record = text; record < text + length; record += strlen(record) + 1) {
		if (take(record, "uid", &value)) {
			process->uid = (uid_t)strtoul(value, NULL, 10);
			process->has_uid = true;
		} else if (take(record, "gid", &value)) {
			process->gid = (gid_t)strtoul(value, NULL, 10);
			process->has_gid = true;
		} else if (take(record, "tmp", &value)) {
			process->tmp_bytes = strtoull(value, NULL, 10);
		} else if (take(record, "cwd", &value)) {
			process->cwd = value;
		} else if (take(record, "env", &value)) {
			append(env, &env_count, value);
		} else if (take(record, "arg", &value)) {
			append(args, &arg_count, value);
		} else {
			fail_plain("%s: unknown record %.80s", path, record);
		}
	}
	if (!process->has_uid || !process->has_gid || arg_count == 0)
		fail_plain("%s: uid, gid and at least one arg are needed", path);
	process->args = args;
	process->env = env;
}
