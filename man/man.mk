# Manual pages, sorted.
dist_man_MANS = \
	man/git-mvc.1 \
	man/mvc-add.1 \
	man/mvc-cat-object.1 \
	man/mvc-cat.1 \
	man/mvc-check-ignore.1 \
	man/mvc-checkout.1 \
	man/mvc-completion.1 \
	man/mvc-config.1 \
	man/mvc-cut.1 \
	man/mvc-deinit.1 \
	man/mvc-diff.1 \
	man/mvc-doctor.1 \
	man/mvc-du.1 \
	man/mvc-format.5 \
	man/mvc-fsck.1 \
	man/mvc-gc.1 \
	man/mvc-hash-object.1 \
	man/mvc-help.1 \
	man/mvc-index-pack.1 \
	man/mvc-init.1 \
	man/mvc-install.1 \
	man/mvc-label.1 \
	man/mvc-log.1 \
	man/mvc-ls-tree.1 \
	man/mvc-ls.1 \
	man/mvc-merge-driver.1 \
	man/mvc-merging.7 \
	man/mvc-mv.1 \
	man/mvc-rev-objects.1 \
	man/mvc-rm.1 \
	man/mvc-show-pack.1 \
	man/mvc-sparse.1 \
	man/mvc-status.1 \
	man/mvc-version.1 \
	man/mvc-write-tree.1 \
	man/mvc.1
