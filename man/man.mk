# Manual pages, sorted.
dist_man_MANS = \
	man/git-mvc.1 \
	man/mvc.1
