#!/usr/bin/env python3
"""Time mvc and its peers on the same work, in one run.

    contrib/bench/bench.py [--scale 0.01] [--work DIR] [--tools mvc,borg]
                           [--json FILE] [--mvc build/mvc] [--dvc VENV/bin/dvc]

Data, always the same: 50,000 incompressible "images" of 4 to 16 kB, a
safetensors model of 1.1 GB in bf16, a CSV of 264 MB; then one row of the CSV,
100 images, and the model after a fine-tuning in which every weight moved a
little. Each tool that is installed (git-lfs, dvc, restic, borg) does

    add       record all of it, the Git commit included
    no-op     say that nothing changed (borg, restic: a backup without changes)
    edit      record the edited version, the commit included
    old       bring the first version back (borg, restic: into an empty folder)

and what it brings back is compared with what went in, byte for byte. Wall and
CPU seconds are sums over the commands of a step, memory is the largest of
their processes. Needs numpy, and about 12 GB at scale 1.
dvc: python3 -m venv VENV && VENV/bin/pip install dvc
"""
import argparse
import filecmp
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

SEED = 20260102


# ---- data

def noise(rng, n):
    return rng.bytes(n)


def write_images(folder, rng, first, count):
    os.makedirs(folder, exist_ok=True)
    for i in range(first, first + count):
        with open("%s/img%06d.jpg" % (folder, i), "wb") as f:
            f.write(noise(rng, int(rng.integers(4000, 16000))))


def bf16(x):
    """Round to nearest even, as frameworks do."""
    u = x.view(np.uint32)
    return ((u + 0x7FFF + ((u >> 16) & 1)) >> 16).astype(np.uint16)


