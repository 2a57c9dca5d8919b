"""What a power cut leaves, and whether mvc bears it.

    power.py SHIM SCRATCH [--states N] [--seed N] [--jobs N] [--keep]

A scenario is run once, every call that changes a file logged (power.c). After
each call the power is cut: what the disk may hold then is enumerated, rebuilt
in a folder of its own and opened: with the disk at rest before the command,
and with all in doubt that earlier ones did not wait for. Then fsck is clean,
all that was committed restores, what status does not name is as its pointer
says, and the same command again completes (mvc checkout first, where it says
that files may be cut off).
"""

import argparse
import json
import os
import pickle
import random
import re
import shutil
import stat
import struct
import subprocess
import sys
import time

from power_disk import Disk, GIT, MVC, USER, choices, key_of, read_log, \
    tree_of, walk

DAY = 86400


# What is there.

def seen(root, with_git=True):
    out = {}
    for at, folders, files in os.walk(root):
        if not with_git and ".git" in folders:
            folders.remove(".git")
        for name in folders + files:
            full = os.path.join(at, name)
            rel = os.path.relpath(full, root)
            st = os.lstat(full)
            if stat.S_ISLNK(st.st_mode):
                out[rel] = ("l", os.readlink(full))
            elif stat.S_ISDIR(st.st_mode):
                out[rel] = ("d", st.st_mode & 0o7777)
            else:
                with open(full, "rb") as f:
                    out[rel] = ("f", st.st_mode & 0o7777, f.read())
    return out


def staged(root):
    """What Git's index (version 2) has: (path, stage) -> mode and id. Without
    .mvc/config, as each mvc init makes another id."""
    try:
        with open(root + "/.git/index", "rb") as f:
            raw = f.read()
    except FileNotFoundError:
        return {}
    if len(raw) < 32 or raw[:8] != b"DIRC\0\0\0\2":
        raise Fault("Git's index: %r" % raw[:12])
    n, = struct.unpack(">I", raw[8:12])
    out, at = {}, 12
    for _ in range(n):
        mode, = struct.unpack(">I", raw[at + 24:at + 28])
        flags, = struct.unpack(">H", raw[at + 60:at + 62])
        end = raw.index(b"\0", at + 62)
        out[os.fsdecode(raw[at + 62:end]), flags >> 12 & 3] = (
            mode, raw[at + 40:at + 60])
        at += (end - at) // 8 * 8 + 8
    out.pop((".mvc/config", 0), None)
    return out


def head(root):
    """The commit, or None."""
    try:
        with open(root + "/.git/HEAD") as f:
            text = f.read().strip()
        if text.startswith("ref: "):
            with open(root + "/.git/" + text[5:]) as f:
                text = f.read().strip()
        return text
    except FileNotFoundError:
        return None


class Fault(Exception):
    pass


# The scenario.

