/* Inside room remote: the parts of the ssh backend. */
#ifndef MVC_REMOTE_SSH_PRIV_H
#define MVC_REMOTE_SSH_PRIV_H

#include "remote/backends.h"
#include "remote/mux.h"
#include "util/run.h"

/* What a URL says, taken apart. */
struct mvc_sshurl {
	char *host; /* [USER@]HOST, as ssh takes it */
	char *port; /* NULL: ssh's */
	char *path; /* absolute, or below the home folder there */
};
void mvc_sshurl_release(struct mvc_sshurl *u);
/* MVC_EINVALID for what could be an option or a command. */
int mvc_sshurl_parse(struct mvc_sshurl *out, const char *url) MVC_MUST;

/* How ssh is called; `command` is the user's own, for a shell, or NULL. */
#define MVC_SSH_ARGS 24
void mvc_ssh_args(const char *argv[MVC_SSH_ARGS], const struct mvc_sshurl *u,
    const char *command, bool terminal);

/* One connection, for all threads. */
struct mvc_sshlink {
	struct mvc_mux mux;
	struct mvc_child child;
	pthread_t reader, listener;
	bool reading, listening;
	_Atomic bool over;
	uint32_t can, shared; /* of the place */
	unsigned users; /* under its owner's lock */
	pthread_mutex_t lock;
	size_t n_said;
	char said[1024]; /* what ssh says, the end of it */
};

struct mvc_sshplace {
	const char *url;
	struct mvc_sshurl at;
	char *command; /* NULL: ssh */
	bool make;
};

/* Connect, and open the place. MVC_EAGAIN: it may come back. */
int mvc_sshlink_open(
    struct mvc_sshlink **out, const struct mvc_sshplace *place) MVC_MUST;
/* Why it died: code, and a text with ssh's own words. */
int mvc_sshlink_why(struct mvc_sshlink *l, const struct mvc_sshplace *place);
void mvc_sshlink_free(struct mvc_sshlink *l);

#endif
