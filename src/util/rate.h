/*
 * struct mvc_rate: at most so many bytes a second, of all threads together.
 * Who has moved some waits until their time is over, so that n bytes take at
 * least n / limit seconds however many move them.
 */
#ifndef MVC_UTIL_RATE_H
#define MVC_UTIL_RATE_H

#include <pthread.h>
#include <stdint.h>

struct mvc_rate {
	pthread_mutex_t lock;
	uint64_t limit; /* bytes a second; 0: any number */
	uint64_t next; /* ns: when what was moved has had its time */
};
#define MVC_RATE_INIT(limit)                        \
	{                                           \
		PTHREAD_MUTEX_INITIALIZER, limit, 0 \
	}

/* n bytes were moved. NULL is no limit. */
void mvc_rate_moved(struct mvc_rate *r, uint64_t n);

#endif
