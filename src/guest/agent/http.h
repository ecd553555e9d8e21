/* What the files of the HTTP mode share: http.c (the mode), http-client.c (HTTP/1.1) and line-protocol.c (JSON). */
#ifndef ISOGATE_HTTP_H
#define ISOGATE_HTTP_H

#include "agent.h"

/* docs/reference/runtime-protocol.md. */
enum { MAX_LINE = 32 * 1024 * 1024, MAX_REPEAT = 1000000 };

/* A request of the line protocol. `body` is the text of an event that is a string, and the JSON text of any other. */
struct call {
	uint64_t id, repeat;
	char *body;
	size_t length;
};

/* What the server answered. Where there is no good answer, `error` names the kind of problem and `message` explains it. */
struct answer {
	const char *error;
	char message[512];
	int status;
	const char *body;
	size_t length;
};

/* http.c: a whole line of the channel, unless the server has ended meanwhile */
void write_line(const char *bytes, size_t length);

/* reserve.c: memory that is taken page by page as it is used. A static array of this size would keep the agent from
 * starting where the machine has less memory, as a small guest has. */
void *reserve(size_t bytes);

/* line-protocol.c */
char *next_line(size_t *length);
void parse_call(char *line, size_t length, struct call *call);
void say_waiting(const char *message);
void say_ready(void);
void say_failed(const char *name, const char *message);
void say_exit(int code);
/* `other` is an answer of the same message that is unlike `answer`, or NULL. */
void say_answer(const struct call *call, const struct answer *answer, const struct answer *other, const uint64_t *ns);

/* http-client.c. `on_idle` is called each second in which the server sends nothing. */
bool connect_to_server(uint16_t port, struct answer *answer);
void disconnect(void);
void exchange(uint16_t port, const char *head, const char *body, size_t length, void (*on_idle)(void),
	      struct answer *answer);

#endif
