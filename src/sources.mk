# Every source, once, sorted within its room; rooms in the order of src/rooms.

# the face of the library for other programs
lib_src = src/mvc.c
lib_hdr =
include_HEADERS = src/mvc.h

# util
lib_src += \
	src/util/beneath.c \
	src/util/buf.c \
	src/util/command.c \
	src/util/ctx.c \
	src/util/dirref.c \
	src/util/error.c \
	src/util/file.c \
	src/util/flow.c \
	src/util/leftover.c \
	src/util/name.c \
	src/util/rate.c \
	src/util/run.c \
	src/util/sys.c \
	src/util/together.c \
	src/util/trace.c
lib_hdr += \
	src/util/banned.h \
	src/util/beneath.h \
	src/util/buf.h \
	src/util/bytes.h \
	src/util/clock.h \
	src/util/command.h \
	src/util/ctx.h \
	src/util/dirref.h \
	src/util/error.h \
	src/util/file.h \
	src/util/flow.h \
	src/util/leftover.h \
	src/util/name.h \
	src/util/own.h \
	src/util/rate.h \
	src/util/run.h \
	src/util/sys.h \
	src/util/together.h \
	src/util/trace.h

# text
lib_src += \
	src/text/csv.c \
	src/text/ini.c \
	src/text/json.c \
	src/text/jsonobject.c \
	src/text/jsontree.c \
	src/text/markup.c \
	src/text/utf8.c \
	src/text/xml.c \
	src/text/yaml.c
lib_hdr += \
	src/text/csv.h \
	src/text/ini.h \
	src/text/json.h \
	src/text/jsonobject.h \
	src/text/jsontree.h \
	src/text/markup.h \
	src/text/utf8.h \
	src/text/xml.h \
	src/text/yaml.h

# hash
lib_src += \
	src/hash/crc32c.c \
	src/hash/digest.c \
	src/hash/foreign.c \
	src/hash/oid.c \
	src/hash/oidset.c
lib_hdr += \
	src/hash/crc32c.h \
	src/hash/digest.h \
	src/hash/foreign.h \
	src/hash/oid.h \
	src/hash/oidset.h

# chunk
lib_src += \
	src/chunk/codec.c \
	src/chunk/cutfile.c \
	src/chunk/cutter.c \
	src/chunk/guess.c \
	src/chunk/lanes.c \
	src/chunk/layout.c \
	src/chunk/layout_gguf.c \
	src/chunk/layout_npy.c \
	src/chunk/layout_safetensors.c
lib_hdr += \
	src/chunk/codec.h \
	src/chunk/cutfile.h \
	src/chunk/cutter.h \
	src/chunk/format.h \
	src/chunk/guess.h \
	src/chunk/lanes.h \
	src/chunk/layout.h \
	src/chunk/layout_impl.h

# object
lib_src += \
	src/object/recipe.c \
	src/object/tree.c \
	src/object/tree_build.c
lib_hdr += \
	src/object/format.h \
	src/object/object.h \
	src/object/recipe.h \
	src/object/tree.h

# store
lib_src += \
	src/store/backend.c \
	src/store/blob.c \
	src/store/claim.c \
	src/store/collect.c \
	src/store/collect_far.c \
	src/store/condemn.c \
	src/store/folder.c \
	src/store/folder_backend.c \
	src/store/formatfile.c \
	src/store/fsck.c \
	src/store/fsck_look.c \
	src/store/fsck_reach.c \
	src/store/fsck_repair.c \
	src/store/ingest.c \
	src/store/ingest_big.c \
	src/store/ingest_small.c \
	src/store/lines.c \
	src/store/lookup.c \
	src/store/mark.c \
	src/store/pack.c \
	src/store/packcache.c \
	src/store/packdisk.c \
	src/store/packer.c \
	src/store/reach.c \
	src/store/readrun.c \
	src/store/retire.c \
	src/store/root.c \
	src/store/rootindex.c \
	src/store/rootlist.c \
	src/store/seglist.c \
	src/store/segment.c \
	src/store/segment_head.c \
	src/store/segment_write.c \
	src/store/segments.c \
	src/store/store.c \
	src/store/sweep.c \
	src/store/tally.c \
	src/store/tiers.c \
	src/store/trash.c \
	src/store/writer.c
