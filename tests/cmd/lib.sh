# Helpers of the command tests; each begins with: . "$srcdir/tests/cmd/lib.sh"
# shellcheck shell=sh
#
#   t mvc add images        print the command, what it printed and, unless 0,
#                           its exit status, as a terminal would show it
#   t mvc add x 2>&1 | mask the same, with what changes from run to run masked
#   noise BYTES SEED >FILE  bytes that look random, the same for the same seed
#   rows N SEED >FILE       a CSV table of N rows, the same for the same seed
#   mask                    durations and rates become T; sha and ids stay
#   mask_ids                hex ids of 7 digits and more become ID
#   sums [PATH...]          every file and link below: mode, cksum, size, name
#   same A B                A and B are the same, byte for byte, or exit 1
#   repo NAME               make a Git and mvc repository NAME, quietly; cd to it
#   commit MESSAGE          git commit -qm
#   record NAME...          like mvc add, without Git
#   two_versions            a repository r with two versions of some data
#   skip WHY                say why the test cannot run here, and exit 77
#   need PROGRAM...         skip where PROGRAM is not installed
#   need_root               skip unless root runs it
#   py_start FILE [ARG...]  a server in Python, given a file for its port, then
#                           the words; the port is in $port
#   s3_start [OPTION...]    a real S3 server (versitygw) with an empty bucket
#                           "lab", its address and keys in the environment
#   ssh_start               a real sshd; "host" is it, files go below
#                           $scratch/far
#   gc_far URL FOLDER       a branch's data goes from a remote, whose files lie
#                           in the folder, and the rest stays
#   web_start [LINES]       a real nginx that serves $scratch/web, at $web and
#                           (with a certificate) $secure; LINES for its servers,
#                           in which WEB and SECURE are these
#   mask_web                its address becomes WEB, or SECURE
#   mask_numbers            every number becomes N
#   background COMMAND...   until the script ends; its process id is in $pid,
#                           what it prints in $background_log

t() {
	printf '$'
	printf ' %s' "$@"
	printf '\n'
	status=0
	"$@" 2>&1 || status=$?
	[ "$status" = 0 ] || printf '[%d]\n' "$status"
	return 0
}

rows() {
	awk -v n="$1" -v seed="$2" 'BEGIN {
		x = seed + 1
		print "id,name,score,city"
		for (i = 1; i <= n; i++) {
			x = (x * 16807) % 2147483647
			printf "%d,name-%d,%.4f,city-%d\n", i, x % 9973,
			    x / 2147483647, x % 37
		}
	}'
}

mask() {
	sed -E \
	    -e 's/[0-9]+ h [0-9]+ min/T/g' \
	    -e 's/[0-9]+ min [0-9]+ s/T/g' \
	    -e 's/\b[0-9]+(\.[0-9]+)? (ms|s|min|h)\b/T/g' \
	    -e 's/\b[0-9]+(\.[0-9]+)? [kMGT]?i?B\/s/RATE/g'
}

mask_ids() {
	sed -E -e 's/\b[0-9a-f]{7,64}\b/ID/g'
}

# cksum is POSIX, so that the same test runs on every system.
sums() {
	find "${@:-.}" \( -name .git -o -path ./.mvc \) -prune -o \
	    ! -type d -print | sort | while IFS= read -r f; do
		if [ -L "$f" ]; then
			printf 'link %s -> %s\n' "$f" "$(readlink "$f")"
		else
			if [ -x "$f" ]; then printf 'x '; else printf -- '- '; fi
			cksum "$f"
		fi
	done
}

same() {
	diff -r --no-dereference "$1" "$2" || exit 1
}

repo() {
	git init -q "$1" && cd "$1" && mvc init >/dev/null && git add -A &&
	    git commit -qm "Start" --allow-empty
}

commit() {
	git commit -qm "$1"
}

skip() {
	echo "skipped: $*"
	exit 77
}

need() {
	for p in "$@"; do
		command -v "$p" >/dev/null || skip "$p is not installed"
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "only root can do this"
}

free_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

background() {
	background_log=$(mktemp "$scratch/background.XXXXXX")
	"$@" >"$background_log" 2>&1 &
	pid=$!
	started="${started-} $pid"
	# shellcheck disable=SC2086
	trap 'kill $started 2>/dev/null' EXIT
}

