#!/usr/bin/env python3
"""Random work in a repository, against a model of what must come of it.

usage: properties.py [--seed N] [--steps M] [--time SECONDS] [--keep] [-v]

Drives the real mvc and git. The model knows what each commit holds, what each
pointer names, what mvc put into the work tree and what lies there; after each
step `mvc status` must say what follows from it, and every so often all bytes
are compared: of the work tree, of what pointers name, of every commit.
With --time, seed after seed until the time is over.

A version is {path in the root: (kind, bytes)}; a file's only path is "". Kinds
are f (file), x (executable), l (symbolic link).
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

TREES = ["d", "e", "sub/t"]
FILES = ["f", "g.bin", "sub/h"]
KINDS = {"file": "f", "executable": "x", "symlink": "l"}


class Wrong(Exception):
    pass


class Base:
    """What the stat cache knows of a root."""

    def __init__(self, oid=None, partial=False, here=None):
        self.oid = oid
        self.partial = partial
        self.mixed = False      # some of here is not of oid
        self.here = dict(here or {})


class Ver:
    """What a pointer names."""

    def __init__(self, oid, tree, files):
        self.oid = oid
        self.tree = tree
        self.files = dict(files)


def join(root, path):
    return root + "/" + path if path else root


def inside(path, above):
    return path == above or path.startswith(above + "/") or above == ""


def environment(home, build):
    keep = {k: v for k, v in os.environ.items()
            if not k.startswith(("GIT_", "MVC_"))}
    os.makedirs(home + "/bin", exist_ok=True)
    for name in ("mvc", "git-mvc"):
        if not os.path.islink(home + "/bin/" + name):
            os.symlink(build + "/mvc", home + "/bin/" + name)
    with open(home + "/.gitconfig", "w") as f:
        f.write("[user]\n\tname = Ada\n\temail = ada@example.org\n"
                "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n"
                "[diff]\n\trenames = false\n"
                "[merge]\n\trenames = false\n"
                "[core]\n\tautocrlf = false\n"
                "[advice]\n\tdetachedHead = false\n"
                "[mvc]\n\thooks = false\n")
    keep.update(HOME=home, GIT_CONFIG_NOSYSTEM="1", LC_ALL="C", TZ="UTC",
                PATH=home + "/bin:" + keep["PATH"], GIT_EDITOR="true")
    return keep


class Contents:
    """Bytes of files: new ones, ones seen before, ones a little different."""

    def __init__(self, rng):
        self.rng = rng
        self.pool = [b"", b"\0" * 70000]

    def __call__(self, like=None):
        r = self.rng
        kind = r.randrange(10)
        if kind < 2:
            return r.choice(self.pool)
        if kind < 5 and like:
            at = r.randrange(len(like))
            piece = r.randbytes(r.randrange(1, 30))
            cut = r.choice([0, len(piece), r.randrange(1, 3000)])
            made = like[:at] + piece + like[at + cut:]
        elif kind < 6:
            made = b"".join(b"%d,name-%d,%d\n" % (i, r.randrange(99), i * i)
                            for i in range(r.randrange(4000)))
        else:
            made = r.randbytes(r.choice([1, 9, 700, 4096, 33000, 70000,
                                         300000, 1200000]))
        self.pool.append(made)
        if len(self.pool) > 40:
            self.pool.pop(r.randrange(len(self.pool)))
        return made


class Repo:
    def __init__(self, seed, folder, build, say, kill):
        self.seed = seed
        self.rng = random.Random(seed)
        self.top = folder + "/r"
        self.check_tree = folder + "/v"
        self.env = environment(folder, build)
        self.say = say
        self.content = Contents(self.rng)
        self.ptr, self.base, self.work = {}, {}, {}
        self.sparse = None
        self.head = ""
        self.commits = {}           # sha: {root: Ver}
        self.seen = {}              # oid: files
        self.names = 0
        self.kills = 0
        self.kill = kill
        self.refused = 0
        self.through = 0
        subprocess.run(["git", "init", "-q", self.top], env=self.env,
                       check=True)
        self.must("mvc", "init", "-q")
        # A commit's name, which steps choose by, comes of the seed alone.
        with open(self.path(".mvc/config"), "w") as f:
            f.write("[mvc]\n\tid = %032x\n" % seed)
        self.must("git", "add", ".mvc/config")
        self.commit()
        self.must("git", "worktree", "add", "-q", "--detach", self.check_tree)

    # Running.

    def start(self, argv, top=None):
        return subprocess.Popen(argv, cwd=top or self.top, env=self.env,
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *argv, top=None):
        self.say("$ " + " ".join(argv))
        p = self.start(argv, top)
        out, err = p.communicate(timeout=120)
        if p.returncode < 0 or p.returncode == 129:
            raise Wrong("%s: exit %d: %s" % (argv, p.returncode,
                                             err.decode(errors="replace")))
        return p.returncode, out, err.decode(errors="replace")

    def must(self, *argv, ok=(0,), top=None):
        code, out, err = self.run(*argv, top=top)
        if code not in ok:
            raise Wrong("%s: exit %d: %s" % (" ".join(argv), code, err))
        return out

    def killed(self, *argv):
        """Start it and perhaps kill it; whether it was."""
        if self.rng.random() > 0.15 or not self.kill:
            return False
        nap = self.rng.random() ** 2 * 0.03
        self.say("$ (killed after %.4f) %s" % (nap, " ".join(argv)))
        p = self.start(argv)
        try:
            p.communicate(timeout=nap)
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
        if p.returncode == -9:
            self.kills += 1
            self.must("mvc", "fsck")
        return True

    # What is there.

    def oid(self, root):
        """Id and type: a file's id is the same whatever its mode."""
        with open(self.path(root + ".mvc")) as f:
            return " ".join(re.search(r"^oid (\w+)\ntype (\w+)$", f.read(),
                                      re.M).groups())

    def path(self, p):
        return os.path.join(self.top, p)

    def put(self, path, entry):
        full = self.path(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if os.path.isdir(full) and not os.path.islink(full):
            os.removedirs(full)
            os.makedirs(os.path.dirname(full), exist_ok=True)
        kind, data = entry
        was = os.lstat(full) if os.path.lexists(full) else None
        in_place = kind != "l" and was and not os.path.islink(full) and \
            self.rng.random() < 0.5
        if was and not in_place:
            os.unlink(full)
        if kind == "l":
            os.symlink(data, full.encode())
        else:
            with open(full, "r+b" if in_place else "wb") as f:
                f.write(data)
                f.truncate()
            os.chmod(full, 0o755 if kind == "x" else 0o644)
            if was and self.rng.random() < 0.3:
                os.utime(full, ns=(was.st_atime_ns, was.st_mtime_ns))
        self.work[path] = entry

    def remove(self, path):
        os.unlink(self.path(path))
        del self.work[path]

    def files_of(self, top):
        found = {}
        for folder, dirs, names in os.walk(top):
            at = os.path.relpath(folder, top)
            at = "" if at == "." else at + "/"
            dirs[:] = [n for n in dirs if at + n not in (".git", ".mvc")]
            for n in dirs + names:
                full, rel = os.path.join(folder, n), at + n
                if os.path.islink(full):
                    found[rel] = ("l", os.readlink(os.fsencode(full)))
                elif n in names and not (
                        n.endswith(".mvc") or
                        n in (".git", ".gitignore", ".gitattributes")):
                    mode = os.stat(full).st_mode
                    with open(full, "rb") as f:
                        found[rel] = ("x" if mode & 0o100 else "f", f.read())
        return found

    # What must be.

    def under(self, where, path):
        return {p: e for p, e in where.items() if inside(p, path)}

    def here(self, root):
        """What lies at the root: {path in it: entry}."""
        return {p[len(root) + 1:]: e for p, e in self.work.items()
                if inside(p, root)}

    def is_other(self, root):
        b, p = self.base.get(root), self.ptr.get(root)
        return bool(b and p and b.oid and b.oid != p.oid)

    def is_moved_on(self, root):
        """The same, but for the mode of a file."""
        b, p = self.base.get(root), self.ptr.get(root)
        return bool(b and p and b.oid and b.oid[:64] != p.oid[:64])

    def wants(self, path):
        return self.sparse is None or any(inside(path, s)
                                          for s in self.sparse)

    def expected(self):
        lines = set()
        for root in set(self.ptr) | {r for r, b in self.base.items() if b.oid}:
            p = self.ptr.get(root)
            b = self.base.setdefault(root, Base())
            known = 0
            # What is here is of the version that was put here, or asked for.
            mixed = p and (b.mixed or not b.oid)
            here = self.seen[b.oid] if b.oid else p.files if p else {}
            was = here if mixed else b.here
            for path, now in self.here(root).items():
                want = was.get(path)
                if want is None and p and b.partial:
                    want = here.get(path)
                known += want is not None
                if want is None:
                    lines.add("A " + join(root, path))
                elif want != now:
                    lines.add("M " + join(root, path))
                else:
                    b.here[path] = now
            for path in b.here:
                if p and path in was and join(root, path) not in self.work:
                    lines.add("D " + join(root, path))
                    known += 1
            if not p:
                if self.here(root):
                    lines.add("E " + root)
            elif self.is_other(root):
                lines.add("V " + root)
            elif (len(p.files) > known or self.lacks_folder(root)) and (
                    self.sparse is None or (
                        not (b.oid or self.here(root)) if p.tree
                        else self.wants(root))):
                lines.add("N " + root)
        return lines

    def lacks_folder(self, root):
        """Nothing but empty folders, which the model does not know."""
        p = self.ptr[root]
        return p.tree and not p.files and \
            not os.path.isdir(self.path(root))

    def is_empty_folder(self, line):
        """The model knows no folders; that it is one is looked up."""
        if line[:2] != "A " or line[-1] != "/":
            return False
        top = os.path.join(self.top, line[2:])
        return os.path.isdir(top) and not self.files_of(top)

    def check_status(self):
        want = self.expected()
        out = self.must("mvc", "status", "--porcelain", "-z")
        got = {line for line in out.decode().split("\0")
               if line and not self.is_empty_folder(line)}
        if got != want:
            raise Wrong("status: not expected %s, not told %s" % (
                sorted(got - want), sorted(want - got)))

    def differs(self, what, got, want):
        for p in sorted(set(got) | set(want)):
            if got.get(p) == want.get(p):
                continue
            a, b = got.get(p), want.get(p)
            raise Wrong("%s: %s: is %s, must be %s" % (
                what, p, *(x and (x[0], len(x[-1]), x[-1][:20])
                           for x in (a, b))))

    def check_work(self):
        got = {p: e for p, e in self.files_of(self.top).items()
               if not os.path.basename(p).startswith(".mvc-tmp-")}
        self.differs("work tree", got, self.work)

    def all_of(self, tree):
        return {join(r, p): e for r, v in tree.items()
                for p, e in v.files.items()}

    def check_commit(self, sha):
        self.must("git", "checkout", "-q", "-f", "--detach", sha,
                  top=self.check_tree)
        self.must("mvc", "checkout", "-q", "-f", top=self.check_tree)
        self.differs("commit " + sha, self.files_of(self.check_tree),
                     self.all_of(self.commits[sha]))

    def check_cat(self):
        """Single files, of commits and of pointers that none has yet."""
        for rev, tree in [("", self.ptr),
                          self.rng.choice([(s + ":", t) for s, t in
                                           sorted(self.commits.items())])]:
            every = sorted(self.all_of(tree).items())
            for path, (kind, data) in self.rng.sample(
                    every, min(3, len(every))):
                if kind == "l":
                    continue
                args, part = [], data
                if data and self.rng.random() < 0.4:
                    at = self.rng.randrange(len(data))
                    n = self.rng.randrange(1, len(data) + 1)
                    args = ["--offset", str(at), "--size", str(n)]
                    part = data[at:at + n]
                if self.must("mvc", "cat", *args, rev + path) != part:
                    raise Wrong("mvc cat %s%s: other bytes" % (rev, path))

    def check_all(self):
        self.check_work()
        for sha in sorted(self.commits):
            self.check_commit(sha)
        self.check_cat()
        self.must("mvc", "fsck", "--full")

    # Steps.

    def fresh(self):
        self.names += 1
        return "n%d" % self.names

    def pick(self, items):
        items = sorted(items)
        return self.rng.choice(items) if items else None

    def step_edit(self):
        for _ in range(self.rng.randrange(1, 5)):
            root = self.rng.choice(sorted(self.ptr) + TREES + FILES)
            is_tree = self.is_tree(root)
            have = [p for p in self.work if inside(p, root)]
            what = self.rng.randrange(8)
            path = self.pick(have)
            if what < 3 and path:
                kind, data = self.work[path]
                if kind == "l":
                    continue
                if what == 2 and data:      # the same size
                    data = data[:-1] + bytes([data[-1] ^ 1])
                    self.put(path, (kind, data))
                else:
                    self.put(path, (kind, self.content(data)))
            elif what == 3 and path and is_tree:
                self.remove(path)
            elif what == 4 and path and self.work[path][0] != "l":
                kind, data = self.work[path]
                self.put(path, ("f" if kind == "x" else "x", data))
            elif is_tree:
                name = self.fresh()
                if self.rng.random() < 0.6:
                    name = "s%d/%s" % (self.rng.randrange(4), name)
                if self.rng.random() < 0.1:
                    self.put(join(root, name), ("l", b"../x/y"))
                else:
                    self.put(join(root, name), ("f", self.content()))
            elif not have:
                self.put(root, ("f", self.content()))

    def is_tree(self, root):
        if root in self.ptr:
            return self.ptr[root].tree
        return root in TREES or root.split("/")[-1].startswith("t") or \
            any(p.startswith(root + "/") for p in self.work)

    def step_move_by_hand(self):
        root = self.pick(r for r in self.ptr if self.ptr[r].tree)
        path = root and self.pick(p for p in self.work if inside(p, root))
        if path:
            entry, to = self.work.pop(path), join(root, self.fresh())
            os.rename(self.path(path), self.path(to))
            self.work[to] = entry

    def added(self, root, scope, start=None):
        """What the root's version becomes when scope is recorded."""
        p, b = self.ptr.get(root), self.base.get(root, Base())
        if start is not None:
            pass
        elif b.oid and b.oid != (p and p.oid):
            start = self.seen[b.oid]
        elif p:
            start = p.files
        new = dict(start or {})
        for path in b.here:
            if inside(join(root, path), scope) and \
                    join(root, path) not in self.work:
                new.pop(path, None)
        for path, entry in self.here(root).items():
            if inside(join(root, path), scope):
                new[path] = entry
        return new

    def record(self, root, scope, new):
        """The model's part of an add."""
        b = self.base.setdefault(root, Base())
        for path in list(b.here):
            if inside(join(root, path), scope) and \
                    join(root, path) not in self.work:
                del b.here[path]
        for path, entry in self.here(root).items():
            if inside(join(root, path), scope):
                b.here[path] = entry
        self.set_ptr(root, new)
        b.oid = self.ptr[root].oid
        b.partial = set(new) - set(b.here) != set()
        b.mixed = b.mixed and scope != root
        b.partial = b.partial or b.mixed

    def set_ptr(self, root, files, tree=None):
        oid = self.oid(root)
        if tree is None:
            tree = "" not in files
        if oid not in self.seen and tree:
            self.differs("names in " + root, self.names_in(root),
                         {q: e[0] for q, e in files.items()})
        if self.seen.setdefault(oid, dict(files)) != files:
            self.differs("oid %s of %s" % (oid, root), self.seen[oid], files)
        self.ptr[root] = Ver(oid, tree, files)

    def step_add(self):
        roots = [r for r in set(TREES + FILES) | set(self.ptr)
                 if self.here(r) and not self.overlaps(r)]
        root = self.pick(roots)
        if not root:
            return
        scope, args = root, []
        if self.is_tree(root) and root in self.ptr and \
                self.rng.random() < 0.3:
            scope = self.pick(p for p in self.work if inside(p, root))
            if self.rng.random() < 0.5:
                scope = os.path.dirname(scope)
        vanished = self.rng.random() < 0.7
        if vanished:
            args.append("--vanished")
        if self.is_other(root) and self.rng.random() < 0.5:
            args.append("-f")
        self.add(root, scope, args)

    def add(self, root, scope, args):
        new = self.added(root, scope)
        argv = ["mvc", "add", "-q", *args, scope]
        was_other = self.is_other(root) and "-f" not in args
        was_forgotten = self.is_other(root) and not self.is_named(root)
        p, b = self.ptr.get(root), self.base.get(root, Base())
        killed = self.killed(*argv)
        code, _, err = self.run(*argv)
        if code == 0:
            if was_other and not (killed or new == p.files):
                raise Wrong("add over another version was not refused")
            if not p and b.oid and set(new) != set(self.names_in(root)):
                # What it was is collected: what is here is all.
                new = self.here(root)
            elif p and was_forgotten and \
                    set(new) != set(self.names_in(root)):
                # Likewise: it is a part of what the pointer named.
                new = dict(self.added(root, scope, p.files))
                b.mixed = True
            self.record(root, scope, new)
            return
        self.refused += 1
        if "names another version" in err and was_other:
            return
        gone = [q for q in b.here if inside(join(root, q), scope) and
                join(root, q) not in self.work]
        if "have vanished" in err and "--vanished" not in args and \
                2 * len(gone) >= len([q for q in b.here if inside(
                    join(root, q), scope)]) - 1:
            return
        raise Wrong("%s: exit %d: %s" % (argv, code, err))

    def names_in(self, root):
        if not self.is_tree(root):
            return {"": None}
        return {e["path"]: KINDS[e["type"]] for e in json.loads(
            self.must("mvc", "ls", "-r", "--json", root))
            if e["type"] != "tree"}

    def step_add_update(self):
        if any(self.is_other(r) for r in self.ptr) or \
                any(not self.here(r) and self.base.get(r, Base()).here
                    for r in self.ptr) or \
                any(r not in self.ptr for r, b in self.base.items() if b.oid):
            return
        news = {r: self.added(r, r) for r in self.ptr
                if self.here(r) or not self.ptr[r].files}
        argv = ["mvc", "add", "-q", "-u", "--vanished"]
        self.killed(*argv)
        self.must(*argv)
        for root, new in news.items():
            # The model knows no folders, which may be all that changed.
            if new != self.ptr[root].files or self.expected_of(root) or \
                    self.oid(root) != self.ptr[root].oid:
                self.record(root, root, new)

    def expected_of(self, root):
        return any(inside(x[2:], root) for x in self.expected())

    def commit(self):
        date = "%d +0000" % (1700000000 + len(self.commits))
        self.env.update(GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        self.must("git", "commit", "-q", "--allow-empty", "-m", "c")
        sha = self.must("git", "rev-parse", "HEAD").decode().strip()
        self.commits[sha] = dict(self.ptr)
        left = [x for x in self.must("git", "status", "--porcelain")
                .decode().split("\n") if x and not x.startswith("??")]
        if left:
            raise Wrong("after a commit: %s" % left)
        self.head = sha

    def step_commit(self):
        self.commit()
        if self.rng.random() < 0.5:
            self.must("git", "branch", "b" + self.head[:12], ok=(0, 128))
        elif self.rng.random() < 0.5:
            self.must("git", "tag", "v" + self.head[:12], ok=(0, 128))

    def step_switch(self):
        """Git goes to another commit; data may follow later."""
        sha = self.pick(self.commits)
        if self.must("git", "status", "--porcelain", "-uno").strip():
            self.must("git", "reset", "-q", "--hard")
        self.must("git", "checkout", "-q", "--detach", sha)
        self.ptr, self.head = dict(self.commits[sha]), sha

    # One data set that is several on another branch, and the other way.

    def overlaps(self, root):
        return [r for r in self.ptr if r != root and
                (inside(r, root) or inside(root, r))]

    def is_clean(self, root):
        b = self.base.get(root)
        return bool(b and root in self.ptr and b.oid == self.ptr[root].oid and
                    not b.partial and self.here(root) == self.ptr[root].files)

    def step_split(self):
        if self.sparse is None:
            self.checkout("", True)
        root = self.pick(r for r in self.ptr if self.ptr[r].tree)
        parts = {p.split("/")[0] for p in self.here(root or "")}
        if not root or not parts or self.sparse or not self.is_clean(root) \
                or any(self.here(root).get(p, "f")[0] == "l" for p in parts):
            return
        self.commit()
        self.rewrite([root], [join(root, p) for p in sorted(parts)])

    def step_join(self):
        if self.sparse is None:
            self.checkout("", True)
        tops = {r[:r.rindex("/")] for r in self.ptr if "/" in r}
        top = self.pick(t for t in tops if t != "sub" and self.here(t))
        old = [r for r in self.ptr if inside(r, top or "/")]
        if not old or self.sparse or not all(self.is_clean(r) for r in old):
            return
        self.commit()
        self.rewrite(sorted(old), [top])

    def rewrite(self, old, new):
        for r in old:
            self.must("mvc", "rm", "-q", "--cached", r)
            del self.ptr[r], self.base[r]
        # A merge of .gitignore files keeps lines that one side dropped.
        code, _, _ = self.run("git", "check-ignore", "-q", "--no-index",
                              *[r + ".mvc" for r in new])
        if code == 0:
            self.must("git", "reset", "-q", "--hard")
            self.ptr = dict(self.commits[self.head])
            return self.checkout("", True)
        for r in new:
            self.must("mvc", "add", "-q", r)
            self.record(r, r, self.here(r))
        self.commit()
        self.must("git", "branch", "b" + self.head[:12], ok=(0, 128))

    def others(self):
        """What lies here as data of other branches."""
        return sorted(r for r, b in self.base.items()
                      if b.oid and r not in self.ptr and self.overlaps(r))

    def go_through(self):
        """That is known, and not taken for the user's."""
        known = {join(r, p): e for r, b in self.base.items()
                 for p, e in b.here.items()}
        if all(self.work.get(p) == e for p, e in known.items()) and \
                not any(inside(p, r) for p in set(self.work) - set(known)
                        for r in self.ptr):
            was = self.must("git", "status", "--porcelain", "-uno")
            self.must("mvc", "add", "-q", "-u", ok=(0, 128))
            if self.must("git", "status", "--porcelain", "-uno") != was:
                raise Wrong("add -u recorded data of another branch")
        self.must("mvc", "status", "-q")
        for _ in range(self.rng.randrange(3)):
            root = self.pick(self.ptr)
            path = self.pick(self.ptr[root].files) if root else None
            if path is not None:
                self.must("mvc", "checkout", "-q", "-f", self.rng.choice(
                    [root, join(root, path)]), ok=(0, 1))
        self.through += 1
        self.follow("")
        named = self.named()
        for r in self.others():
            b = self.base[r]
            for path in list(b.here):
                full = join(r, path)
                for p in self.overlaps(r):
                    if inside(full, p):
                        e = b.here.pop(path)
                        if b.oid[:64] in named or inside(p, r):
                            self.base.setdefault(p, Base()).here[
                                full[len(p) + 1:]] = e
                        break
            if b.oid[:64] not in named or not b.here:
                del self.base[r]
        self.checkout("", True)

    def named(self):
        return {v.oid[:64] for t in [*self.commits.values(), self.ptr]
                for v in t.values()}

    def follow(self, scope):
        """Data whose pointer has another name now goes along."""
        gone = sorted(r for r, b in self.base.items()
                      if b.oid and r not in self.ptr)
        taken = []
        for a in gone:
            for b in sorted(self.ptr):
                full = self.here(a) and self.here(b)
                if (inside(b, scope) or inside(scope, b)) and not full and \
                        self.ptr[b].oid[:64] == self.base[a].oid[:64] and \
                        not any(inside(b, r) or inside(r, b) for r in taken +
                                [r for r, x in self.base.items() if x.oid]):
                    taken.append(b)
                    self.moved(a, b)
                    break

    def moved(self, a, b):
        for p in [p for p in self.work if inside(p, a)]:
            self.work[b + p[len(a):]] = self.work.pop(p)
        self.base[b] = self.base.pop(a)

    def synced(self, scope, force):
        """The model's part of a checkout; whether something was kept."""
        kept = False
        self.follow(scope)
        named = self.named()
        for root in set(self.ptr) | set(self.base):
            if not (inside(root, scope) or inside(scope, root)):
                continue
            p, b = self.ptr.get(root), self.base.get(root, Base())
            if not p and (b.oid or "")[:64] not in named:
                continue
            if not p and not inside(root, scope):
                continue
            self.base[root] = b
            kept |= self.sync_root(root, scope, force, p, b)
        return kept

    def sync_root(self, root, scope, force, p, b):
        here, kept = self.here(root), False
        for path in set(p.files if p else ()) | set(b.here) | set(here):
            full = join(root, path)
            if not inside(full, scope):
                continue
            want = p.files.get(path) if p and self.wants(full) else None
            now, old = here.get(path), b.here.get(path)
            if want is None:
                b.partial |= bool(b.oid and p and path in p.files)
                b.here.pop(path, None)
                if now and old and (now == old or force):
                    del self.work[full]
                elif now and old:
                    kept = True
            else:
                b.here[path] = want
                if not now or now == want or force or \
                        self.is_mvcs(now, old, want):
                    self.work[full] = want
                else:
                    kept = True
        if not p or not p.tree and not b.here:
            del self.base[root]
        elif inside(root, scope):
            b.oid = p.oid
            b.partial = set(p.files) - set(b.here) != set()
            b.mixed = False
        elif not b.oid:
            b.oid, b.partial = p.oid, True
        elif b.oid != p.oid:
            beside = [{q: e for q, e in files.items()
                       if not inside(join(root, q), scope)}
                      for files in (self.seen[b.oid], p.files)]
            if beside[0] == beside[1] and not self.is_forgotten(root, b):
                b.oid = p.oid
            else:
                b.partial = b.mixed = True
        return kept

    def is_forgotten(self, root, b):
        """Whether what was here is collected, so that it cannot be known."""
        if self.is_named(root):
            return False
        said = self.must("mvc", "status", "--porcelain", "-z", root)
        return "V " + root in said.decode().split("\0")

    def is_named(self, root):
        """Whether a commit names what was put here, so that it is there."""
        oid = self.base[root].oid
        return any(v.oid[:64] == oid[:64] for t in self.commits.values()
                   for v in t.values())

    def is_mvcs(self, now, old, want):
        """Whether what lies there may go for what is wanted."""
        if now == old:
            return True
        if not old or "l" in (now[0], old[0], want[0]):
            return False
        # The executable bit, too, is the user's.
        return now[1] == old[1] and now[0] == want[0]

    def step_checkout(self):
        self.checkout("", self.rng.random() < 0.3)

    def checkout(self, scope, force, *more):
        argv = ["mvc", "checkout", "-q", *(["-f"] if force else []), *more,
                *([scope] if scope else [])]
        killed = self.killed(*argv)
        code, _, err = self.run(*argv)
        kept = self.synced(scope, force)
        if code != kept and not (killed and code == 0):
            raise Wrong("%s: exit %d, kept %s: %s" % (argv, code, kept, err))

    def step_checkout_path(self):
        root = self.pick(self.ptr)
        if not root:
            return
        scope = root
        if self.rng.random() < 0.5 and self.ptr[root].files:
            scope = join(root, self.pick(self.ptr[root].files))
        self.checkout(scope, self.rng.random() < 0.5)

    def step_checkout_rev(self):
        """A path of another commit."""
        sha = self.pick(self.commits)
        root = self.pick(self.commits[sha])
        if not root:
            return
        then, scope = self.commits[sha][root], root
        files = then.files
        p = self.ptr.get(root)
        if p and p.tree and then.tree and then.files and \
                self.rng.random() < 0.5:
            path = self.pick(then.files)
            scope, files = join(root, path), dict(p.files)
            files[path] = then.files[path]
        elif any(inside(r, root) or inside(root, r)
                 for r in self.ptr if r != root):
            return
        force = self.rng.random() < 0.3
        argv = ["mvc", "checkout", "-q", *(["-f"] if force else []), sha,
                "--", scope]
        killed = self.killed(*argv)
        code, _, err = self.run(*argv)
        if code not in (0, 1):
            raise Wrong("%s: exit %d: %s" % (argv, code, err))
        self.set_ptr(root, files)
        kept = self.synced(scope, force)
        if code != kept and not (killed and code == 0):
            raise Wrong("%s: exit %d, kept %s: %s" % (argv, code, kept, err))

    def is_settled(self, root):
        """Nothing but plain changes: what mv and rm take."""
        b = self.base.get(root)
        return bool(b and b.oid and not self.is_moved_on(root) and
                    root in self.ptr)

    def step_mv(self):
        root = self.pick(r for r in self.ptr if self.is_settled(r))
        if not root:
            return
        files = self.ptr[root].files
        what = self.rng.randrange(4)
        if what == 0 or not self.ptr[root].tree:
            to = self.pick(["", "sub/", "deep/er/"]) + \
                ("t" if self.ptr[root].tree else "") + self.fresh()
            if any(inside(to, r) for r in self.ptr):
                return
            os.makedirs(self.path(os.path.dirname(to)) or ".", exist_ok=True)
            self.mv(root, to)
        elif files:
            path = self.pick(files)
            if self.rng.random() < 0.5 and "/" in path:
                path = os.path.dirname(path)
            other = self.pick(r for r in self.ptr if self.ptr[r].tree and
                              self.is_settled(r) and self.here(r))
            if what == 1 and files.get(path, "d")[0] != "l" and any(
                    inside(q, path) for q in self.base[root].here):
                name = self.fresh() if path in files else "t" + self.fresh()
                self.mv(join(root, path), name)
            elif other and what == 2:
                self.mv(join(root, path), join(other, self.fresh()))
            else:
                self.mv(join(root, path), join(root, self.fresh()))

    def mv(self, a, b):
        argv = ["mvc", "mv", "-q", a, b]
        killed = self.killed(*argv)
        code, _, err = self.run(*argv)
        if code and not (killed and re.search(
                "not tracked|not recorded|there is no", err)):
            raise Wrong("%s: exit %d: %s" % (argv, code, err))
        ra = self.root_of(a)
        rb = self.root_of(b)
        for p in [p for p in self.work if inside(p, a)]:
            self.work[b + p[len(a):]] = self.work.pop(p)
        if ra == a and not rb:
            self.ptr[b] = self.ptr.pop(a)
            self.base[b] = self.base.pop(a)
            return
        news = {r: dict(self.ptr[r].files) for r in (ra, rb) if r}
        news.setdefault(rb or b, {})
        for where, key in [(news, None), (None, "here")]:
            src = where[ra] if where else self.base[ra].here
            if where:
                dst = where[rb or b]
            else:
                dst = self.base.setdefault(rb or b, Base()).here
            for p in [p for p in src if inside(join(ra, p), a)]:
                full = b + join(ra, p)[len(a):]
                dst[full[len(rb or b) + 1:]] = src.pop(p)
        self.base[rb or b].mixed |= self.base[ra].mixed
        for r in news:
            if r == a and ra == a:
                del self.ptr[a], self.base[a]
                continue
            if r == b and not rb and not self.base[r].here:
                del self.base[r]
                self.set_ptr(r, news[r])
                continue
            self.set_ptr(r, news[r], r != b or a not in (ra,) and
                         "" not in news[r])
            self.base[r].oid = self.ptr[r].oid
            self.base[r].partial = \
                set(news[r]) - set(self.base[r].here) != set()

    def root_of(self, path):
        for r in self.ptr:
            if inside(path, r):
                return r
        return None

    def step_git_mv(self):
        """Git renames the pointer, a checkout takes the data along."""
        root = self.pick(r for r in self.ptr if self.is_settled(r))
        if not root:
            return
        to = ("t" if self.ptr[root].tree else "") + self.fresh()
        self.must("git", "mv", root + ".mvc", to + ".mvc")
        self.ptr[to] = self.ptr.pop(root)
        self.checkout("", False)

    def step_rm(self):
        root = self.pick(self.ptr)
        if not root:
            return
        path, scope = "", root
        if self.ptr[root].tree and self.rng.random() < 0.6:
            if not self.ptr[root].files:
                return
            path = self.pick(self.ptr[root].files)
            scope = join(root, path)
        how = self.rng.choice([[], [], ["--cached"], ["-f"]])
        p, b = self.ptr[root], self.base.get(root, Base())
        old = self.commits[self.head].get(root)
        reason = may = self.is_moved_on(root) and (path or not how)
        if reason and path:
            # Unless without the path both are the same, but for folders.
            rest = [{q: e for q, e in f.items()
                     if not inside(join(root, q), scope)}
                    for f in (p.files, self.seen[b.oid])]
            reason = rest[0] != rest[1]
        if not how:
            want = {q: e for q, e in p.files.items()
                    if inside(join(root, q), scope)}
            head = {q: e for q, e in old.files.items()
                    if inside(join(root, q), scope)} if old else None
            reason = reason or want != head or any(
                e not in (p.files.get(q),
                          b.oid and not b.mixed and b.here.get(q))
                for q, e in self.here(root).items()
                if inside(join(root, q), scope))
        argv = ["mvc", "rm", "-q", *how, scope]
        killed = self.killed(*argv)
        code, _, err = self.run(*argv)
        if code == 128 and re.search(
                "HEAD does not have|not recorded:|another version", err):
            self.refused += 1
            if not (reason or may):
                raise Wrong("%s: refused: %s" % (argv, err))
            return
        if code and not (killed and re.search(
                "not tracked|there is no|not recorded in", err)):
            raise Wrong("%s: exit %d: %s" % (argv, code, err))
        if reason and code == 0:
            raise Wrong("%s: not refused" % argv)
        if how != ["--cached"]:
            for q in self.under(self.work, scope):
                del self.work[q]
        if not path:
            del self.ptr[root]
            self.base.pop(root, None)
            return
        files = {q: e for q, e in p.files.items()
                 if not inside(join(root, q), scope)}
        b.here = {q: e for q, e in b.here.items()
                  if not inside(join(root, q), scope)}
        self.set_ptr(root, files, True)
        if b.oid:
            b.oid = self.ptr[root].oid
            b.partial = set(files) - set(b.here) != set()

    def step_sparse(self):
        if self.sparse is not None and self.rng.random() < 0.6:
            self.must("mvc", "sparse", "off")
            self.sparse = None
            return
        choice = self.rng.sample(sorted(self.ptr) + ["d/s0", "e/s1"],
                                 self.rng.randrange(1, 3))
        self.must("mvc", "sparse", "set", *["/" + c for c in choice])
        self.sparse = choice

    def step_merge(self):
        """Another commit, merged; conflicts resolved one way or another."""
        other = self.pick(self.commits)
        bases = self.must("git", "merge-base", "--all", "HEAD", other)
        bases = bases.decode().split()
        if len(bases) != 1 or bases[0] not in self.commits or \
                other in bases or self.head in bases:
            return
        if self.must("git", "status", "--porcelain", "-uno").strip():
            self.must("git", "reset", "-q", "--hard")
            self.ptr = dict(self.commits[self.head])
        base, ours, theirs = (self.commits[c]
                              for c in (bases[0], self.head, other))
        merged, conflicts = {}, []
        for root in sorted(set(base) | set(ours) | set(theirs)):
            a, o, t = (x.get(root) for x in (base, ours, theirs))
            ids = [x and x.oid for x in (a, o, t)]
            if ids[1] == ids[2] or ids[2] == ids[0]:
                merged[root] = o and o.files
            elif ids[1] == ids[0]:
                merged[root] = t and t.files
            else:
                both = self.merge_files(a, o, t)
                merged[root] = both
                if both is None:
                    conflicts.append(root)
        roots = [r for r, f in merged.items() if f is not None] + conflicts
        if any(x != y and inside(x, y) for x in roots for y in roots):
            return
        code, out, err = self.run("git", "merge", "-q", "-s", "recursive",
                                  "-X", "no-renames", "--no-edit", other)
        # Git asks, too, where a .gitignore went on one side.
        asks = re.findall(r"CONFLICT \(modify/delete\): (\S*\.gitignore) ",
                          out.decode())
        if (code != 0) != bool(conflicts or asks):
            raise Wrong("merge: exit %d, conflicts %s: %s %s" % (
                code, conflicts, out, err))
        for root in conflicts:
            merged[root] = self.resolve(root, base, ours, theirs)
        if asks:
            self.must("git", "add", *asks)
        if conflicts or asks:
            self.must("git", "commit", "-q", "--no-edit")
        self.ptr = {}
        for root, files in merged.items():
            if files is not None:
                tree = next(x[root].tree for x in (ours, theirs, base)
                            if root in x)
                self.set_ptr(root, files, tree)
        self.commit()

    def merge_bit(self, x, y, z):
        """Bytes and executable bit, changed by one side each."""
        if not all(e and e[0] in "fx" for e in (x, y, z)):
            return None
        if y[1] == x[1] and z[0] == x[0]:
            return (y[0], z[1])
        if z[1] == x[1] and y[0] == x[0]:
            return (z[0], y[1])
        return None

    def merge_files(self, a, o, t):
        if not (o and t) or o.tree != t.tree:
            return None
        base = a.files if a and a.tree == o.tree else {}
        out = {}
        for p in set(base) | set(o.files) | set(t.files):
            x, y, z = base.get(p), o.files.get(p), t.files.get(p)
            if y == z or z == x:
                e = y
            elif y == x:
                e = z
            else:
                e = self.merge_bit(x, y, z)
                if not e:
                    return None
            if e:
                out[p] = e
        return out

    def resolve(self, root, base, ours, theirs):
        a, o, t = (x.get(root) for x in (base, ours, theirs))
        way = self.rng.choice(["--ours", "--theirs", "--merge"])
        if not o or not t:
            way = "--ours" if o else "--theirs"
        if way == "--merge" and not (o.tree and t.tree):
            way = "--theirs"
        argv = ["mvc", "checkout", "-q", way, root]
        code, _, err = self.run(*argv)
        if code not in (0, 1):
            raise Wrong("%s: exit %d: %s" % (argv, code, err))
        if way != "--merge":
            files = (o if way == "--ours" else t).files
        else:
            files, base = {}, a.files if a and a.tree else {}
            for p in set(base) | set(o.files) | set(t.files):
                x, y, z = base.get(p), o.files.get(p), t.files.get(p)
                e = z if y == x else y
                if self.merge_bit(x, y, z):
                    e = self.merge_bit(x, y, z)
                elif y != z and y != x and z != x and z and y:
                    files[p + ".theirs"] = z
                elif y != z and y != x and z != x:
                    e = y or z
                    if not y:
                        e = None
                        files[p + ".theirs"] = z
                if e:
                    files[p] = e
        self.set_ptr(root, files, (o or t).tree)
        kept = self.synced(root, False)
        if code != (1 if kept else 0):
            raise Wrong("%s: exit %d, kept %s: %s" % (argv, code, kept, err))
        return files

    def step_gc(self):
        how = self.rng.choice([[], ["--yes"], ["--now"], ["--now", "--yes"],
                               ["--now", "--yes"]])
        if how == ["--now", "--yes"] and len(self.commits) > 6:
            self.forget()
        argv = ["mvc", "gc", "-q", *how]
        self.killed(*argv)
        code, _, err = self.run(*argv)
        if code and not ("names any data" in err and self.is_nothing_named()):
            raise Wrong("%s: exit %d: %s" % (argv, code, err))
        self.check_cat()
        self.check_commit(self.pick(self.commits))

    def is_nothing_named(self):
        return not self.ptr and not any(self.commits.values())

    def forget(self):
        """Some branches go, and what only they had."""
        self.check_commit(self.head)    # else data of theirs stays there
        for kind in ("heads", "tags"):
            for ref in self.must("git", "for-each-ref", "--format=%(refname)",
                                 "refs/" + kind).decode().split():
                if ref != "refs/heads/main" and self.rng.random() < 0.5:
                    self.must("git", "update-ref", "-d", ref)
        self.must("git", "checkout", "-q", "-f", "--detach", self.head,
                  top=self.check_tree)
        self.must("git", "reflog", "expire", "--expire=now", "--all")
        if os.path.exists(self.path(".git/ORIG_HEAD")):
            os.unlink(self.path(".git/ORIG_HEAD"))
        live = set(self.must("git", "rev-list", "--all", "HEAD")
                   .decode().split())
        self.commits = {s: t for s, t in self.commits.items() if s in live}

    def step_fsck(self):
        argv = ["mvc", "fsck", *self.rng.choice([[], ["--full"]])]
        self.killed(*argv)
        self.must(*argv)

    def step_together(self):
        """Several processes at once: the same comes of it, whoever waits."""
        roots = [r for r in sorted(set(TREES + FILES) | set(self.ptr))
                 if self.here(r) and not self.is_other(r) and
                 not self.overlaps(r) and
                 (r in self.ptr or not self.base.get(r, Base()).oid)]
        roots = self.rng.sample(roots, min(3, len(roots)))
        argvs = [["mvc", "add", "-q", "--vanished", r] for r in roots]
        argvs += self.rng.choices([["mvc", "gc", "-q", "--now", "--yes"],
                                   ["mvc", "gc", "-q", "--yes"],
                                   ["mvc", "fsck"], ["mvc", "status", "-q"],
                                   ["mvc", "fsck", "--full"]], k=2)
        started = []
        for argv in argvs:
            self.say("$ %s &" % " ".join(argv))
            started.append(self.start(argv))
        for argv, p in zip(argvs, started):
            _, err = p.communicate(timeout=120)
            err = err.decode(errors="replace")
            if p.returncode not in (0, 75) and not re.search(
                    "lock|another|again", err) and not (
                        "names any data" in err and self.is_nothing_named()):
                raise Wrong("%s, one of several: exit %d: %s" % (
                    argv, p.returncode, err))
        for root in roots:
            self.add(root, root, ["--vanished"])

    STEPS = [("edit", 30), ("add", 25), ("add_update", 8), ("commit", 12),
             ("switch", 8), ("checkout", 12), ("checkout_path", 6),
             ("checkout_rev", 6), ("mv", 10), ("move_by_hand", 4),
             ("git_mv", 3), ("rm", 8), ("sparse", 3), ("merge", 10),
             ("gc", 4), ("together", 4), ("fsck", 2), ("split", 8),
             ("join", 4)]

    def work_on(self, steps, until):
        names = [n for n, _ in self.STEPS]
        weights = [w for _, w in self.STEPS]
        n = 0
        while n < steps and time.monotonic() < until:
            n += 1
            name = self.rng.choices(names, weights)[0]
            self.say("# step %d: %s" % (n, name))
            try:
                getattr(self, "step_" + name)()
                if self.others():
                    self.go_through()
                self.check_status()
                if n % 8 == 0:
                    self.check_work()
                if n % 60 == 0:
                    self.check_all()
            except Wrong as e:
                raise Wrong("step %d (%s): %s" % (n, name, e)) from e
        self.check_all()
        return n


def one(seed, steps, until, build, args):
    folder = tempfile.mkdtemp(prefix="mvc-properties.")
    log, kept = [], False

    def say(line):
        log.append(line)
        if args.verbose:
            print(line, flush=True)
    try:
        r = Repo(seed, os.path.realpath(folder), build, say, args.kill)
        n = r.work_on(steps, until)
    except Wrong as e:
        print("seed %d: %s" % (seed, e))
        print("\n".join("    " + x for x in log[-25:]))
        kept = args.keep
        if kept:
            with open(folder + "/log", "w") as f:
                f.write("\n".join(log) + "\n")
            print("kept, with its log: " + folder)
        sys.exit(1)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    print("seed %d: %d steps, %d commits, %d killed, %d refused, %d through "
          "other branches" % (seed, n, len(r.commits), r.kills, r.refused,
                              r.through), flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--steps", type=int, default=200)
    p.add_argument("--time", type=float, default=0)
    p.add_argument("--keep", action="store_true")
    p.add_argument("--kill", action="store_true", help="commands, at moments "
                   "that no seed repeats")
    p.add_argument("-v", "--verbose", action="store_true")
    args = p.parse_args()
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    build = os.path.abspath(os.environ.get("builddir") or here)
    end = time.monotonic() + args.time
    seed = args.seed
    while True:
        until = end if args.time else float("inf")
        one(seed, args.steps, until, build, args)
        seed += 1
        if time.monotonic() >= end:
            break


if __name__ == "__main__":
    main()
