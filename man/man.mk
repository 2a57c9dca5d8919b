# Manual pages, sorted.
dist_man_MANS = \
	man/git-mvc.1 \
	man/mvc-completion.1 \
	man/mvc-help.1 \
	man/mvc-version.1 \
	man/mvc.1