# Until the command succeeds, for half a minute; 1: the server is over.
wait_for() {
	deadline=$(($(date +%s) + 30))
	while [ "$(date +%s)" -lt $deadline ]; do
		! "$@" >/dev/null 2>&1 || return 0
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.1
	done
	echo "$* does not come up: $(cat "$background_log")"
	exit 1
}

# on_port SERVER CHECK...: the function starts a server on $port; the command
# succeeds when this server answers, and no other. A port may have been taken
# meanwhile: then the server ends, and another is tried.
on_port() {
	start=$1
	shift
	for _ in 1 2 3 4 5; do
		port=$(free_port)
		"$start"
		! wait_for "$@" || return 0
	done
	echo "$start does not come up: $(cat "$background_log")"
	exit 1
}

py_start() {
	script=$1
	shift
	rm -f "$scratch/port"
	background python3 "$script" "$scratch/port" "$@"
	wait_for test -s "$scratch/port" || {
		cat "$background_log"
		exit 1
	}
	port=$(cat "$scratch/port")
}

s3_start() {
	need python3
	command -v place >/dev/null || [ -n "${CI-}" ] ||
		skip "tests/place is not built: make check does that"
	command -v versitygw >/dev/null || {
		# What CI does not run is not tested at all.
		[ -z "${CI-}" ] || {
			echo "no versitygw: contrib/versitygw.sh failed"
			exit 1
		}
		skip "no S3 server: contrib/versitygw.sh builds one, with Go"
	}
	mkdir -p "$scratch/s3/lab/up-$$"
	: >"$scratch/s3/lab/up-$$/it"
	export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=secretsecret
	export AWS_EC2_METADATA_DISABLED=true
	s3_options=$*
	on_port s3_listen s3_answers
	rm -r "$scratch/s3/lab/up-$$"
}

s3_listen() {
	# shellcheck disable=SC2086
	ROOT_ACCESS_KEY=test ROOT_SECRET_KEY=secretsecret background versitygw \
	    --port "127.0.0.1:$port" $s3_options posix "$scratch/s3"
	case $s3_options in
	*--cert*) export AWS_ENDPOINT_URL="https://127.0.0.1:$port" ;;
	*) export AWS_ENDPOINT_URL="http://127.0.0.1:$port" ;;
	esac
}

s3_answers() {
	place s3://lab stat "up-$$/it"
}

# Two versions of a directory and a file, committed, in a repository r.
two_versions() {
	repo r || exit 1
	mkdir -p images/cats images/dogs/small images/empty
	noise 1000 1 >images/cats/1.jpg
	noise 300000 2 >images/cats/2.jpg
	noise 5 3 >images/dogs/small/a.jpg
	chmod +x images/dogs/small/a.jpg
	ln -s cats/1.jpg images/latest
	noise 3000000 4 >model.bin
	mkdir data && rows 500 1 >data/train.csv
	record images model.bin data/train.csv
	git add images.mvc model.bin.mvc data/train.csv.mvc && commit First
	noise 300100 5 >images/cats/2.jpg
	rm -r images/dogs/small
	noise 2000 6 >images/dogs/b.jpg
	mv images/cats/1.jpg images/cats/one.jpg
	{ head -c 1500000 model.bin; noise 1500000 7; } >m && mv m model.bin
	record images model.bin
	git add images.mvc model.bin.mvc && commit Second
}

mask_numbers() {
	sed -E -e 's/[0-9]+(\.[0-9]+)?/N/g'
}

# What CI does not run is not tested at all.
missing() {
	[ -z "${CI-}" ] || {
		echo "$*: ./test.sh installs it"
		exit 1
	}
	skip "$*"
}

ssh_start() {
	need python3
	command -v place >/dev/null || [ -n "${CI-}" ] ||
		skip "tests/place is not built: make check does that"
	sshd=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd) ||
		missing "no sshd: apt install openssh-server"
	command -v ssh-keygen >/dev/null || missing "no ssh-keygen"
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	mkdir "$scratch/far"
	ssh-keygen -q -t ed25519 -N '' -f "$scratch/hostkey"
	ssh-keygen -q -t ed25519 -N '' -f "$scratch/key"
	cp "$scratch/key.pub" "$scratch/authorized_keys"
	export GIT_SSH_COMMAND="ssh -F $scratch/ssh_config"
	# Only ours has this key.
	# shellcheck disable=SC2086
	on_port ssh_listen $GIT_SSH_COMMAND host mvc version
}

