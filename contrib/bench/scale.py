#!/usr/bin/env python3
"""How mvc's time and memory grow with what it keeps, at four sizes each.

    contrib/bench/scale.py [--parts files,segments,sparse,repeated]
                           [--sizes 3162,10000,100000,1000000]
                           [--work DIR] [--keep] [--json FILE] [--mvc ./mvc]
                           [--segments contrib/bench/segments]

files     as many small files in one directory: first add, status with nothing
          changed, one file edited and added by name, the same by add -u, ls of
          one entry
segments  a store of as many packs, 64 MiB each: opening it, finding objects
          that are there and that are not (make contrib/bench/segments)
sparse    one file that is a hole, of 1 GiB to 1 TiB: add
repeated  one file of the same MiB again and again, to 16 GiB: add

Each line is one size; the last is the slope of log time over log size: 1 is
"in proportion", 0 "does not depend on it". Data is the same every time. Times
are the best of three, but for first adds. With --keep and --work the
directories of files are used again by the next run. Takes 8 minutes and 20 GB
on two cores, most of it to make a million files and to hash a TiB.
"""
import argparse
import json
import math
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time

SIZES = "3162,10000,100000,1000000"
ENV = dict(os.environ, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@example.org",
           GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@example.org",
           GIT_CONFIG_NOSYSTEM="1", LC_ALL="C")


