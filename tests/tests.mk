# Unit tests mirror src/: tests/unit/ROOM_FILE.c tests src/ROOM/FILE.c.

unit_src =

# util
unit_src += \
	tests/unit/util_beneath.c \
	tests/unit/util_buf.c \
	tests/unit/util_ctx.c \
	tests/unit/util_file.c \
	tests/unit/util_flow.c \
	tests/unit/util_name.c \
	tests/unit/util_rate.c \
	tests/unit/util_run.c \
	tests/unit/util_trace.c

# text
unit_src += \
	tests/unit/text_ini.c \
	tests/unit/text_json.c \
	tests/unit/text_xml.c \
	tests/unit/text_yaml.c

# hash
unit_src += \
	tests/unit/hash_digest.c \
	tests/unit/hash_foreign.c

# chunk
unit_src += \
	tests/unit/chunk_codec.c \
	tests/unit/chunk_cutter.c \
	tests/unit/chunk_layout.c

# object
unit_src += \
	tests/unit/object_recipe.c \
	tests/unit/object_tree.c

# store
unit_src += \
	tests/unit/store_backend.c \
	tests/unit/store_collect.c \
	tests/unit/store_damage.c \
	tests/unit/store_fsck.c \
	tests/unit/store_golden.c \
	tests/unit/store_ingest.c \
	tests/unit/store_pack.c \
	tests/unit/store_reach.c \
	tests/unit/store_root.c \
	tests/unit/store_rootindex.c \
	tests/unit/store_segment.c \
	tests/unit/store_segments.c \
	tests/unit/store_store.c \
	tests/unit/store_tally.c \
	tests/unit/store_trash.c

# remote
unit_src += \
	tests/unit/remote_aws.c \
	tests/unit/remote_collect.c \
	tests/unit/remote_fetch.c \
	tests/unit/remote_mux.c \
	tests/unit/remote_push.c \
	tests/unit/remote_remote.c \
	tests/unit/remote_retry.c \
	tests/unit/remote_rounds.c \
	tests/unit/remote_s3.c

# tree
unit_src += \
	tests/unit/tree_diff.c \
	tests/unit/tree_edit.c \
	tests/unit/tree_find.c \
	tests/unit/tree_merge.c \
	tests/unit/tree_sorter.c \
	tests/unit/tree_walk.c

# git
unit_src += \
	tests/unit/git_config.c \
	tests/unit/git_drivers.c \
	tests/unit/git_gitconfig.c \
	tests/unit/git_history.c \
	tests/unit/git_ignore.c \
	tests/unit/git_index.c \
	tests/unit/git_refs.c \
	tests/unit/git_repo.c

# work
unit_src += \
	tests/unit/work_add.c \
	tests/unit/work_base.c \
	tests/unit/work_checkout.c \
	tests/unit/work_fold.c \
	tests/unit/work_hostile.c \
	tests/unit/work_ignoreblock.c \
	tests/unit/work_ignorefile.c \
	tests/unit/work_merge.c \
	tests/unit/work_pointer.c \
	tests/unit/work_pointerfile.c \
	tests/unit/work_renames.c \
	tests/unit/work_scan.c \
	tests/unit/work_settle.c \
	tests/unit/work_similar.c \
	tests/unit/work_source.c \
	tests/unit/work_sparse.c \
	tests/unit/work_statcache.c \
	tests/unit/work_status.c

# lineage
unit_src += \
	tests/unit/lineage_mask.c \
	tests/unit/lineage_record.c \
	tests/unit/lineage_strace.c

# pipeline
unit_src += \
	tests/unit/pipeline_parse.c \
	tests/unit/pipeline_template.c

# cmd: what of it is no program
unit_src += \
	src/cmd/human.c \
	src/cmd/parse.c \
	src/cmd/suggest.c \
	tests/unit/cmd_human.c \
	tests/unit/cmd_parse.c