lib_hdr += \
	src/store/backend.h \
	src/store/blob.h \
	src/store/collect.h \
	src/store/collect_priv.h \
	src/store/folder.h \
	src/store/folder_backend.h \
	src/store/format.h \
	src/store/formatfile.h \
	src/store/fsck.h \
	src/store/fsck_priv.h \
	src/store/ingest.h \
	src/store/ingest_priv.h \
	src/store/lines.h \
	src/store/mark.h \
	src/store/pack.h \
	src/store/packcache.h \
	src/store/packdisk.h \
	src/store/packer.h \
	src/store/reach.h \
	src/store/readrun.h \
	src/store/retire.h \
	src/store/root.h \
	src/store/rootindex.h \
	src/store/rootlist.h \
	src/store/seglist.h \
	src/store/segment.h \
	src/store/store.h \
	src/store/store_priv.h \
	src/store/tally.h \
	src/store/tiers.h \
	src/store/trash.h \
	src/store/writer.h \
	src/store/writer_priv.h

# remote
lib_src += \
	src/remote/aws_cred.c \
	src/remote/aws_fetch.c \
	src/remote/aws_profile.c \
	src/remote/aws_sign.c \
	src/remote/check.c \
	src/remote/curl.c \
	src/remote/dir.c \
	src/remote/far.c \
	src/remote/fetch.c \
	src/remote/fetch_jobs.c \
	src/remote/fetch_walk.c \
	src/remote/frame.c \
	src/remote/githistory.c \
	src/remote/http.c \
	src/remote/http_engine.c \
	src/remote/known.c \
	src/remote/landing.c \
	src/remote/mirror.c \
	src/remote/mux.c \
	src/remote/packcheck.c \
	src/remote/probe.c \
	src/remote/prove.c \
	src/remote/push.c \
	src/remote/push_packs.c \
	src/remote/push_roots.c \
	src/remote/push_walk.c \
	src/remote/remote.c \
	src/remote/retry.c \
	src/remote/s3.c \
	src/remote/s3_call.c \
	src/remote/s3_error.c \
	src/remote/s3_list.c \
	src/remote/s3_multipart.c \
	src/remote/s3_unfinished.c \
	src/remote/serve.c \
	src/remote/ssh.c \
	src/remote/ssh_link.c \
	src/remote/ssh_url.c \
	src/remote/web.c
lib_hdr += \
	src/remote/aws.h \
	src/remote/backends.h \
	src/remote/check.h \
	src/remote/curl.h \
	src/remote/far.h \
	src/remote/fetch.h \
	src/remote/fetch_priv.h \
	src/remote/frame.h \
	src/remote/githistory.h \
	src/remote/http.h \
	src/remote/http_priv.h \
	src/remote/known.h \
	src/remote/landing.h \
	src/remote/mirror.h \
	src/remote/mux.h \
	src/remote/packcheck.h \
	src/remote/pipe.h \
	src/remote/probe.h \
	src/remote/prove.h \
	src/remote/push.h \
	src/remote/push_priv.h \
	src/remote/remote.h \
	src/remote/retry.h \
	src/remote/s3_priv.h \
	src/remote/serve.h \
	src/remote/ssh_priv.h

# tree
lib_src += \
	src/tree/cursor.c \
	src/tree/diff.c \
	src/tree/edit.c \
	src/tree/find.c \
	src/tree/merge.c \
	src/tree/path.c \
	src/tree/sorter.c \
	src/tree/walk.c
lib_hdr += \
	src/tree/cursor.h \
	src/tree/diff.h \
	src/tree/edit.h \
	src/tree/find.h \
	src/tree/merge.h \
	src/tree/path.h \
	src/tree/sorter.h \
	src/tree/walk.h

# git
lib_src += \
	src/git/codetravel.c \
	src/git/codetree.c \
	src/git/config.c \
	src/git/drivers.c \
	src/git/foreign.c \
	src/git/gains.c \
	src/git/gitbundle.c \
	src/git/gitconfig.c \
	src/git/gitfile.c \
	src/git/idset.c \
	src/git/hooks.c \
	src/git/hookscript.c \
	src/git/ignore.c \
	src/git/index.c \
	src/git/indexlock.c \
	src/git/lib.c \
	src/git/log.c \
	src/git/owner.c \
	src/git/project.c \
	src/git/rawdiff.c \
	src/git/reach.c \
	src/git/refs.c \
	src/git/repo.c \
	src/git/rev.c \
	src/git/scan.c \
	src/git/worktree.c
