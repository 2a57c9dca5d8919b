# Installing what is missing, for try.sh and test.sh (Debian and Ubuntu).
# shellcheck shell=sh

say() {
	printf '%s\n' "$*"
}

stop() {
	printf '\n%s\n' "$*" >&2
	exit 1
}

# What a build needs. BLAKE3 comes as a library, or as its official C sources
# inside a Rust package (Debian, Ubuntu).
build_packages() {
	echo build-essential autoconf automake libtool pkg-config git \
	    libgit2-dev libarchive-dev libzstd-dev libcurl4-openssl-dev libexpat1-dev \
	    libjansson-dev libssl-dev libyaml-dev
	if apt-cache show libblake3-dev >/dev/null 2>&1; then
		echo libblake3-dev
	else
		echo librust-blake3-dev
	fi
}

# Those of the names that this system has packages of.
known_packages() {
	for p in "$@"; do
		if apt-cache show "$p" >/dev/null 2>&1; then
			echo "$p"
		fi
	done
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

missing_of() {
	for p in "$@"; do
		installed "$p" || printf ' %s' "$p"
	done
}

# install_packages WHAT-FOR PACKAGE...: says what, then installs it.
install_packages() {
	what=$1
	shift
	missing=$(missing_of "$@")
	if [ -z "$missing" ]; then
		say "Nothing to install for $what: everything is here."
		return
	fi
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		stop "Run this as root, or install sudo. Missing:$missing"
	fi
	say "Installing for $what, by apt-get:$missing"
	# shellcheck disable=SC2086
	as_root apt-get install -y -q --no-install-recommends $missing \
	    </dev/null >"$log" 2>&1 || {
		tail -20 "$log" >&2
		stop "apt-get could not install$missing (whole output: $log)"
	}
}

# The lists of packages, once, where they are absent or a week old.
refresh_packages() {
	command -v apt-get >/dev/null ||
		stop "This script knows Debian and Ubuntu; README.md has the packages of others."
	if [ -z "$(find /var/lib/apt/lists -name '*_Packages*' -mtime -7 2>/dev/null |
	    head -n 1)" ]; then
		say "Reading the lists of packages: apt-get update"
		as_root apt-get update -q </dev/null >"$log" 2>&1 || {
			tail -5 "$log" >&2
			stop "apt-get update failed (whole output: $log)"
		}
	fi
}

# build_mvc FOLDER CONFIGURE-OPTION...: configure once, make.
build_mvc() {
	folder=$1
	shift
	if [ "$folder" != "$top" ] && [ -f "$top/config.status" ]; then
		stop "This tree was configured in place: run make distclean first."
	fi
	mkdir -p "$folder"
	say "Building in $folder"
	(
		[ -x "$top/configure" ] || "$top/autogen.sh"
		cd "$folder" || exit 1
		[ -f Makefile ] || "$top/configure" "$@"
		make -j"$(nproc)"
	) >"$log" 2>&1 || {
		tail -30 "$log" >&2
		stop "The build failed (whole output: $log)"
	}
}