class Runner:
    def __init__(self, program, tree):
        self.program, self.tree = program, tree
        self.rss = self.cpu = 0

    def __call__(self, *words):
        """Wall seconds of one command; its peak memory is kept."""
        start = time.monotonic()
        pid = os.posix_spawn(self.program, [self.program, *words], ENV,
                             file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
        _, status, used = os.wait4(pid, 0)
        took = time.monotonic() - start
        if os.waitstatus_to_exitcode(status):
            sys.exit("%s: failed in %s" % (" ".join(words), self.tree))
        self.rss = used.ru_maxrss * 1024
        self.cpu = used.ru_utime + used.ru_stime
        return took

    def best(self, *words):
        return min(self(*words) for _ in range(3))


def git(tree, *words):
    subprocess.run(["git", *words], cwd=tree, env=ENV, check=True,
                   stdout=subprocess.DEVNULL)


def start(args, tree):
    os.makedirs(tree, exist_ok=True)
    os.chdir(tree)
    mvc = Runner(args.mvc, tree)
    if os.path.exists(tree + "/.git"):
        shutil.rmtree(tree + "/.git")
    for name in os.listdir(tree):
        if name != "data":
            shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
    mvc("init")
    git(tree, "commit", "-qm", "start")
    return mvc


def write_file(folder, i, text):
    fd = os.open("f%07d" % i, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644,
                 dir_fd=folder)
    os.write(fd, text)
    os.close(fd)


def make_files(tree, n):
    """Fresh folders only: ext4 is slow where many files were removed."""
    data = tree + "/data"
    if os.path.isdir(data):
        return
    os.makedirs(data + ".new")
    rng = random.Random(n)
    folder = os.open(data + ".new", os.O_RDONLY)
    for i in range(n):
        write_file(folder, i, b"%d %d\n" % (i, rng.getrandbits(64)))
    os.close(folder)
    os.rename(data + ".new", data)
    os.sync()
    time.sleep(1)       # files as young as the cache are read again


def edit(mvc, n, k, *words):
    folder = os.open("data", os.O_RDONLY)
    write_file(folder, n // 2, b"edited %d %d\n" % (k, time.monotonic_ns()))
    os.close(folder)
    time.sleep(0.05)
    return mvc(*words)


def files(args, n):
    tree = "%s/files-%d" % (args.work, n)
    make_files(tree, n)
    mvc = start(args, tree)
    one = "data/f%07d" % (n // 2)
    got = {"size": n, "add": mvc("add", "data"), "add_cpu": mvc.cpu,
           "add_memory": mvc.rss}
    git(tree, "commit", "-qm", "data")
    got["status"] = mvc.best("status")
    got["status_cpu"] = mvc.cpu
    got["status_memory"] = mvc.rss
    got["add one"] = min(edit(mvc, n, k, "add", one) for k in range(3))
    got["add -u"] = min(edit(mvc, n, k, "add", "-u") for k in range(3))
    got["edit"] = max(0.0, got["add -u"] - got["status"])
    got["ls one"] = mvc.best("ls", one)
    return got


def segments(args, n):
    folder = "%s/segments-%d" % (args.work, n)
    shutil.rmtree(folder, ignore_errors=True)
    out = subprocess.run([args.segments, folder, str(n)], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    shutil.rmtree(folder)
    got = json.loads(out)
    got["size"] = got.pop("packs")
    return got


def one_file(args, name, n, fill):
    tree = "%s/%s-%d" % (args.work, name, n)
    mvc = start(args, tree)
    with open("data", "wb") as f:
        fill(f)
    got = {"size": n, "add": mvc("add", "data"), "add_memory": mvc.rss}
    got["stored"] = sum(os.path.getsize(os.path.join(d, f)) for d, _, names
                        in os.walk(tree + "/.git/mvc/packs") for f in names)
    got["status"] = mvc.best("status")
    os.chdir(args.work)
    shutil.rmtree(tree)
    return got


def sparse(args, n):
    return one_file(args, "sparse", n, lambda f: f.truncate(n))


def repeated(args, n):
    block = random.Random(1).randbytes(1 << 20)

    def fill(f):
        for _ in range(n >> 20):
            f.write(block)
    return one_file(args, "repeated", n, fill)


PARTS = {"files": (files, None),
         "segments": (segments, None),
         "sparse": (sparse, [1 << 30, 10 << 30, 100 << 30, 1 << 40]),
         "repeated": (repeated, [1 << 28, 1 << 30, 1 << 32, 1 << 34])}


def slope(rows, key):
    """Least squares over the logarithms; None where a time is 0."""
    points = [(math.log(r["size"]), math.log(r[key])) for r in rows
              if r[key] > 0]
    if len(points) < len(rows) or len(rows) < 2:
        return None
    mx = sum(x for x, _ in points) / len(points)
    my = sum(y for _, y in points) / len(points)
    return sum((x - mx) * (y - my) for x, y in points) / \
        sum((x - mx) ** 2 for x, _ in points)


def unit(key, value):
    if key == "size" or key == "entries":
        return "%d" % value
    if key in ("add_memory", "status_memory", "own", "mapped", "stored"):
        return "%.1f MB" % (value / 1e6)
    if value < 1e-3:
        return "%.2f us" % (value * 1e6)
    return "%.1f ms" % (value * 1e3) if value < 1 else "%.2f s" % value


def print_table(name, rows):
    keys = ["size"] + [k for k in rows[0] if k != "size"]
    print("\n" + name)
    print(" ".join("%14s" % k.replace("_", " ") for k in keys))
    for r in rows:
        print(" ".join("%14s" % unit(k, r[k]) for k in keys))
    slopes = {k: slope(rows, k) for k in keys[1:]}
    print(" ".join(["%14s" % "slope"] + [
        "%14s" % ("-" if slopes[k] is None else "%.2f" % slopes[k])
        for k in keys[1:]]), flush=True)
    return slopes


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--parts", default="files,segments,sparse,repeated")
    p.add_argument("--sizes", default=SIZES)
    p.add_argument("--work")
    p.add_argument("--keep", action="store_true")
    p.add_argument("--json")
    p.add_argument("--mvc", default="./mvc")
    p.add_argument("--segments", default="contrib/bench/segments")
    args = p.parse_args()
    args.mvc = os.path.abspath(args.mvc)
    args.segments = os.path.abspath(args.segments)
    out = os.path.abspath(args.json) if args.json else None
    made = args.work is None
    args.work = os.path.abspath(args.work or tempfile.mkdtemp(prefix="scale-"))
    os.makedirs(args.work, exist_ok=True)
    began = time.monotonic()
    report = {"machine": platform.platform(),
              "cores": len(os.sched_getaffinity(0))}
    for name in args.parts.split(","):
        run, own = PARTS[name]
        sizes = own or [int(s) for s in args.sizes.split(",")]
        rows = [run(args, n) for n in sizes]
        report[name] = {"rows": rows, "slopes": print_table(name, rows)}
    report["seconds"] = round(time.monotonic() - began)
    print("\n%d s" % report["seconds"])
    if out:
        with open(out, "w") as f:
            json.dump(report, f, indent=1)
    os.chdir("/")
    if made or not args.keep:
        shutil.rmtree(args.work)


if __name__ == "__main__":
    main()