lib_hdr += \
	src/git/codetravel.h \
	src/git/codetree.h \
	src/git/config.h \
	src/git/drivers.h \
	src/git/foreign.h \
	src/git/gains.h \
	src/git/gitbundle.h \
	src/git/gitconfig.h \
	src/git/gitfile.h \
	src/git/gitid.h \
	src/git/history.h \
	src/git/hooks.h \
	src/git/hookscript.h \
	src/git/idset.h \
	src/git/ignore.h \
	src/git/index.h \
	src/git/indexlock.h \
	src/git/lib.h \
	src/git/owner.h \
	src/git/project.h \
	src/git/rawdiff.h \
	src/git/refs.h \
	src/git/repo.h \
	src/git/scan.h

# work
lib_src += \
	src/work/add.c \
	src/work/add_count.c \
	src/work/add_flow.c \
	src/work/add_given.c \
	src/work/add_plan.c \
	src/work/add_publish.c \
	src/work/add_root.c \
	src/work/add_torn.c \
	src/work/base.c \
	src/work/change.c \
	src/work/changes.c \
	src/work/checkout.c \
	src/work/checkout_clone.c \
	src/work/checkout_collide.c \
	src/work/checkout_file.c \
	src/work/checkout_intent.c \
	src/work/checkout_plan.c \
	src/work/checkout_plan_file.c \
	src/work/checkout_plan_want.c \
	src/work/checkout_rename.c \
	src/work/checkout_resolve.c \
	src/work/checkout_run.c \
	src/work/checkout_way.c \
	src/work/checkout_spool.c \
	src/work/checkout_target.c \
	src/work/choose.c \
	src/work/fold.c \
	src/work/gitfolder.c \
	src/work/heal.c \
	src/work/heal_tree.c \
	src/work/here.c \
	src/work/hidden.c \
	src/work/hiding.c \
	src/work/holes.c \
	src/work/ignoreblock.c \
	src/work/ignorefile.c \
	src/work/ignores.c \
	src/work/intent.c \
	src/work/keep.c \
	src/work/listing.c \
	src/work/look.c \
	src/work/merge.c \
	src/work/merge_beside.c \
	src/work/mv.c \
	src/work/mv_plan.c \
	src/work/mv_target.c \
	src/work/pending.c \
	src/work/pointer.c \
	src/work/pointerfile.c \
	src/work/ready.c \
	src/work/recorded.c \
	src/work/remoteconf.c \
	src/work/renames.c \
	src/work/rm.c \
	src/work/scan.c \
	src/work/settle.c \
	src/work/similar.c \
	src/work/sizes.c \
	src/work/source.c \
	src/work/sparse.c \
	src/work/statcache.c \
	src/work/statlayer.c \
	src/work/statpath.c \
	src/work/status.c \
	src/work/status_items.c \
	src/work/status_judge.c \
	src/work/statupdate.c \
	src/work/target.c \
	src/work/tidy.c \
	src/work/torn.c \
	src/work/track.c \
	src/work/typed.c \
	src/work/unique.c \
	src/work/versions.c \
	src/work/view.c \
	src/work/wanted.c \
	src/work/work.c
lib_hdr += \
	src/work/add.h \
	src/work/add_priv.h \
	src/work/base.h \
	src/work/change.h \
	src/work/changes.h \
	src/work/checkout.h \
	src/work/checkout_plan.h \
	src/work/checkout_priv.h \
	src/work/choose.h \
	src/work/fold.h \
	src/work/gitfolder.h \
	src/work/heal.h \
	src/work/here.h \
	src/work/hidden.h \
	src/work/hiding.h \
	src/work/holes.h \
	src/work/ignoreblock.h \
	src/work/ignorefile.h \
	src/work/ignores.h \
	src/work/intent.h \
	src/work/keep.h \
	src/work/listing.h \
	src/work/look.h \
	src/work/merge.h \
	src/work/merge_beside.h \
	src/work/mv.h \
	src/work/mv_priv.h \
	src/work/pending.h \
	src/work/pointer.h \
	src/work/pointerfile.h \
	src/work/ready.h \
	src/work/recorded.h \
	src/work/remoteconf.h \
	src/work/renames.h \
	src/work/rm.h \
	src/work/scan.h \
	src/work/settle.h \
	src/work/similar.h \
	src/work/sizes.h \
	src/work/source.h \
	src/work/sparse.h \
	src/work/statcache.h \
	src/work/statcache_priv.h \
	src/work/statlayer.h \
	src/work/statpath.h \
	src/work/status.h \
	src/work/status_priv.h \
	src/work/target.h \
	src/work/tidy.h \
	src/work/torn.h \
	src/work/track.h \
	src/work/typed.h \
	src/work/unique.h \
	src/work/versions.h \
	src/work/view.h \
	src/work/wanted.h \
	src/work/work.h