if HAVE_CRITERION
check_PROGRAMS += tests/unit-tests
TESTS += $(unit_tests)
unit_tests = tests/unit-tests
tests_unit_tests_SOURCES = $(unit_src) \
	tests/unit/gitrepo.c tests/unit/gitrepo.h \
	tests/unit/golden.c tests/unit/golden.h \
	tests/unit/memory_store.c tests/unit/memory_store.h \
	tests/unit/project.c tests/unit/project.h \
	tests/unit/scratch.c tests/unit/scratch.h \
	tests/unit/tree_model.c tests/unit/tree_model.h
tests_unit_tests_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS) \
	-DGOLDEN_FOLDER='"$(abs_srcdir)/tests/golden"'
tests_unit_tests_LDADD = libmvc.la $(CRITERION_LIBS)
endif

# Command tests: tests/cmd/NAME.sh and what it must print, NAME.out.
# None may be tests/cmd/run.sh: make would write tests/cmd/run by it.
cmd_tests = \
	tests/cmd/add-killed.sh \
	tests/cmd/add.sh \
	tests/cmd/archive.sh \
	tests/cmd/casefold.sh \
	tests/cmd/cat-object.sh \
	tests/cmd/cat.sh \
	tests/cmd/check-ignore.sh \
	tests/cmd/check.sh \
	tests/cmd/checkout-edges.sh \
	tests/cmd/checkout-full.sh \
	tests/cmd/checkout-killed.sh \
	tests/cmd/checkout-names.sh \
	tests/cmd/checkout-rename.sh \
	tests/cmd/checkout.sh \
	tests/cmd/clone.sh \
	tests/cmd/completion.sh \
	tests/cmd/config.sh \
	tests/cmd/cut.sh \
	tests/cmd/dag.sh \
	tests/cmd/deinit.sh \
	tests/cmd/denied.sh \
	tests/cmd/diff.sh \
	tests/cmd/doctor.sh \
	tests/cmd/drop.sh \
	tests/cmd/du.sh \
	tests/cmd/first-day.sh \
	tests/cmd/fetch.sh \
	tests/cmd/fsck-remote.sh \
	tests/cmd/fsck.sh \
	tests/cmd/full-disk.sh \
	tests/cmd/gc-remote.sh \
	tests/cmd/gc-s3.sh \
	tests/cmd/gc-ssh.sh \
	tests/cmd/gc.sh \
	tests/cmd/get-s3.sh \
	tests/cmd/get.sh \
	tests/cmd/harness.sh \
	tests/cmd/hash-object.sh \
	tests/cmd/heal.sh \
	tests/cmd/help.sh \
	tests/cmd/hook-push.sh \
	tests/cmd/hook.sh \
	tests/cmd/hostile-config.sh \
	tests/cmd/hostile-pointer.sh \
	tests/cmd/hostile-store.sh \
	tests/cmd/import-archive.sh \
	tests/cmd/import-s3.sh \
	tests/cmd/import.sh \
	tests/cmd/http.sh \
	tests/cmd/index-pack.sh \
	tests/cmd/init.sh \
	tests/cmd/install-hooks.sh \
	tests/cmd/install.sh \
	tests/cmd/interrupt.sh \
	tests/cmd/label.sh \
	tests/cmd/limit-rate.sh \
	tests/cmd/lineage.sh \
	tests/cmd/log.sh \
	tests/cmd/ls-tree.sh \
	tests/cmd/ls.sh \
	tests/cmd/memory.sh \
	tests/cmd/merge-driver-git.sh \
	tests/cmd/merge-driver.sh \
	tests/cmd/merge.sh \
	tests/cmd/metrics.sh \
	tests/cmd/mirror.sh \
	tests/cmd/mv-kill.sh \
	tests/cmd/mv.sh \
	tests/cmd/mvcignore.sh \
	tests/cmd/names.sh \
	tests/cmd/no-data.sh \
	tests/cmd/no-proc.sh \
	tests/cmd/odd-names.sh \
	tests/cmd/params.sh \
	tests/cmd/places.sh \
	tests/cmd/record.sh \
	tests/cmd/plots.sh \
	tests/cmd/reflink.sh \
	tests/cmd/pull-no-store.sh \
	tests/cmd/pull-ready.sh \
	tests/cmd/pull-sparse.sh \
	tests/cmd/pull.sh \
	tests/cmd/push-s3.sh \
	tests/cmd/push.sh \
	tests/cmd/remote.sh \
	tests/cmd/repro.sh \
	tests/cmd/rev-objects.sh \
	tests/cmd/rm.sh \
	tests/cmd/run-code.sh \
	tests/cmd/run-killed.sh \
	tests/cmd/run-one.sh \
	tests/cmd/run-signals.sh \
	tests/cmd/run-trace.sh \
	tests/cmd/run-train.sh \
	tests/cmd/rules.sh \
	tests/cmd/s3-credentials.sh \
	tests/cmd/s3-faults.sh \
	tests/cmd/s3.sh \
	tests/cmd/serve.sh \
	tests/cmd/shared.sh \
	tests/cmd/show-pack.sh \
	tests/cmd/sparse.sh \
	tests/cmd/split.sh \
	tests/cmd/ssh.sh \
	tests/cmd/stage.sh \
	tests/cmd/status.sh \
	tests/cmd/terminal.sh \
	tests/cmd/threads.sh \
	tests/cmd/track.sh \
	tests/cmd/typed.sh \
	tests/cmd/update.sh \
	tests/cmd/users.sh \
	tests/cmd/version.sh \
	tests/cmd/versions.sh \
	tests/cmd/with-git-far.sh \
	tests/cmd/with-git.sh \
	tests/cmd/write-tree.sh

