# Unit tests mirror src/: tests/unit/ROOM_FILE.c tests src/ROOM/FILE.c.

unit_src =

# util
unit_src += \
	tests/unit/util_buf.c

# text

# hash
unit_src += \
	tests/unit/hash_digest.c

# chunk

# object

# store

# tree

# git

# work

if HAVE_CRITERION
check_PROGRAMS += tests/unit-tests
TESTS += tests/unit-tests
tests_unit_tests_SOURCES = $(unit_src) tests/unit/scratch.c \
	tests/unit/scratch.h
tests_unit_tests_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_tests_LDADD = libmvc.la $(CRITERION_LIBS)
endif
