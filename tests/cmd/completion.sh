# The scripts, in the shells that they are for (those that are installed).
. "$srcdir/tests/cmd/lib.sh"
has() { command -v "$1" >/dev/null; }
in_bash() {
	mvc completion bash >mvc.bash
	bash --norc -c '. ./mvc.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_mvc
		echo ${COMPREPLY[@]}' bash "$@"
}
in_fish() {
	mvc completion fish >mvc.fish
	HOME=$PWD fish --no-config -c "source mvc.fish; complete -C '$*'" |
		sed 's/	.*//' | tr '\n' ' ' | sed 's/ $//'
	echo
}
in_zsh() {
	mvc completion zsh >_mvc
	zsh -f -n _mvc && zsh -f -c '
		autoload -U compinit && compinit -D -u || exit 1
		. ./_mvc || exit 1
		print -r -- ${_comps[mvc]} ${_comps[git-mvc]}
		_describe() { print -rl -- ${(P)2} }
		_mvc_commands x | grep "^version:"
		_arguments() { state=word; print -rl -- "$@" | grep -e "$want" }
		want=json words=("$@") && _mvc' zsh "$@"
}
expect() {
	what=$1
	shift
	got=$("$@") || echo "$* failed: $?"
	[ "$got" = "$what" ] || echo "$*: $got, not $what"
}
if has bash; then
	expect version in_bash mvc vers
	expect version in_bash git mvc vers
	expect version in_bash mvc -C x vers
	expect --json in_bash mvc version --js
	expect version in_bash mvc help vers
	expect "zsh" in_bash mvc completion z
	expect "" in_bash mvc version x
fi
if has fish; then
	expect version in_fish mvc vers
	expect --json in_fish mvc version --js
	expect zsh in_fish mvc completion z
fi
if has zsh; then
	expect "_mvc _mvc
version:print the version of mvc and of what it is made of
--json[write JSON, for programs]" in_zsh version
fi
echo "all shells done"