check_PROGRAMS += tests/damage tests/gc_scale tests/noise tests/place \
	tests/record
tests_gc_scale_LDADD = libmvc.la
tests_noise_LDADD =
tests_place_LDADD = libmvc.la
tests_record_LDADD = libmvc.la
tests_damage_LDADD = libmvc.la
TESTS += $(cmd_tests)
EXTRA_DIST += $(cmd_tests) $(cmd_tests:.sh=.out) tests/cmd/lib.sh tests/cmd/run \
	tests/cmd/terminal.py

# The library as another program sees it, after make install.
TESTS += tests/install.sh
EXTRA_DIST += tests/install.sh

# Another program's reader, by mvc-format(5) alone.
TESTS += tests/reader.sh
EXTRA_DIST += tests/reader.sh tests/reader.out tests/reader.py tests/golden

# The model of collection: what the protocol's rules rest on.
TESTS += tests/collection.sh
EXTRA_DIST += tests/collection.sh tests/collection.out \
	tests/collection-long.sh tests/collection-long.out \
	tests/collection_model.py
# A collection of a remote of a million packs, made up.
TESTS += tests/gc-scale.sh tests/many-clients.sh
EXTRA_DIST += tests/gc-scale.sh tests/gc-scale.out tests/kill-remote.out tests/many-clients.sh
long_tests = tests/collection-long.sh tests/gc-scale.sh tests/many-clients.sh $(core_tests) $(checker_tests)

# Builds and runs of their own: make check-long only.
checker_tests = \
	tests/tsan.sh \
	tests/valgrind.sh
EXTRA_DIST += $(checker_tests)

# The daily loop as a whole.
core_tests = \
	tests/damage.sh \
	tests/demo.sh \
	tests/faults.sh \
	tests/full-sweep.sh \
	tests/kill-checkout.sh \
	tests/kill-remote.sh \
	tests/kill.sh \
	tests/power.sh \
	tests/properties.sh \
	tests/real.sh

TESTS += $(core_tests)
EXTRA_DIST += $(core_tests) tests/fault.c tests/fault_proxy.py tests/faults.py \
	tests/metadata.py tests/properties.py

# Preloaded into mvc, to fail its system calls.
if LINUX
check_DATA = tests/fault.so
endif
tests/fault.so: tests/fault.c
	$(AM_V_CC)$(CC) $(CPPFLAGS) $(CFLAGS) -D_GNU_SOURCE -std=gnu11 \
		-Wall -shared -fPIC -o $@ $(srcdir)/tests/fault.c \
		-ldl -pthread
CLEANFILES += tests/fault.so
EXTRA_DIST += $(core_tests) tests/power.c tests/power.py \
	tests/power_disk.py tests/properties.py

# make check-long: what takes minutes to hours.
check-long: $(check_PROGRAMS) $(check_DATA)
	LONG=1 MVC_TEST_TIMEOUT=36000 $(MAKE) check TESTS='$(long_tests)'