ssh_listen() {
	printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$scratch/hostkey.pub")" \
	    >"$scratch/known_hosts"
	cat >"$scratch/sshd_config" <<-END
	ListenAddress 127.0.0.1:$port
	HostKey $scratch/hostkey
	AuthorizedKeysFile $scratch/authorized_keys
	PidFile none
	UsePAM no
	StrictModes no
	PermitRootLogin yes
	PasswordAuthentication no
	MaxStartups 100
	SetEnv PATH=$PATH
	END
	cat >"$scratch/ssh_config" <<-END
	Host host
		HostName 127.0.0.1
		Port $port
		IdentityFile $scratch/key
		IdentitiesOnly yes
		UserKnownHostsFile $scratch/known_hosts
		GlobalKnownHostsFile none
		StrictHostKeyChecking yes
	END
	background "$sshd" -D -e -f "$scratch/sshd_config"
}

gc_far() {
	repo r && git config mvc.remote.lab.url "$1"
	noise 300000 1 >a.bin
	mvc add -q a.bin && commit "first" && mvc push -q || exit 1
	git switch -q -c try
	noise 400000 2 >b.bin
	mvc add -q b.bin && commit "a try" && mvc push -q || exit 1
	git switch -q - && git branch -qD try
	git reflog expire --expire=now --all
	t mvc gc -r lab --yes
	find "$2" -path "$2/tmp" -prune -o -type f -exec touch -d '20 days ago' {} +
	t mvc gc -r lab
	t mvc gc -r lab --yes
	find "$2/trash" -type f -exec touch -d '15 days ago' {} +
	t mvc gc -r lab --yes
	t mvc fsck -r lab --full
	t mvc gc -r lab --yes
	rm -r .git/mvc a.bin && mvc init -q && mvc pull -q &&
	    noise 300000 1 | cmp - a.bin
	find "$2/packs" "$2/roots" -type f | wc -l
}

web_start() {
	need python3 openssl
	nginx=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx) ||
		missing "no nginx: apt install nginx-light"
	mkdir -p "$scratch/web" "$scratch/nginx"
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 \
	    -addext subjectAltName=IP:127.0.0.1 -days 2 \
	    -keyout "$scratch/nginx/key" -out "$scratch/nginx/cert" 2>/dev/null
	export CURL_CA_BUNDLE="$scratch/nginx/cert"
	web_lines=${1-}
	# Only ours has this certificate; it listens to both ports, or ends.
	on_port web_listen web_answers
}

web_answers() {
	python3 -c "import socket, ssl, sys
s = ssl.create_default_context(cafile='$scratch/nginx/cert')
c = socket.create_connection(('127.0.0.1', $secure_port))
s.wrap_socket(c, server_hostname='127.0.0.1').close()"
}

web_listen() {
	web="http://127.0.0.1:$port"
	secure_port=$(free_port)
	secure="https://127.0.0.1:$secure_port"
	lines=$(printf '%s\n' "$web_lines" |
		sed "s|WEB|$web|g; s|SECURE|$secure|g")
	cat >"$scratch/nginx/conf" <<-END
	daemon off;
	master_process off;
	pid $scratch/nginx/pid;
	error_log stderr error;
	events { worker_connections 512; }
	http {
		types { text/plain txt; }
		default_type application/octet-stream;
		log_format plain '\$request_method \$uri \$http_range \$status';
		access_log $scratch/nginx/log plain;
		client_body_temp_path $scratch/nginx/body;
		proxy_temp_path $scratch/nginx/proxy;
		fastcgi_temp_path $scratch/nginx/fastcgi;
		uwsgi_temp_path $scratch/nginx/uwsgi;
		scgi_temp_path $scratch/nginx/scgi;
		root $scratch/web;
		server { listen 127.0.0.1:$port; $lines }
		server {
			listen 127.0.0.1:$secure_port ssl;
			ssl_certificate $scratch/nginx/cert;
			ssl_certificate_key $scratch/nginx/key;
			$lines
		}
	}
	END
	background "$nginx" -p "$scratch/nginx" -e stderr \
	    -c "$scratch/nginx/conf"
}

mask_web() {
	sed -e "s|$web|WEB|g; s|$secure|SECURE|g"
}
