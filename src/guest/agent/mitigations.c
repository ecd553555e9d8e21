#include "agent.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char directory[] = "/sys/devices/system/cpu/vulnerabilities";

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* `name=value;name=value`, sorted by name so that host and guest can be compared as text. A `;` inside a value
 * becomes a `,`: kernels use it between the parts of one mitigation. */
void collect_mitigations(struct json *json)
{
	static char all[8192];
	struct dirent **entries;
	size_t length = 0;
	int count = scandir(directory, &entries, visible, alphasort);

	for (int i = 0; i < count; i++) {
		char path[512], value[512];

		snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
		if (read_file(path, value, sizeof value) > 0) {
			value[strcspn(value, "\n")] = '\0';
			for (char *mark = strchr(value, ';'); mark; mark = strchr(mark, ';'))
				*mark = ',';
			if (length + strlen(entries[i]->d_name) + strlen(value) + 3 < sizeof all)
				length += (size_t)sprintf(all + length, "%s%s=%s", length ? ";" : "", entries[i]->d_name, value);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (length > 0)
		json_member(json, "mitigations", all, length);
}
