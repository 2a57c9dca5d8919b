/*
 * Ownership by scope: MVC_OWN frees what a local pointer owns when it leaves
 * its scope, MVC_TAKE gives it away, MVC_SCOPED releases a struct held by
 * value. For a type with mvc_x_free() or mvc_x_release() (both must accept
 * "empty").
 */
#ifndef MVC_UTIL_OWN_H
#define MVC_UTIL_OWN_H

#include <stdlib.h>
#include <unistd.h>

#define MVC_OWN(T) __attribute__((cleanup(T##_freep))) struct T
#define MVC_OWN_DEFINE(T)                          \
	static inline void T##_freep(struct T **p) \
	{                                          \
		T##_free(*p);                      \
	}
#define MVC_SCOPED(T) __attribute__((cleanup(T##_release))) struct T
#define MVC_TAKE(p)                     \
	__extension__({                 \
		__typeof__(p) t_ = (p); \
		(p) = NULL;             \
		t_;                     \
	})

/* MVC_OWN_MEM char *s = NULL; is given to free(). */
#define MVC_OWN_MEM __attribute__((cleanup(mvc_own_mem_freep)))
static inline void
mvc_own_mem_freep(void *p)
{
	free(*(void **)p);
}

/* MVC_OWN_FD int fd = -1; is closed unless negative. */
#define MVC_OWN_FD __attribute__((cleanup(mvc_own_fd_closep)))
static inline void
mvc_own_fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define MVC_TAKE_FD(fd)        \
	__extension__({        \
		int t_ = (fd); \
		(fd) = -1;     \
		t_;            \
	})

#endif
