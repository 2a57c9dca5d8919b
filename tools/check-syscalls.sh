#!/bin/sh
# System calls that change files are made in src/util/sys.c and file.c alone,
# so that a test can fail, log and cut each one. (util/trace.c writes its lines
# itself: they are no data, and must not disturb an error being reported.)
cd "$(dirname "$0")/.." || exit 2
find src -name '*.c' -o -name '*.h' | sort |
	grep -v -e '^src/util/sys\.[ch]$' -e '^src/util/file\.[ch]$' \
	    -e '^src/util/trace\.c$' |
	xargs awk '
	{
		s = $0
		gsub(/"([^"\\]|\\.)*"/, "\"\"", s)
		if (inside) { if (s !~ /\*\//) next; sub(/.*\*\//, "", s); inside = 0 }
		gsub(/\/\*([^*]|\*[^\/])*\*\//, "", s)
		if (s ~ /\/\*/) { sub(/\/\*.*/, "", s); inside = 1 }
		sub(/\/\/.*/, "", s)
	}
	s ~ calls || (s ~ /(^|[^a-z_.>])(open|openat|creat)\(/ && s ~ /O_(CREAT|TRUNC)/) ||
	s ~ /(^|[^a-z_.>])f(re)?open\(.*/ && $0 ~ /fopen\([^,]*,[ ]*"[wa]/ {
		print FILENAME ":" FNR ": " $0
		bad = 1
	}
	END { exit bad }' calls="\
(^|[^a-zA-Z_.>])(rename|renameat|renameat2|unlink|unlinkat|remove|rmdir|mkdir\
|mkdirat|write|writev|pwrite|pwritev|fsync|fdatasync|syncfs|sync_file_range\
|truncate|ftruncate|link|linkat|symlink|symlinkat|chmod|fchmod|fchmodat|chown\
|fchown|utimensat|futimens|mkstemp|mkdtemp|fallocate|copy_file_range|sendfile\
|ioctl|msync)\\("