def write_model(path, params, tuned):
    """A model of equal matrices. Tuned: each weight moved by about a
    thousandth of the weights' spread."""
    side = 2048
    count = max(1, params // (side * side))
    rows = side if params >= side * side else max(1, params // side)
    shape, nbytes = [rows, side], rows * side * 2
    header = {"layer%03d.weight" % i: {
        "dtype": "BF16", "shape": shape,
        "data_offsets": [i * nbytes, (i + 1) * nbytes]} for i in range(count)}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text)
        for i in range(count):
            rng = np.random.default_rng([SEED, i])
            w = rng.standard_normal(rows * side, np.float32) * np.float32(0.02)
            if tuned:
                w += rng.standard_normal(rows * side, np.float32) \
                    * np.float32(0.00002)
            f.write(bf16(w).tobytes())


def write_table(path, rows, changed=None):
    rng = np.random.default_rng([SEED, 99])
    with open(path, "w") as f:
        f.write("id,time,user,x,y,label\n")
        for start in range(0, rows, 100000):
            n = min(100000, rows - start)
            t = rng.integers(1600000000, 1700000000, n)
            user = rng.integers(0, 50000, n)
            x = rng.standard_normal(n)
            y = rng.standard_normal(n)
            label = rng.integers(0, 12, n)
            lines = ["%d,%d,u%d,%.6f,%.6f,class-%d" % row for row in zip(
                range(start, start + n), t.tolist(), user.tolist(),
                x.tolist(), y.tolist(), label.tolist())]
            if changed is not None and start <= changed < start + n:
                lines[changed - start] += "-seen-again"
            f.write("\n".join(lines) + "\n")


def make_data(where, scale):
    images = max(200, int(50000 * scale))
    params = max(1 << 16, int(1.1e9 * scale / 2))
    rows = max(1000, int(5.02e6 * scale))
    v1, v2 = where + "/v1", where + "/v2"
    os.makedirs(v1)
    os.makedirs(v2)
    rng = np.random.default_rng(SEED)
    write_images(v1 + "/images", rng, 0, images)
    write_images(v2 + "/images", rng, images - 50, 100)
    write_model(v1 + "/model.safetensors", params, False)
    write_model(v2 + "/model.safetensors", params, True)
    write_table(v1 + "/table.csv", rows)
    write_table(v2 + "/table.csv", rows, rows // 3)
    return v1, v2


def copy_into(src, dst):
    shutil.copytree(src, dst, dirs_exist_ok=True, copy_function=shutil.copyfile)


def differs(a, b):
    """The first path below a that is not the same below b, or None."""
    for folder, _, names in os.walk(a):
        for name in names:
            p = os.path.join(folder, name)
            q = os.path.join(b, os.path.relpath(p, a))
            if not os.path.exists(q) or not filecmp.cmp(p, q, shallow=False):
                return q
    return None


def bytes_below(path):
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            st = os.lstat(os.path.join(folder, name))
            total += st.st_size
    return total


# ---- measuring

# A program's peak memory counts that of the process it was forked from, so
# a small Python without numpy starts it (and sets a floor of 10 MB), by
# posix_spawn: a fork would copy its page tables in the program's time.
LAUNCH = """
import json, os, sys, time
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                      file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, used = os.wait4(pid, 0)
print(json.dumps([time.monotonic() - start, used.ru_utime + used.ru_stime,
                  used.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)]))
"""


# A virtual machine gives free memory back to its host, and whoever touches it
# next pays for that: up to two seconds for a program that writes a gigabyte
# into the page cache. So 4 GB are touched, and let go, before each step.
WARM = """
import mmap
m = mmap.mmap(-1, 4 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, len(m), 4096):
    m[at] = 1
"""


def warm():
    if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 8 << 30:
        subprocess.run([sys.executable, "-ISc", WARM], check=True)


class Step:
    def __init__(self):
        self.wall = self.cpu = 0.0
        self.rss = 0

    def run(self, *command, cwd, env=None):
        p = subprocess.run([sys.executable, "-ISc", LAUNCH, *command], cwd=cwd,
                           env=env, capture_output=True, text=True,
                           errors="replace", check=True,
                           stdin=subprocess.DEVNULL)
        wall, cpu, rss, code = json.loads(p.stdout)
        self.wall += wall
        self.cpu += cpu
        self.rss = max(self.rss, rss)
        if code:
            sys.exit("%s: exit %d\n%s" % (" ".join(command), code,
                     p.stderr[-2000:]))
        return self

    def figures(self):
        return {"wall": round(self.wall, 3), "cpu": round(self.cpu, 3),
                "rss": self.rss}


ENV = dict(os.environ, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@example.org",
           GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@example.org",
           GIT_CONFIG_NOSYSTEM="1", RESTIC_PASSWORD="x",
           BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes",
           BORG_RELOCATED_REPO_ACCESS_IS_OK="yes", LC_ALL="C")

DATA = ("images", "model.safetensors", "table.csv")


class Tool:
    """Its work happens in self.tree; what it stores lies in self.store()."""
    restores_in_place = True

    def __init__(self, program, where):
        self.program = program
        self.where = where
        self.tree = where + "/tree"
        self.env = dict(ENV, HOME=where + "/home")
        os.makedirs(where + "/home")

    def run(self, step, *command):
        step.run(*command, cwd=self.tree, env=self.env)

    def git(self, step, *words):
        self.run(step, "git", *words)

    def restored(self):
        return self.tree


class Mvc(Tool):
    name = "mvc"

    def start(self, step):
        self.run(step, self.program, "init")
        self.git(step, "commit", "-qm", "start")

    def add(self, step):
        self.run(step, self.program, "add", *DATA)
        self.git(step, "commit", "-qm", "v1")

    def noop(self, step):
        self.run(step, self.program, "status")

    def edit(self, step):
        self.run(step, self.program, "add", "-u")
        self.git(step, "commit", "-qm", "v2")

    def old(self, step):
        self.git(step, "checkout", "-q", "HEAD~1")
        self.run(step, self.program, "checkout")

    def store(self):
        return self.tree + "/.git"

    def version(self):
        return [self.program, "version"]


class Lfs(Tool):
    name = "git-lfs"

    def start(self, step):
        self.git(step, "init", "-q")
        self.git(step, "lfs", "install", "--local")
        self.git(step, "lfs", "track", "images/**", "*.safetensors", "*.csv")
        self.git(step, "add", ".gitattributes")
        self.git(step, "commit", "-qm", "start")

    def add(self, step):
        self.git(step, "add", *DATA)
        self.git(step, "commit", "-qm", "v1")

    def noop(self, step):
        self.git(step, "status")

    def edit(self, step):
        self.git(step, "add", *DATA)
        self.git(step, "commit", "-qm", "v2")

    def old(self, step):
        self.git(step, "checkout", "-q", "HEAD~1")

    def store(self):
        return self.tree + "/.git"

    def version(self):
        return ["git", "lfs", "version"]


class Dvc(Tool):
    name = "dvc"

    def start(self, step):
        self.git(step, "init", "-q")
        self.run(step, self.program, "init", "-q")
        self.run(step, self.program, "config", "core.analytics", "false")
        self.git(step, "add", "-A", ".dvc", ".dvcignore")
        self.git(step, "commit", "-qm", "start")

    def record(self, step, message):
        self.run(step, self.program, "add", "-q", *DATA)
        self.git(step, "add", ".gitignore", *(d + ".dvc" for d in DATA))
        self.git(step, "commit", "-qm", message)

    def add(self, step):
        self.record(step, "v1")

    def noop(self, step):
        self.run(step, self.program, "status")

    def edit(self, step):
        self.record(step, "v2")

    def old(self, step):
        self.git(step, "checkout", "-q", "HEAD~1")
        self.run(step, self.program, "checkout", "-q")

    def store(self):
        return self.tree + "/.dvc/cache"

    def version(self):
        return [self.program, "--version"]


class Restic(Tool):
    name = "restic"
    restores_in_place = False

    def restic(self, step, *words):
        self.run(step, self.program, "-q", "-r", self.store(), *words)

    def start(self, step):
        self.restic(step, "init")

    def add(self, step):
        self.restic(step, "backup", "--tag", "v1", ".")

    def noop(self, step):
        self.restic(step, "backup", "--tag", "same", ".")

    def edit(self, step):
        self.restic(step, "backup", "--tag", "v2", ".")

    def old(self, step):
        self.restic(step, "restore", "latest", "--tag", "v1",
                    "--target", self.where + "/restored")

    def restored(self):
        inner = self.where + "/restored"
        for part in [p for p in self.tree.split("/") if p]:
            if os.path.isdir(inner + "/" + part) and \
                    not os.path.isdir(inner + "/images"):
                inner += "/" + part
        return inner

    def store(self):
        return self.where + "/store"

    def version(self):
        return [self.program, "version"]


class Borg(Tool):
    name = "borg"
    restores_in_place = False

    def create(self, step, name):
        self.run(step, self.program, "create", "-C", "zstd",
                 self.store() + "::" + name, ".")

    def start(self, step):
        self.run(step, self.program, "init", "-e", "none", self.store())

    def add(self, step):
        self.create(step, "v1")

    def noop(self, step):
        self.create(step, "same%d" % time.monotonic_ns())

    def edit(self, step):
        self.create(step, "v2")

    def old(self, step):
        os.makedirs(self.restored())
        step.run(self.program, "extract", self.store() + "::v1",
                 cwd=self.restored(), env=self.env)

    def restored(self):
        return self.where + "/restored"

    def store(self):
        return self.where + "/store"

    def version(self):
        return [self.program, "--version"]


def measure(tool, v1, v2):
    got = {}
    copy_into(v1, tool.tree)
    tool.start(Step())
    os.sync()
    time.sleep(2)       # Git's and others' caches distrust what is this young
    warm()
    step = Step()
    tool.add(step)
    got["add"] = step.figures()
    got["stored_first"] = bytes_below(tool.store())
    os.sync()
    runs = []
    for _ in range(3):
        step = Step()
        tool.noop(step)
        runs.append(step.figures())
    got["no-op"] = min(runs, key=lambda f: f["wall"])
    copy_into(v2, tool.tree)
    os.sync()
    time.sleep(2)
    warm()
    step = Step()
    tool.edit(step)
    got["edit"] = step.figures()
    got["stored"] = bytes_below(tool.store())
    os.sync()
    warm()
    step = Step()
    tool.old(step)
    got["old"] = step.figures()
    wrong = differs(v1, tool.restored())
    got["restored"] = "identical" if not wrong else "WRONG: " + wrong
    return got


def measure_small(mvc, where):
    """A 10-byte edit in a 3 MB file, and how long mvc takes to start."""
    tree = where + "/tree"
    env = dict(ENV, HOME=where)
    os.makedirs(tree)

    def run(*command):
        return Step().run(*command, cwd=tree, env=env)

    def best(*command):
        return min(run(*command).wall for _ in range(20))

    data = bytearray(np.random.default_rng(SEED).bytes(3000000))
    with open(tree + "/file.bin", "wb") as f:
        f.write(data)
    os.sync()
    run(mvc, "init")
    run(mvc, "add", "file.bin")
    before = bytes_below(tree + "/.git/mvc")
    data[1500000:1500010] = b"0123456789"
    with open(tree + "/file.bin", "wb") as f:
        f.write(data)
    run(mvc, "add", "-u")
    return {"edit_10_bytes_of_3_MB": bytes_below(tree + "/.git/mvc") - before,
            "version": best(mvc, "version"),
            "status_small": best(mvc, "status")}


# ---- the report

def machine():
    name, memory = platform.machine(), 0
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except OSError:
        pass
    return {"cpu": name, "cores": len(os.sched_getaffinity(0)),
            "memory": memory, "system": platform.platform()}


def mb(n):
    return "%.0f MB" % (n / 1e6)


def print_table(results):
    print("%-9s %22s %23s %22s %22s %9s %9s  %s" % (
        "", "add", "no-op", "edit", "old version", "stored", "stored",
        "restored"))
    print("%-9s %s %9s %9s" % (
        "", "%8s%7s%7s %9s%7s%7s %8s%7s%7s %8s%7s%7s" % (
              ("wall s", "cpu s", "MB") * 4),
        "first", "both"))
    for name, r in results.items():
        cells = ["%*.*f%7.2f%7.0f" % (
            *((9, 3) if s == "no-op" else (8, 2)), r[s]["wall"], r[s]["cpu"],
            r[s]["rss"] / 1e6) for s in ("add", "no-op", "edit", "old")]
        print("%-9s %s %9s %9s  %s" % (name, " ".join(cells),
              mb(r["stored_first"]), mb(r["stored"]), r["restored"]))


def ratios(results):
    """mvc's figure over the best peer's."""
    peers = {n: r for n, r in results.items() if n != "mvc"}
    if "mvc" not in results or not peers:
        return {}
    out = {}
    for what, figure in (
            ("add", lambda r: r["add"]["wall"]),
            ("no-op", lambda r: r["no-op"]["wall"]),
            ("edit", lambda r: r["edit"]["wall"]),
            ("old", lambda r: r["old"]["wall"]),
            ("stored", lambda r: r["stored"])):
        best = min(peers, key=lambda n: figure(peers[n]))
        out[what] = {"best": best, "ratio": round(
            figure(results["mvc"]) / max(figure(peers[best]), 1e-9), 3)}
    return out


def find_tools(args):
    known = {"mvc": (Mvc, args.mvc), "git-lfs": (Lfs, "git-lfs"),
             "dvc": (Dvc, args.dvc), "restic": (Restic, "restic"),
             "borg": (Borg, "borg")}
    found = []
    for name in args.tools.split(","):
        kind, program = known[name]
        path = shutil.which(program)
        if path:
            found.append((kind, os.path.abspath(path)))
        else:
            print("%s: not installed" % name)
    return found


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--scale", type=float, default=1.0)
    p.add_argument("--work", help="folder for the data (default: a temporary)")
    p.add_argument("--tools", default="mvc,git-lfs,dvc,restic,borg")
    p.add_argument("--json", help="write the figures there too")
    p.add_argument("--mvc", default=next((b for b in (
        here + "/../../build/mvc", here + "/../../mvc") if os.path.exists(b)),
        "mvc"))
    p.add_argument("--dvc", default="dvc")
    args = p.parse_args()
    work = tempfile.mkdtemp(prefix="mvc-bench-", dir=args.work)
    try:
        found = find_tools(args)
        start = time.monotonic()
        v1, v2 = make_data(work, args.scale)
        print("data: %s in %d files, and an edit of %s; made in %.0f s" % (
            mb(bytes_below(v1)), sum(len(n) for _, _, n in os.walk(v1)),
            mb(bytes_below(v2)), time.monotonic() - start))
        results, small, versions = {}, {}, {}
        for kind, program in found:
            tool = kind(program, work + "/" + kind.name)
            out = subprocess.run(tool.version(), capture_output=True,
                                 text=True, check=False).stdout
            versions[kind.name] = out.split("\n")[0].strip()
            results[kind.name] = measure(tool, v1, v2)
            print("%s: done after %.0f s" % (
                kind.name, time.monotonic() - start), file=sys.stderr)
            shutil.rmtree(tool.where)
            if kind is Mvc:
                small = measure_small(program, work + "/small")
        print_table(results)
        r = ratios(results)
        for what, x in r.items():
            print("%-7s mvc takes %.3f of the best peer, %s" % (
                what, x["ratio"], x["best"]))
        if small:
            print("10 bytes edited in 3 MB: %d bytes stored; mvc version "
                  "%.1f ms, mvc status in a small repository %.1f ms" % (
                      small["edit_10_bytes_of_3_MB"], small["version"] * 1e3,
                      small["status_small"] * 1e3))
        if args.json:
            with open(args.json, "w") as f:
                json.dump({"scale": args.scale, "machine": machine(),
                           "versions": versions, "results": results,
                           "ratios": r, "small": small}, f, indent=1)
                f.write("\n")
        if any(x["restored"] != "identical" for x in results.values()):
            sys.exit("a tool did not bring back what went in")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
