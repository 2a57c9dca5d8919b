#include "lineage/moment.h"

#include <inttypes.h>
#include <stdbool.h>
#include <time.h>

#include "util/banned.h"

#define MS_MAX INT64_C(253402300799999) /* the end of the year 9999 */
#define MS_MIN INT64_C(-62167219200000) /* the begin of the year 0 */

int
mvc_moment_format(struct mvc_moment *out, int64_t ms)
{
	int64_t rest = ((ms % 1000) + 1000) % 1000;
	bool in_range = ms >= MS_MIN && ms <= MS_MAX;
	time_t t = in_range ? (time_t)((ms - rest) / 1000) : 0;
	struct tm tm;

	if (!in_range || !gmtime_r(&t, &tm))
		return mvc_fail(
		    MVC_EINVALID, "%" PRId64 " ms: no year of 4 digits", ms);
	snprintf(out->s, sizeof(out->s), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)rest);
	return MVC_OK;
}

int
mvc_moment_parse(int64_t *ms, const char *text)
{
	struct mvc_moment again;
	struct tm tm = {0};
	int rest, end = 0;

	/* Whatever of it is odd is not what comes out again. */
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &tm.tm_year,
		&tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
		&rest, &end) == 7 &&
	    end) {
		tm.tm_year -= 1900;
		tm.tm_mon -= 1;
		*ms = (int64_t)timegm(&tm) * 1000 + rest;
		if (!mvc_moment_format(&again, *ms) && !strcmp(again.s, text))
			return MVC_OK;
	}
	return mvc_fail(
	    MVC_EINVALID, "no moment such as 2026-11-03T09:12:45.123Z");
}