# lineage
lib_src += \
	src/lineage/ask.c \
	src/lineage/ask_down.c \
	src/lineage/ask_up.c \
	src/lineage/codes.c \
	src/lineage/environment.c \
	src/lineage/export_draw.c \
	src/lineage/export_json.c \
	src/lineage/ledger.c \
	src/lineage/ledger_build.c \
	src/lineage/ledger_file.c \
	src/lineage/mask.c \
	src/lineage/moment.c \
	src/lineage/numbers.c \
	src/lineage/plot.c \
	src/lineage/plot_classes.c \
	src/lineage/points.c \
	src/lineage/record.c \
	src/lineage/record_read.c \
	src/lineage/record_write.c \
	src/lineage/recording.c \
	src/lineage/recording_metrics.c \
	src/lineage/running.c \
	src/lineage/running_input.c \
	src/lineage/running_trace.c \
	src/lineage/runs.c \
	src/lineage/strace.c \
	src/lineage/values.c
lib_hdr += \
	src/lineage/ask.h \
	src/lineage/ask_priv.h \
	src/lineage/codes.h \
	src/lineage/environment.h \
	src/lineage/export.h \
	src/lineage/ledger.h \
	src/lineage/mask.h \
	src/lineage/moment.h \
	src/lineage/numbers.h \
	src/lineage/plot.h \
	src/lineage/plot_priv.h \
	src/lineage/points.h \
	src/lineage/record.h \
	src/lineage/record_priv.h \
	src/lineage/recording.h \
	src/lineage/recording_priv.h \
	src/lineage/running.h \
	src/lineage/running_priv.h \
	src/lineage/runs.h \
	src/lineage/strace.h \
	src/lineage/values.h

# pipeline
lib_src += \
	src/pipeline/answer.c \
	src/pipeline/edit.c \
	src/pipeline/graph.c \
	src/pipeline/numbers.c \
	src/pipeline/parse.c \
	src/pipeline/parse_stage.c \
	src/pipeline/parse_unfold.c \
	src/pipeline/parse_vars.c \
	src/pipeline/pipeline.c \
	src/pipeline/template.c
lib_hdr += \
	src/pipeline/answer.h \
	src/pipeline/edit.h \
	src/pipeline/graph.h \
	src/pipeline/numbers.h \
	src/pipeline/parse_priv.h \
	src/pipeline/pipeline.h \
	src/pipeline/template.h

# bundle
lib_src += \
	src/bundle/export.c \
	src/bundle/import.c \
	src/bundle/libarchive.c \
	src/bundle/path.c \
	src/bundle/reader.c \
	src/bundle/writer.c
lib_hdr += \
	src/bundle/export.h \
	src/bundle/import.h \
	src/bundle/libarchive.h \
	src/bundle/path.h \
	src/bundle/reader.h \
	src/bundle/writer.h

