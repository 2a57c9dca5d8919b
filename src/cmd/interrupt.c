#include "cmd/interrupt.h"
#include "util/sys.h"
#include "util/banned.h"

#include <signal.h>
#include <unistd.h>

#define STOPPED                                                         \
	"mvc: stopped; nothing is lost. Type the same again to go on, " \
	"or leave it\n"

/* It is blocked here, and reset: this ends us on return. */
static void
end(int sig, const char *text, size_t n)
{
	mvc_sys_say(STDERR_FILENO, text, n);
	(void)raise(sig);
}

static void
on_pipe(int sig)
{
	end(sig, STOPPED, sizeof(STOPPED) - 1);
}

/* Below the bar and the terminal's own ^C. */
static void
on_terminal(int sig)
{
	end(sig, "\n" STOPPED, sizeof("\n" STOPPED) - 1);
}

static void
set(void (*handler)(int))
{
	struct sigaction was, now = {.sa_flags = (int)SA_RESETHAND};

	now.sa_handler = handler;
	sigemptyset(&now.sa_mask);
	if (!sigaction(SIGINT, NULL, &was) && was.sa_handler != SIG_IGN)
		(void)sigaction(SIGINT, &now, NULL);
}

void
mvc_interrupt_tell(void)
{
	set(isatty(STDERR_FILENO) ? on_terminal : on_pipe);
}

void
mvc_interrupt_end(void)
{
	set(SIG_DFL);
}
