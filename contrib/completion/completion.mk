# Completion of command lines, made by the program from its own tables.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_bashcomp_DATA = contrib/completion/mvc.bash
nodist_zshcomp_DATA = contrib/completion/_mvc
nodist_fishcomp_DATA = contrib/completion/mvc.fish

COMPLETE = $(MKDIR_P) contrib/completion && ./mvc$(EXEEXT) completion
contrib/completion/mvc.bash: mvc$(EXEEXT)
	$(AM_V_GEN)$(COMPLETE) bash >$@.tmp && mv $@.tmp $@
contrib/completion/_mvc: mvc$(EXEEXT)
	$(AM_V_GEN)$(COMPLETE) zsh >$@.tmp && mv $@.tmp $@
contrib/completion/mvc.fish: mvc$(EXEEXT)
	$(AM_V_GEN)$(COMPLETE) fish >$@.tmp && mv $@.tmp $@
CLEANFILES += $(nodist_bashcomp_DATA) $(nodist_zshcomp_DATA) \
	$(nodist_fishcomp_DATA)