# cmd: the program; only this room prints and exits
cmd_src = \
	src/cmd/aside.c \
	src/cmd/bar.c \
	src/cmd/beyond.c \
	src/cmd/cmd_add.c \
	src/cmd/cmd_archive.c \
	src/cmd/cmd_cat.c \
	src/cmd/cmd_cat_object.c \
	src/cmd/cmd_check.c \
	src/cmd/cmd_check_ignore.c \
	src/cmd/cmd_checkout.c \
	src/cmd/cmd_clone.c \
	src/cmd/cmd_completion.c \
	src/cmd/cmd_config.c \
	src/cmd/cmd_cut.c \
	src/cmd/cmd_dag.c \
	src/cmd/cmd_deinit.c \
	src/cmd/cmd_diff.c \
	src/cmd/cmd_doctor.c \
	src/cmd/cmd_drop.c \
	src/cmd/cmd_du.c \
	src/cmd/cmd_fetch.c \
	src/cmd/cmd_fsck.c \
	src/cmd/cmd_gc.c \
	src/cmd/cmd_get.c \
	src/cmd/cmd_hash_object.c \
	src/cmd/cmd_help.c \
	src/cmd/cmd_hook.c \
	src/cmd/cmd_import.c \
	src/cmd/cmd_index_pack.c \
	src/cmd/cmd_init.c \
	src/cmd/cmd_install.c \
	src/cmd/cmd_label.c \
	src/cmd/cmd_lineage.c \
	src/cmd/cmd_log.c \
	src/cmd/cmd_ls.c \
	src/cmd/cmd_ls_tree.c \
	src/cmd/cmd_merge_driver.c \
	src/cmd/cmd_metrics.c \
	src/cmd/cmd_mv.c \
	src/cmd/cmd_params.c \
	src/cmd/cmd_plots.c \
	src/cmd/cmd_pull.c \
	src/cmd/cmd_push.c \
	src/cmd/cmd_record.c \
	src/cmd/cmd_remote.c \
	src/cmd/cmd_repro.c \
	src/cmd/cmd_rev_objects.c \
	src/cmd/cmd_rm.c \
	src/cmd/cmd_run.c \
	src/cmd/cmd_serve.c \
	src/cmd/cmd_show_pack.c \
	src/cmd/cmd_sparse.c \
	src/cmd/cmd_stage.c \
	src/cmd/cmd_status.c \
	src/cmd/cmd_update.c \
	src/cmd/cmd_version.c \
	src/cmd/cmd_write_tree.c \
	src/cmd/env.c \
	src/cmd/env_open.c \
	src/cmd/fetching.c \
	src/cmd/gc_far.c \
	src/cmd/hook_commit.c \
	src/cmd/hook_move.c \
	src/cmd/hook_push.c \
	src/cmd/human.c \
	src/cmd/import_archive.c \
	src/cmd/import_data.c \
	src/cmd/incoming.c \
	src/cmd/interrupt.c \
	src/cmd/lineage_print.c \
	src/cmd/list.c \
	src/cmd/lookup.c \
	src/cmd/main.c \
	src/cmd/missing.c \
	src/cmd/notls.c \
	src/cmd/numbers.c \
	src/cmd/object.c \
	src/cmd/origin.c \
	src/cmd/origin_git.c \
	src/cmd/out.c \
	src/cmd/packfile.c \
	src/cmd/parse.c \
	src/cmd/remote_edit.c \
	src/cmd/remote_mirror.c \
	src/cmd/runcode.c \
	src/cmd/running.c \
	src/cmd/setup.c \
	src/cmd/sharing.c \
	src/cmd/stages.c \
	src/cmd/sides.c \
	src/cmd/suggest.c \
	src/cmd/table.c \
	src/cmd/unpushed.c \
	src/cmd/usage.c \
	src/cmd/withgit.c \
	src/cmd/withgit_clone.c \
	src/cmd/withgit_fetch.c \
	src/cmd/withgit_push.c
cmd_hdr = \
	src/cmd/aside.h \
	src/cmd/beyond.h \
	src/cmd/checkout.h \
	src/cmd/cmd.h \
	src/cmd/env.h \
	src/cmd/fetching.h \
	src/cmd/gc.h \
	src/cmd/hook.h \
	src/cmd/human.h \
	src/cmd/importing.h \
	src/cmd/incoming.h \
	src/cmd/interrupt.h \
	src/cmd/lineage.h \
	src/cmd/list.def \
	src/cmd/lookup.h \
	src/cmd/missing.h \
	src/cmd/numbers.h \
	src/cmd/object.h \
	src/cmd/origin.h \
	src/cmd/out.h \
	src/cmd/packfile.h \
	src/cmd/parse.h \
	src/cmd/pushing.h \
	src/cmd/remote_edit.h \
	src/cmd/remote_mirror.h \
	src/cmd/runcode.h \
	src/cmd/running.h \
	src/cmd/scope.h \
	src/cmd/setup.h \
	src/cmd/sharing.h \
	src/cmd/stages.h \
	src/cmd/sides.h \
	src/cmd/suggest.h \
	src/cmd/table.h \
	src/cmd/unpushed.h \
	src/cmd/usage.h \
	src/cmd/withgit.h \
	src/cmd/withgit_priv.h