.PHONY: check-long

# Fuzz targets: fuzz-NAME is tests/fuzz/fuzz-NAME.c, with
# LLVMFuzzerTestOneInput; seeds lie in tests/fuzz/seeds/NAME/.
fuzz_targets = \
	tests/fuzz/fuzz-archive \
	tests/fuzz/fuzz-config \
	tests/fuzz/fuzz-decode \
	tests/fuzz/fuzz-frame \
	tests/fuzz/fuzz-ini \
	tests/fuzz/fuzz-layout \
	tests/fuzz/fuzz-ledger \
	tests/fuzz/fuzz-oid \
	tests/fuzz/fuzz-pack \
	tests/fuzz/fuzz-pipeline \
	tests/fuzz/fuzz-pointer \
	tests/fuzz/fuzz-recipe \
	tests/fuzz/fuzz-record \
	tests/fuzz/fuzz-root \
	tests/fuzz/fuzz-rootindex \
	tests/fuzz/fuzz-s3 \
	tests/fuzz/fuzz-segment \
	tests/fuzz/fuzz-statcache \
	tests/fuzz/fuzz-trash \
	tests/fuzz/fuzz-tree \
	tests/fuzz/fuzz-yaml

EXTRA_DIST += tests/fuzz/lines.h tests/fuzz/seeds
LDADD = $(FUZZ_ENGINE) libmvc.la
if FUZZING
noinst_PROGRAMS += $(fuzz_targets)
FUZZ_ENGINE = $(LIB_FUZZING_ENGINE)
else
check_LIBRARIES = tests/fuzz/libdriver.a
tests_fuzz_libdriver_a_SOURCES = tests/fuzz/driver.c
FUZZ_ENGINE = tests/fuzz/libdriver.a
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
endif

# make fuzz FUZZ_SECONDS=600: each target that long (--enable-fuzzing).
FUZZ_SECONDS = 60
fuzz: $(fuzz_targets)
	@for t in $(fuzz_targets); do \
		n=$${t##*/fuzz-}; mkdir -p corpus/$$n && \
		$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-rss_limit_mb=1024 -artifact_prefix=crash-$$n- \
			corpus/$$n $(srcdir)/tests/fuzz/seeds/$$n || exit 1; \
	done
.PHONY: fuzz

# Checks of the source; tools/style runs them all by hand.
style_tests = \
	tools/check-commands.sh \
	tools/check-format.sh \
	tools/check-headers.sh \
	tools/check-lists.sh \
	tools/check-rooms.sh \
	tools/check-shell.sh \
	tools/check-size.sh \
	tools/check-syscalls.sh \
	tools/check-words.sh

TESTS += $(style_tests)
EXTRA_DIST += $(style_tests) tools/style tools/coverage .shellcheckrc \
	.clang-format .editorconfig
CHECK_CFLAGS = $(MVC_CFLAGS) $(BLAKE3_CFLAGS) $(ZSTD_CFLAGS) $(GIT2_CFLAGS) \
	$(CRYPTO_CFLAGS) $(EXPAT_CFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS) \
	$(ARCHIVE_CFLAGS) $(CRITERION_CFLAGS)
style:
	CC='$(CC)' CHECK_CFLAGS='$(CHECK_CFLAGS)' $(srcdir)/tools/style
.PHONY: style

# What the tests run (--enable-coverage).
coverage:
	find . -name '*.gcda' -exec rm -f {} +
	$(MAKE) check
	$(srcdir)/tools/coverage .
.PHONY: coverage

# Scripts run in scratch folders by one harness.
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = $(srcdir)/tests/cmd/run
AM_TESTS_ENVIRONMENT = MVC_BUILD='$(abs_builddir)' CC='$(CC)' \
	CHECK_CFLAGS='$(CHECK_CFLAGS)' \
	LSAN_OPTIONS='suppressions=$(abs_srcdir)/tests/lsan.supp:print_suppressions=0'; \
	export MVC_BUILD CC CHECK_CFLAGS LSAN_OPTIONS;
EXTRA_DIST += tests/lsan.supp
