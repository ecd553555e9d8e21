/* What the agent's files share. The modes are described in main.c, the protocol in docs/reference/runtime-protocol.md. */
#ifndef ISOGATE_AGENT_H
#define ISOGATE_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { EXIT_AGENT = 125, MAX_GROUPS = 32, MAX_ARGS = 4096 };

/* Who a process becomes and what it starts. `args` and `env` end with NULL. */
struct process {
	uid_t uid;
	gid_t gid;
	bool has_uid, has_gid;
	gid_t groups[MAX_GROUPS];
	size_t group_count;
	const char *cwd;
	/* Size of /tmp; 0 where nobody said. */
	uint64_t tmp_bytes;
	char **args;
	char **env;
};

/* A JSON text in a fixed buffer. A member that does not fit is left out whole. */
struct json {
	char *text;
	size_t length, capacity;
};

/* fail.c: one line `isogate-agent: MODE: WHAT: strerror(errno)`, then `fail_end` or exit 125. */
extern const char *fail_mode;
extern int fail_fd;
extern void (*fail_end)(void);
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_plain(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void malformed(const char *why);

/* files.c */
void write_all(int fd, const char *bytes, size_t length);
ssize_t read_file(const char *path, char *buffer, size_t capacity);
void close_above(int last);
void open_standard_streams(void);

/* json.c */
void json_open(struct json *json, const char *head);
void json_member(struct json *json, const char *key, const char *value, size_t length);
void json_close(struct json *json, const char *tail);

/* evidence.c and mitigations.c */
void collect_evidence(struct json *json);
void collect_mitigations(struct json *json);

/* mounts.c and root.c */
void private_mounts(void);
void enter_tree(const char *dir);
void mount_tree(uint64_t tmp_bytes);
void become_root(void);

/* device.c */
void own_device(const char *path, const struct process *process);

/* network.c */
int bring_up_loopback(void);

/* identity.c and run.c */
void become(const struct process *process);
void drop_bounding_set(void);
void die_with_parent(pid_t parent);
_Noreturn void run(char **args);

/* keyrings.c, filter.c and core-files.c */
void fresh_keyrings(void);
void filter_system_calls(void);
void forbid_core_files(void);

/* process-file.c, modules.c, channel.c with ports.c and vsock.c, told.c, boot-timer.c, end-machine.c, wait.c:
 * used by init.c; the first by exec.c too */
void read_process(const char *path, struct process *process);
void load_modules(const char *list);
int open_port(const char *name);
int connect_vsock(uint32_t port);
void open_streams(int *channel, int *errors);
const char *told(const char *key);
void stop_boot_timer(void);
void end_machine(void);
bool wait_until(bool (*ready)(const void *), const void *argument);

/* environment.c: used by exec.c */
void receive_environment(void);

int launch_mode(int argc, char **argv);
int exec_mode(int argc, char **argv);
int http_mode(int argc, char **argv);
int null_mode(void);
int tsc_mode(void);
_Noreturn void init_mode(void);

#endif