def run(argv, cwd, env, data=None):
    return subprocess.run(argv, cwd=cwd, env=env, input=data,
                          stdin=None if data is not None
                          else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def noise(n, seed):
    return random.Random(seed).randbytes(n)


def put(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    os.write(fd, data)
    os.close(fd)


def rows(n, seed):
    rng = random.Random(seed)
    return "".join("%d,%d\n" % (i, rng.randrange(10 ** 6))
                   for i in range(n)).encode()


def edit_first():
    put("a.bin", noise(150000, 1))
    put("rows.csv", rows(9000, 2))


def edit_folder():
    put("d/one", noise(5000, 3))
    put("d/two.sh", noise(70, 4), 0o755)
    put("d/sub/three", noise(40000, 5))
    put("d/sub/deep/four", b"")
    os.mkdir("d/empty")
    os.symlink("sub/three", "d/link")


def edit_again():
    put("d/sub/three", noise(20000, 5) + noise(20000, 6))
    os.unlink("d/two.sh")
    put("d/new/five", noise(3000, 7))
    put("rows.csv", rows(9000, 2) + b"9000,1\n")


def edit_part():
    put("f/new/five", noise(3000, 7) + noise(90000, 9))
    put("f/new/six", noise(10, 10))


def edit_side():
    put("f/side", noise(30000, 11))


def edit_junk():
    put("junk", noise(60000, 8))


def forget_junk():
    for name in ("junk", "junk.mvc"):
        os.unlink(name)


def age_store():
    age(".git/mvc", 20)


def age_trash():
    age(".git/mvc/trash", 15)


def age(top, days):
    then = time.time() - days * DAY
    for at, _, names in os.walk(top):
        for name in names:
            os.utime(os.path.join(at, name), (then, then))


def damage():
    """A hole in the biggest pack, where no copy is but the work tree's."""
    packs = []
    for at, _, names in os.walk(".git/mvc/packs"):
        packs += [os.path.join(at, n) for n in names]
    big = max(packs, key=os.path.getsize)
    os.chmod(big, 0o644)
    fd = os.open(big, os.O_RDWR)
    os.pwrite(fd, b"damage!!" * 8, 70000)
    os.close(fd)
    os.chmod(big, 0o444)


EDITS = {f.__name__: f for f in (
    edit_first, edit_folder, edit_again, edit_part, edit_side, edit_junk,
    forget_junk, age_store, age_trash, damage)}

# keeps: the user's files are as they were, whenever the power goes. moves: Git
# never sees one, and none comes back under its old name. waits: a checkout,
# which is next, does what it says. new: the path cannot be a leftover. own: Git
# writes the work tree and does not fsync it, so that is not looked into.
SCENARIO = [
    (MVC, "init", "keeps"),
    (GIT, "commit -qm Start"),
    (USER, "edit_first"),
    (MVC, "add a.bin rows.csv", "keeps"),
    (GIT, "commit -qm Files"),
    (USER, "edit_folder"),
    (MVC, "add d", "keeps"),
    (GIT, "commit -qm Folder"),
    (USER, "edit_again"),
    (MVC, "add -u", "keeps"),
    (GIT, "commit -qm Again"),
    (MVC, "label d licence=MIT", "keeps"),
    (MVC, "mv d/sub/three d/moved", "moves"),
    (MVC, "mv a.bin e.bin", "moves"),
    (MVC, "mv d f", "moves"),
    (GIT, "commit -qm Moved"),
    (MVC, "checkout HEAD~1 -- d", ""),
    (GIT, "commit -qm Back"),
    (MVC, "rm d", ""),
    (GIT, "commit -qm Removed"),
    (GIT, "branch side"),
    (USER, "edit_part"),
    (MVC, "add f/new", "keeps"),
    (GIT, "commit -qm Part"),
    (GIT, "checkout -q side", "own"),
    (MVC, "checkout"),
    (USER, "edit_side"),
    (MVC, "add -u", "keeps"),
    (GIT, "commit -qm Side"),
    (GIT, "checkout -q main", "own"),
    (MVC, "checkout"),
    (GIT, "merge -q --no-edit side", "own"),
    (MVC, "checkout"),
    (MVC, "sparse set e.bin rows.csv f/new", "waits"),
    (MVC, "checkout", ""),
    (MVC, "sparse off", "waits"),
    (MVC, "checkout", ""),
    (GIT, "checkout -q HEAD~3", "own"),
    (MVC, "checkout", ""),
    (GIT, "checkout -q main", "own"),
    (MVC, "checkout", ""),
    (USER, "edit_junk"),
    (MVC, "add junk", "keeps new"),
    (GIT, "rm -q --cached junk.mvc"),
    (USER, "forget_junk"),
    (MVC, "gc --now --yes", "keeps"),
    (USER, "edit_junk"),
    (MVC, "add junk", "keeps new"),
    (GIT, "rm -q --cached junk.mvc"),
    (USER, "forget_junk"),
    (USER, "age_store"),
    (MVC, "gc --yes", "keeps"),
    (USER, "age_trash"),
    (MVC, "gc --yes", "keeps"),
    (USER, "damage"),
    (MVC, "fsck --full", "keeps damaged"),
]


# What mvc makes durable before it goes on, by the files that it fsyncs. The
# test must find what is lost where one of these is not done. Two folders are
# not here, as nothing rests on a name in them: that of trash lists (without
# the name nothing is condemned, and what a writer who met it put beside the
# condemned names is whole by itself), and that into which mv moves data
# (without the name the data is where it was, or in both places, and a checkout
# moves it to where the pointers say, which are durable).
RULES = [
    ("packs, segments, roots, trash: bytes before the name",
     r"^\.git/mvc/tmp/"),
    ("packs: their folder", r"^\.git/mvc/packs/"),
    ("packs: the folder of their folders", r"^\.git/mvc/packs$"),
    ("segments: their folder", r"^\.git/mvc/segments"),
    ("roots: their folder", r"^\.git/mvc/roots"),
    ("pointers: bytes before the name", r"^\.mvc-tmp-"),
    ("pointers: their folder", r"^\.$"),
    ("Git's index: bytes before the name", r"^\.git/index"),
    ("Git's index: its folder", r"^\.git$"),
    ("Git's objects", r"^\.git/objects"),
    ("Git's configuration: bytes before the name", r"^\.git/config"),
    ("checkout-running: bytes before the name", r"^\.git/mvc/\.mvc-tmp-"),
    ("checkout-running: its folder", r"^\.git/mvc$"),
]


class Step:
    """A command of the scenario: what it found, did and left."""


def data_of(tree):
    """The user's files, without what mvc and Git keep beside them."""
    return {p: v for p, v in tree.items()
            if not p.startswith((".git/", ".mvc/")) and
            not os.path.basename(p).startswith(".mvc-tmp-") and
            p not in (".git", ".mvc", ".gitignore", ".gitattributes") and
            not p.endswith(".mvc")}


def pointers_of(tree):
    return {p[:-4]: v[2] for p, v in tree.items()
            if p.endswith(".mvc") and v[0] == "f" and
            not p.startswith((".git/", ".mvc"))}


def below(data, name):
    """A data set's content: the file, or what is in the folder."""
    n = len(name) + 1
    got = {p[n:]: v for p, v in data.items() if p.startswith(name + "/")}
    if name in data:
        got[""] = data[name]
    return got


class Scenario:
    def __init__(self, shim, scratch, env):
        self.shim, self.env = shim, env
        self.root = os.path.join(scratch, "r")
        self.log = os.path.join(scratch, "log")
        self.logged = dict(env, LD_PRELOAD=shim, POWER_ROOT=self.root,
                           POWER_LOG=self.log)
        self.at = 0
        self.steps = []
        self.contents = {}      # a pointer's text -> its content
        self.oids = {}          # a pointer's text -> its files' oids
        self.blobs = {}         # oid -> bytes
        self.texts = {}         # commit -> its pointers' texts

    def git(self, *argv):
        r = run(["git", *argv], self.root, self.env)
        if r.returncode:
            raise SystemExit("git %s: %s" % (argv, r.stderr.decode()))
        return r.stdout.decode().strip()

    def record(self, commands):
        run(["git", "init", "-q", "-b", "main", "--template=", self.root],
            "/", self.env)
        before = seen(self.root)
        disk = Disk(self.root)
        disk.root = disk.adopt(self.root)
        self.start = pickle.dumps(disk)
        for c in commands:
            before = self.step(c, before)
        self.learn_commits()

    def argv(self, c):
        if c[0] == USER:
            return [sys.executable, os.path.abspath(__file__), "--edit", c[1]]
        return [c[0], *c[1].split(" ")]

    def step(self, c, before):
        s = Step()
        s.skip = c[0] == USER or "own" in c[2:]
        s.prog, s.words = c[0], self.argv(c)
        s.flags = c[2].split() if len(c) > 2 else []
        s.before = before
        r = run(s.words, self.root, self.logged)
        if r.returncode and "damaged" not in s.flags:
            raise SystemExit("%s: %s%s" % (c[1], r.stdout.decode(),
                                           r.stderr.decode()))
        s.name = c[0] + " " + c[1] if c[0] != USER else c[1]
        s.records, self.at = read_log(self.log, self.at)
        after = s.after = seen(self.root)
        s.index = staged(self.root)
        s.head = head(self.root)
        s.status = self.last_status = self.status_lines()
        s.committed = self.git("rev-list", "--all").split()
        if c[0] == MVC:
            self.learn(after)
        if self.steps:
            self.steps[-1].next = s
        self.steps.append(s)
        if os.environ.get("POWER_VERBOSE"):
            print("%-40s %d records" % (s.name, len(s.records)))
        return after

    def learn(self, tree):
        """What each pointer that is whole here stands for."""
        data = data_of(tree)
        clean = not self.last_status
        for name, text in pointers_of(tree).items():
            content = below(data, name)
            if content and clean and text not in self.contents:
                self.contents[text] = content
                self.oids[text] = [self.oid_of(v[2]) for v in
                                   content.values() if v[0] == "f"]

    def oid_of(self, data):
        oid = run(["mvc", "hash-object", "--stdin"], self.root, self.env,
                  data).stdout.decode().split()[0]
        self.blobs[oid] = data
        return oid

    def status_lines(self):
        """Logged as part of the next step: it may mend the stat cache."""
        return run(["mvc", "status", "--porcelain"], self.root,
                   self.logged).stdout

    def learn_commits(self):
        """The pointers that each commit names."""
        for rev in self.git("rev-list", "--all").split():
            texts = self.texts[rev] = set()
            for path in self.git("ls-tree", "-r", "--name-only",
                                 rev).split("\n"):
                if path.endswith(".mvc"):
                    texts.add(self.raw("git", "cat-file", "blob",
                                       rev + ":" + path))

    def raw(self, *argv):
        return run(argv, self.root, self.env).stdout


def moments(sc, rng, args, quiet):
    """Every choice: (the disk, the choice, the command, the call)."""
    disk = pickle.loads(sc.start)
    disk.deaf = args.deaf and re.compile(args.deaf)
    for i, s in enumerate(sc.steps):
        disk.command = i
        if quiet and s.prog == MVC:
            disk.settle()
        for at, r in enumerate(s.records):
            if disk.log(r) and not s.skip:
                every = choices(disk, rng, args.randoms)
                for c in every[:5] if args.breaks else every:
                    yield disk, c, i, at
        if s.prog != MVC:
            disk.settle(s.prog)
        a, b = walk(disk.root), s.after
        if a != b:
            raise SystemExit("%s: not all changes were logged: %s" % (
                s.name, [k for k in set(a) | set(b) if a.get(k) != b.get(k)]))


# Opening one.

def build(root, stats, tree, boot):
    """The state on disk; files look as old as they were."""
    table = []
    for p, kind, mode, what, _, node in tree:
        full = os.path.join(root, p)
        if kind == "d":
            os.mkdir(full)
        elif kind == "l":
            os.symlink(what, full)
        else:
            if p.endswith("mvc/checkout-running") and boot in what:
                what = what.replace(boot, b"0" * len(boot))
            fd = os.open(full, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(fd, what)
            os.fchmod(fd, mode)
            os.close(fd)
        if node is not None:
            os.utime(full, ns=(node[1], node[1]), follow_symlinks=False)
            st = os.lstat(full)
            table.append((st.st_ino, st.st_mtime_ns, st.st_ctime_ns,
                          node[0], node[2]))
    table.sort()
    with open(stats, "w") as f:
        for row in table:
            f.write("%d %d %d %d %d\n" % row)


class Checker:
    def __init__(self, sc, folder):
        self.sc = sc
        self.folder = folder
        self.root = os.path.join(folder, "r")
        self.stats = os.path.join(folder, "stats")
        self.other = os.path.join(folder, "other")
        self.env = dict(sc.env, LD_PRELOAD=sc.shim, POWER_STATS=self.stats)
        self.once = {}          # path -> all that was ever there
        for s in sc.steps:
            for p, v in files_of(s.after).items():
                self.once.setdefault(p, []).append(v)
        with open("/proc/sys/kernel/random/boot_id", "rb") as f:
            self.boot = f.read().strip()

    def mvc(self, *argv, data=None):
        return run(["mvc", *argv], self.root, self.env, data)

    def git(self, *argv, data=None):
        return run(["git", *argv], self.root, self.env, data)

    def prepare(self, tree):
        shutil.rmtree(self.root, ignore_errors=True)
        os.mkdir(self.root)
        build(self.root, self.stats, tree, self.boot)

    def check(self, tree, i, quiet, deep, collect=False):
        """Raise Fault where the state is not as promised."""
        sc, s = self.sc, self.sc.steps[i]
        self.prepare(tree)
        done = sc.steps[i - 1] if i else None
        self.unlock(s)
        self.hidden(s)
        # Before fsck, which claims again what is not claimed.
        if collect and "damaged" not in s.flags:
            self.collects(done)
        self.is_clean(s)
        self.restores(done, deep)
        if quiet:
            self.keeps(s)
        self.status_is_true()
        self.again(s, quiet)
        if deep:
            self.is_clean(s)
        if deep and not os.path.exists(self.root + "/.git/mvc/sparse"):
            self.checks_out()

    def unlock(self, s):
        """Git's own locks, which it says to remove; mvc takes its over."""
        if s.prog != GIT:
            return
        for name in ("HEAD.lock", "refs/heads/main.lock",
                     "refs/heads/side.lock", "config.lock", "index.lock"):
            path = os.path.join(self.root, ".git", name)
            if os.path.lexists(path):
                os.unlink(path)

    def is_clean(self, s):
        r = self.mvc("fsck", "--full")
        if r.returncode and "damaged" in s.flags:
            r = self.mvc("fsck", "--full")
        if r.returncode and not self.has_store():
            return
        if r.returncode:
            raise Fault("fsck: %s%s" % (r.stdout.decode(), r.stderr.decode()))

    def has_store(self):
        return os.path.exists(os.path.join(self.root, ".git/mvc/format"))

    def restores(self, done, deep, more=frozenset()):
        """Of what was committed, and of the pointers in `more`, every byte."""
        if done is None or not done.committed:
            return
        if deep:
            r = self.git("cat-file", "--batch-check=%(objecttype)",
                         data="\n".join(done.committed).encode())
            if r.stdout.split() != [b"commit"] * len(done.committed):
                raise Fault("Git has lost commits")
        texts = more.union(*(self.sc.texts[r] for r in done.committed))
        oids = sorted({o for text in texts for o in self.sc.oids[text]})
        r = self.mvc("cat-object", "--batch",
                     data="".join(o + "\n" for o in oids).encode())
        at = 0
        for o in oids:
            nl = r.stdout.find(b"\n", at)
            head = r.stdout[at:nl].split()
            want = self.sc.blobs[o]
            if len(head) != 3 or int(head[2]) != len(want) or (
                    r.stdout[nl + 1:nl + 1 + len(want)] != want):
                raise Fault("%s does not restore: %s%s" % (
                    o, r.stdout[at:nl].decode(), r.stderr.decode()))
            at = nl + 1 + len(want) + 1

    def collects(self, done):
        """Two collections, each after its waiting time: nothing is deleted
        that was committed, or that a pointer names which is there now; first
        by another repository with this store, to which the roots alone tell
        that."""
        if not self.has_store():
            return
        at = os.path.join(self.root, ".git/mvc")
        named = set(pointers_of(seen(self.root, False)).values())
        if not os.path.exists(self.other):
            run(["git", "init", "-q", "--template=", self.other], "/",
                self.sc.env)
            run(["git", "config", "mvc.store", at], self.other, self.sc.env)
        for cwd, folder, days in (
                (self.other, at, 20), (self.other, at + "/trash", 15),
                (self.root, at, 20), (self.root, at + "/trash", 15)):
            age(folder, days)
            r = run(["mvc", "gc", "--yes"], cwd, self.sc.env)
            if b"would drop them all" in r.stderr:
                break       # no pointer is there yet
            if r.returncode:
                raise Fault("gc: %s" % r.stderr.decode())
        self.restores(done, False, named & set(self.sc.oids))

    def hidden(self, s):
        """No data is where git add would take it."""
        if "moves" not in s.flags:
            return
        r = self.git("ls-files", "-o", "-z", "--exclude-standard")
        data = {**data_of(s.before), **data_of(s.after)}
        for name in r.stdout.split(b"\0"):
            if os.fsdecode(name) in data:
                raise Fault("Git would take %s" % os.fsdecode(name))

    def keeps(self, s):
        if "keeps" not in s.flags:
            return
        if data_of(seen(self.root, False)) != data_of(s.before):
            raise Fault("the user's files are not as they were")

    def status_is_true(self):
        """What status does not name is as its pointer says."""
        r = self.mvc("status", "--porcelain", "-z")
        if r.returncode:
            if not os.path.exists(os.path.join(self.root, ".mvc/config")):
                return
            raise Fault("status: %s" % r.stderr.decode())
        tree = seen(self.root, False)
        data = data_of(tree)
        if os.path.exists(self.root + "/.git/mvc/sparse"):
            return
        listed = staged(self.root)
        for name, text in pointers_of(tree).items():
            if (name + ".mvc", 0) not in listed:
                continue
            if text not in self.sc.contents:
                raise Fault("%s.mvc: unknown text" % name)
            got, want = below(data, name), self.sc.contents[text]
            same = got == want
            named = any(name.encode() in x for x in r.stdout.split(b"\0"))
            if not same and not named and not is_empty(want, got):
                raise Fault("status says nothing of %s, which differs: %s" % (
                    name, sorted(p for p in set(got) | set(want)
                                 if got.get(p) != want.get(p))))

    def again(self, s, quiet):
        """The same command again completes; it may have been done."""
        if s.prog == GIT and not self.difference(s):
            return
        r = run(s.words, self.root, self.env)
        if "new" in s.flags and b"cut off" in r.stderr:
            raise Fault("again: refused as torn: %s" % r.stderr.decode())
        wrong = self.difference(s)
        if wrong and not quiet and "waits" in s.flags:
            # The checkout that mends does what the next command does.
            s = s.next
        if wrong and (not quiet or wrong.startswith(("files", "status"))):
            # What a checkout wrote is not waited for: another mends it.
            self.mvc("checkout")
            r = run(s.words, self.root, self.env)
            self.mvc("checkout")
            wrong = self.difference(s)
        if wrong and not quiet and b"changed here" in r.stdout:
            self.mvc("checkout", "--force")
            wrong = self.difference(s)
        if wrong:
            raise Fault("again: %s\n%s%s" % (wrong, r.stdout.decode(),
                                             r.stderr.decode()))

    def difference(self, s):
        """What is not as the command left it."""
        if staged(self.root) != s.index:
            return "Git's index"
        if head(self.root) != s.head:
            return "HEAD"
        got, want = files_of(seen(self.root, False)), files_of(s.after)
        wrong = sorted(k for k in set(got) | set(want)
                       if got.get(k) != want.get(k))
        # What was removed may come back, as it was, and is nobody's then.
        if any(k in want or got[k] not in self.once.get(k, ()) or
               "moves" in s.flags for k in wrong):
            return "files %s" % wrong
        r = self.mvc("status", "--porcelain")
        return None if r.stdout == s.status else "status %s" % r.stdout

    def checks_out(self):
        """The last commit's data, by checkout of all that is not here."""
        tree = seen(self.root, False)
        for name in pointers_of(tree):
            path = os.path.join(self.root, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)
        r = self.mvc("checkout")
        data = data_of(seen(self.root, False))
        listed = staged(self.root)
        for name, text in pointers_of(tree).items():
            if ((name + ".mvc", 0) in listed and
                    below(data, name) != self.sc.contents[text]):
                raise Fault("checkout of %s: %s%s" % (
                    name, r.stdout.decode(), r.stderr.decode()))


def is_empty(want, got):
    """Only folders differ, of which status does not speak."""
    return all(want.get(k, "d")[0] == got.get(k, "d")[0] == "d"
               for k in set(want) | set(got) if want.get(k) != got.get(k))


def files_of(tree):
    return {p: v for p, v in tree.items()
            if not p.startswith(".git/") and p not in (
                ".git", ".mvc/config") and
            not os.path.basename(p).startswith(".mvc-tmp-")}


# All of it.

PASSES = 4      # over the scenario: one that is stopped has seen all of it


def kind_of(label):
    """A choice's label, without what it was chosen of."""
    label = re.sub(r"^(without|only) .*?(, zeros|, no data)?$", r"\1 a name\2",
                   label)
    return re.sub(r" (of )?inode \d+|^inode \d+| \d+$",
                  lambda m: " of a file" if m[1] else
                  "a file" if m[0].startswith("inode") else "", label)


class Work:
    """One worker's share of the states."""

    def __init__(self, sc, args, number, want):
        self.sc, self.args, self.number, self.want = sc, args, number, want
        self.checker = Checker(sc, os.path.join(args.scratch, str(number)))
        os.makedirs(self.checker.folder, exist_ok=True)
        self.met, self.opened, self.faults = set(), 0, {}
        self.contents = set()   # of what was opened
        self.kinds = {}

    def run(self):
        for n in range(PASSES):
            for quiet in self.args.rest:
                self.go(random.Random(self.args.seed + 1 + n), quiet)
                if self.done():
                    return

    def done(self):
        return self.args.breaks and (self.faults or
                                     self.opened == self.args.states)

    def go(self, pick, quiet):
        rng = random.Random(self.args.seed)
        for disk, choice, i, at in moments(self.sc, rng, self.args, quiet):
            if pick.random() < self.want / PASSES:
                self.state(disk, choice, i, at, quiet)
            if self.done():
                return

    def state(self, disk, choice, i, at, quiet):
        choice = choice()
        tree = tree_of(disk, choice)
        key = key_of(tree)
        if (key, i) in self.met:
            return
        self.met.add((key, i))
        if len(self.met) % self.args.jobs != self.number:
            return
        self.opened += 1
        self.contents.add(key)
        kind = kind_of(choice.label)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.opened % 100 == 0:
            self.save()
        try:
            self.checker.check(tree, i, quiet, self.opened % 4 == 0,
                               self.opened % 4 == 2 or self.args.breaks)
        except Fault as f:
            s = self.sc.steps[i]
            said = "%s, call %d %s, %s%s: %s" % (
                s.name, at, told_record(s.records[at], self.sc.root),
                choice.label, "" if quiet else ", not at rest before", f)
            kind = s.name + ": " + str(f).split("\n")[0][:70]
            n, _ = self.faults.get(kind, (0, ""))
            if n == 0 and self.args.keep:
                self.keep(tree, said)
            self.faults[kind] = (n + 1, self.faults.get(kind, (0, said))[1])

    def save(self):
        """What is known so far, also for who looks while it runs."""
        name = os.path.join(self.args.scratch, "result-%d" % self.number)
        with open(name, "w") as f:
            json.dump([self.opened, [k.hex() for k in self.contents],
                       self.kinds, self.faults], f)

    def keep(self, tree, said):
        folder = "%s/fault-%d-%d" % (self.args.scratch, self.number,
                                     len(self.faults))
        c = Checker(self.sc, folder)
        os.makedirs(folder, exist_ok=True)
        c.prepare(tree)
        with open(folder + "/said", "w") as f:
            f.write(said)


def told_record(r, root):
    path = os.path.relpath(r.a, root) if r.a else "inode %d" % r.ino
    return "%s %s" % (r.op, path)


def count(sc, args):
    return sum(1 for quiet in args.rest
               for _ in moments(sc, random.Random(args.seed), args, quiet))


def environment(shim):
    env = dict(os.environ)
    env.update(GIT_CONFIG_COUNT="2", GIT_CONFIG_KEY_0="core.fsync",
               GIT_CONFIG_VALUE_0="all", GIT_CONFIG_KEY_1="core.fsyncMethod",
               GIT_CONFIG_VALUE_1="fsync", MVC_JOBS="2")
    return env


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--edit")
    p.add_argument("--states", type=int, default=300)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int, default=1)
    p.add_argument("--randoms", type=int, default=6)
    p.add_argument("--keep", action="store_true")
    p.add_argument("--only", default="")
    p.add_argument("--deaf")
    p.add_argument("--breaks", action="store_true")
    p.add_argument("--rule", default="")
    p.add_argument("--rest", type=json.loads, default=[True, False])
    p.add_argument("shim", nargs="?")
    p.add_argument("scratch", nargs="?")
    return p.parse_args()


def workers(sc, args, want):
    """(states, contents, kinds, faults) of all workers, each a process."""
    files, pids = [], []
    for number in range(args.jobs):
        name = os.path.join(args.scratch, "result-%d" % number)
        files.append(name)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                w = Work(sc, args, number, want)
                w.run()
                w.save()
                status = 0
            finally:
                os._exit(status)
        pids.append(pid)
    for pid in pids:
        if os.waitpid(pid, 0)[1]:
            raise SystemExit("a worker failed")
    opened, contents, kinds, faults = 0, set(), {}, {}
    for name in files:
        with open(name) as f:
            n, keys, counts, some = json.load(f)
        opened += n
        contents.update(keys)
        for kind, times in counts.items():
            kinds[kind] = kinds.get(kind, 0) + times
        for kind, (times, said) in some.items():
            faults[kind] = (faults.get(kind, (0,))[0] + times, said)
    return opened, len(contents), kinds, faults


def breaks(sc, args):
    """Each rule left out, until that is seen."""
    missed, args.rest = 0, [False]
    for name, pattern in RULES:
        if not re.search(args.rule, name):
            continue
        args.deaf = pattern
        w = Work(sc, args, 0, 1 if args.only else 0.1)
        w.run()
        missed += not w.faults
        print("%s: %s %d states" % (
            name, "found after" if w.faults else "NOT found in", w.opened),
            flush=True)
        for _, said in w.faults.values():
            print("    " + said.strip().replace("\n", "\n    "), flush=True)
    return 1 if missed else 0


def main():
    args = parse()
    if args.edit:
        return EDITS[args.edit]()
    os.umask(0o022)
    sc = Scenario(os.path.abspath(args.shim), args.scratch,
                  environment(args.shim))
    sc.record(SCENARIO)
    if args.only:
        for s in sc.steps:
            s.skip = s.skip or args.only not in s.name
    if args.breaks:
        return breaks(sc, args)
    total = count(sc, args)
    print("commands %d, calls %d, choices %d, seed %d" % (
        len(sc.steps), sum(len(s.records) for s in sc.steps), total,
        args.seed), flush=True)
    # Of the choices, about four in ten are states that were not met before.
    want = 1 if not args.states else min(1, args.states / total * 2.5)
    opened, contents, kinds, faults = workers(sc, args, want)
    for kind, (times, said) in sorted(faults.items()):
        print("%d times: %s" % (times, said))
    for kind, times in sorted(kinds.items()):
        print("%6d %s" % (times, kind))
    print("states %d (of %d contents), faults %d" % (opened, contents, sum(
        n for n, _ in faults.values())))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
