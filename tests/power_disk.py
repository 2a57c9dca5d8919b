"""What a disk may hold after a power cut.

The disk is as strict as POSIX lets it be. A file's bytes, size and mode are on
it once the file was fsynced; until then each write may be there, be zeros,
or not be there. A name made, changed or removed is there once its folder was
fsynced; until then each may or may not, in any order but for changes to the
same name. A rename is one change, in two folders too, until the new folder was
fsynced: then the old name may come back alone. The fsync of a folder takes
along the names of earlier commands (journals are written in order), not their
files' bytes. So does the name of the stat cache those of the files that it
tells of: checkout does not wait for them.

Git is not ours to prove: it never fsyncs folders. So it runs with
core.fsync=all, its names reach the disk in order (as they do on ext4, xfs and
btrfs), and some time after it returned all that it did is there. So is what
the user wrote, before mvc is run.
"""

import hashlib
import os
import stat

PAGE = 4096
MVC, GIT, USER = "mvc", "git", "python3"


# The log.

class Record:
    __slots__ = ("op", "prog", "ino", "mtime", "ctime", "mode", "number",
                 "data", "a", "b")


def read_log(path, offset):
    """The records after offset, and where the log ends."""
    out = []
    try:
        with open(path, "rb") as f:
            f.seek(offset)
            raw = f.read()
    except FileNotFoundError:
        return out, offset
    at = 0
    while at < len(raw):
        nl = raw.index(b"\n", at)
        w = raw[at:nl].split(b" ")
        r = Record()
        r.op, r.prog = w[0].decode(), w[1].decode()
        r.ino, r.mtime, r.ctime = int(w[2]), int(w[3]), int(w[4])
        r.mode, r.number, n = int(w[5], 8), int(w[6]), int(w[7])
        r.data = raw[nl + 1:nl + 1 + n]
        r.a = r.b = None
        if w[8] == b"1":
            r.a, r.b = (os.fsdecode(x) for x in r.data[:-1].split(b"\0"))
        out.append(r)
        at = nl + 1 + n
    return out, offset + len(raw)


# The disk.

class Node:
    """A file, link or folder; what of it is on the disk, and what is not."""

    def __init__(self, kind, mode, ino):
        self.kind, self.mode, self.ino = kind, mode, ino
        self.mtime = self.ctime = 0
        self.target = None
        self.data, self.safe = b"", b""
        self.safe_mode = mode
        self.pending = []       # (op, offset or size, bytes, program)
        self.version = 0
        self.cache = {}
        self.names = {}         # a folder's, as they are
        self.safe_names = {}    # as they are on the disk

    def change(self, op, number, data, prog):
        self.pending.append((op, number, data, prog))
        self.data = apply_change(self.data, op, number, data)
        self.changed()

    def changed(self):
        self.version += 1
        self.cache = {}

    def settle(self):
        if self.pending or self.safe_mode != self.mode:
            self.safe, self.safe_mode = self.data, self.mode
            self.pending = []
            self.changed()


def apply_change(data, op, number, new):
    if op == "W":
        data = data.ljust(number, b"\0")
        return data[:number] + new + data[number + len(new):]
    if op == "T":
        return data[:number].ljust(number, b"\0")
    return new      # Z


def touched(node):
    """The pages of the file that are not on the disk."""
    pages = set()
    for op, number, new, _ in node.pending:
        if op == "W":
            pages.update(range(number // PAGE,
                               (number + len(new) + PAGE - 1) // PAGE))
        else:
            pages.update(range((len(node.data) + PAGE - 1) // PAGE))
    return sorted(pages)


VARIANTS = ("kept", "lost", "zero", "half", "odd", "sector")


def variant(node, how):
    """(mode, bytes, digest) of a file in which not all reached the disk."""
    got = node.cache.get(how)
    if got:
        return got
    mode, data = node.mode, node.data
    if how == "lost":
        mode, data = node.safe_mode, node.safe
    elif how == "zero":         # the size alone: zeros, or the old bytes
        data = node.safe[:len(data)].ljust(len(data), b"\0")
    elif how == "half":         # the first writes
        data = node.safe
        for op, number, new, _ in node.pending[:len(node.pending) // 2]:
            data = apply_change(data, op, number, new)
        if len(node.pending) == 1:
            data = node.data[:len(node.data) // 2]
    elif how == "odd":          # every other page
        data = bytearray(data)
        for p in touched(node)[1::2]:
            n = len(data[p * PAGE:(p + 1) * PAGE])
            old = node.safe[p * PAGE:p * PAGE + n]
            data[p * PAGE:p * PAGE + n] = old.ljust(n, b"\0")
    elif how == "sector":       # all but the last write's last 512 bytes
        data = data[:-1 - (len(data) - 1) % 512] if data else data
        data = data.ljust(len(node.data), b"\0")
    data = bytes(data)
    got = (mode, data, hashlib.blake2b(data, digest_size=16).digest())
    node.cache[how] = got
    return got


class Change:
    """Names that change together."""

    __slots__ = ("seq", "prog", "sets", "deps", "command")

    def __init__(self, seq, prog, sets, command):
        self.seq, self.prog, self.command = seq, prog, command
        self.sets = sets        # [(folder, name, node or None)]
        self.deps = []


class Disk:
    def __init__(self, root):
        self.root_path = root
        self.root = None
        self.by_ino = {}
        self.pending = []
        self.seq = 0
        self.command = 0
        self.deaf = None        # fsyncs of mvc's that are not heard
        self.unsettled = set()  # files with bytes not on the disk

    def adopt(self, path):
        """Everything that is there counts as on the disk."""
        st = os.lstat(path)
        if stat.S_ISDIR(st.st_mode):
            node = Node("d", st.st_mode & 0o7777, st.st_ino)
            for name in os.listdir(path):
                node.names[name] = self.adopt(os.path.join(path, name))
            node.safe_names = dict(node.names)
        elif stat.S_ISLNK(st.st_mode):
            node = Node("l", 0, st.st_ino)
            node.target = os.readlink(path)
        else:
            node = Node("f", st.st_mode & 0o7777, st.st_ino)
            with open(path, "rb") as f:
                node.data = node.safe = f.read()
        node.mtime, node.ctime = st.st_mtime_ns, st.st_ctime_ns
        self.by_ino[st.st_ino] = node
        return node

    def place(self, path):
        """The folder and the name in it."""
        rel = os.path.relpath(path, self.root_path)
        parts = rel.split("/")
        node = self.root
        for p in parts[:-1]:
            node = node.names[p]
        return node, parts[-1]

    def at(self, path):
        if path == self.root_path:
            return self.root
        folder, name = self.place(path)
        return folder.names.get(name)

    def change(self, prog, sets):
        self.seq += 1
        c = Change(self.seq, prog, sets, self.command)
        mine = {(id(d), n) for d, n, _ in sets}
        tells = any(n.startswith(("statcache", "checkout-running"))
                    for _, n, _ in sets)
        for old in reversed(self.pending):
            if (any((id(d), n) in mine for d, n, _ in old.sets) or
                    old.prog == prog == "git" or
                    tells or old.command != self.command):
                c.deps.append(old)
        for folder, name, node in sets:
            if node is None:
                folder.names.pop(name, None)
            else:
                folder.names[name] = node
        self.pending.append(c)

    def need(self, chosen):
        """The changes, and those that they rest on."""
        out, todo = set(), list(chosen)
        while todo:
            c = todo.pop()
            if c not in out:
                out.add(c)
                todo.extend(d for d in c.deps if d not in out)
        return out

    def settle_changes(self, chosen, folder=None):
        done = self.need(chosen)
        left = []
        for c in self.pending:
            if c not in done:
                left.append(c)
                continue
            later = []
            for d, name, node in c.sets:
                # The old name of a rename into a folder that was synced.
                if (folder is not None and c in chosen and node is None and
                        len(c.sets) > 1 and d is not folder):
                    later.append((d, name, node))
                elif node is None:
                    d.safe_names.pop(name, None)
                else:
                    d.safe_names[name] = node
            if later:
                rest = Change(c.seq, c.prog, later, c.command)
                left.append(rest)
                for x in self.pending:
                    x.deps = [rest if y is c else y for y in x.deps]
        self.pending = left
        here = set(left)
        for c in left:
            c.deps = [d for d in c.deps if d in here]

    def settle(self, prog=None):
        """All that a program did reaches the disk (None: all)."""
        self.settle_changes([c for c in self.pending
                             if prog in (None, c.prog)])
        for node in list(self.unsettled):
            if prog is None or all(p[3] == prog for p in node.pending):
                node.settle()
                self.unsettled.discard(node)

    def log(self, r):
        """Do what was done; whether the disk may differ now."""
        if r.op == "F" and r.prog == MVC and self.deaf and (
                self.deaf.search(os.path.relpath(r.a, self.root_path))):
            return False
        node = self.by_ino.get(r.ino)
        if r.op in "CNMS":
            kind = {"M": "d", "S": "l"}.get(r.op, "f")
            node = self.by_ino[r.ino] = Node(kind, r.mode & 0o7777, r.ino)
            node.target = r.b if r.op == "S" else None
        if node is None and r.op != "U":
            raise SystemExit("log: %s of an unknown file %s" % (r.op, r.a))
        if node is not None:
            node.mtime, node.ctime = r.mtime, r.ctime
        if r.op in "CMSL":
            folder, name = self.place(r.a)
            self.change(r.prog, [(folder, name, node)])
        elif r.op == "R":
            to, new = self.place(r.a)
            folder, old = self.place(r.b)
            if folder.names.get(old) is not node:
                raise SystemExit("log: rename of %s" % r.b)
            self.change(r.prog, [(to, new, node), (folder, old, None)])
        elif r.op == "U":
            folder, name = self.place(r.a)
            self.change(r.prog, [(folder, name, None)])
        elif r.op in "WTZ":
            if r.op == "Z" and node.data == r.data:
                return False
            node.change(r.op, r.number, r.data, r.prog)
            self.unsettled.add(node)
        elif r.op == "H":
            node.mode = r.mode & 0o7777
            node.changed()
            if node.kind == "f":
                self.unsettled.add(node)
            else:
                node.safe_mode = node.mode
        elif r.op == "F" and node.kind == "d":
            self.settle_changes(
                [c for c in self.pending
                 if any(d is node for d, _, _ in c.sets)], node)
        elif r.op == "F":
            node.settle()
            self.unsettled.discard(node)
        return r.op not in "NA"


def walk(root):
    """With nothing lost: as seen() of the folder itself."""
    out = {}

    def go(node, path):
        for name, n in node.names.items():
            p = path + "/" + name if path else name
            if n.kind == "d":
                out[p] = ("d", n.mode)
                go(n, p)
            elif n.kind == "l":
                out[p] = ("l", n.target)
            else:
                out[p] = ("f", n.mode, n.data)
    go(root, "")
    return out


# The states.

class Choice:
    """Which changes of names are there, and how each unsettled file is."""

    def __init__(self, names, files, label):
        self.names, self.files, self.label = names, files, label


def tree_of(disk, choice):
    """What a choice leaves: path -> what is there."""
    names = {}
    for c in disk.pending:
        if c not in choice.names:
            continue
        for d, name, node in c.sets:
            names.setdefault(id(d), {})[name] = node
    out = []

    def go(folder, path):
        entries = folder.safe_names
        over = names.get(id(folder))
        if over:
            entries = {**entries, **over}
        for name, n in entries.items():
            if n is None:
                continue
            p = path + "/" + name if path else name
            if n.kind == "d":
                out.append((p, "d", n.mode, None, b"", None))
                go(n, p)
            elif n.kind == "l":
                out.append((p, "l", 0, n.target, b"",
                            (n.ino, n.mtime, n.ctime)))
            else:
                mode, data, digest = variant(n, choice.files.get(n, "kept")
                                             if n in disk.unsettled
                                             else "kept")
                out.append((p, "f", mode, data, digest,
                            (n.ino, n.mtime, n.ctime)))
    go(disk.root, "")
    out.sort(key=lambda e: e[0])
    return out


def key_of(tree):
    h = hashlib.blake2b(digest_size=16)
    for p, kind, mode, what, digest, _ in tree:
        h.update(("%s\0%s%o\0" % (p, kind, mode)).encode(
            "utf-8", "surrogateescape"))
        h.update(digest or os.fsencode(what or ""))
    return h.digest()


def choices(disk, rng, randoms):
    """The choices at one moment, each to be called: most are passed over."""
    changes, files = list(disk.pending), list(disk.unsettled)
    every = set(changes)
    recent = [c for c in changes if c.command >= disk.command - 1][-30:]
    fresh = [f for f in files if f.version][-12:]
    lost = {f: "lost" for f in files}
    zero = {f: "zero" for f in files}

    def without(c, files, how):
        return Choice({x for x in every if c not in disk.need([x])}, files,
                      "without %s%s" % (told(c), how))

    def only(c, files, how):
        return Choice(disk.need([c]), files, "only %s%s" % (told(c), how))

    def one(f, how):
        return Choice(every, {f: how}, "inode %d %s" % (f.ino, how))

    def alone(f):
        return Choice(every, {**lost, f: "kept"},
                      "data of inode %d alone" % f.ino)

    def some(i):
        return Choice(disk.need([c for c in changes if rng.random() < 0.5]),
                      {f: rng.choice(VARIANTS) for f in files},
                      "random %d" % i)

    out = [lambda: Choice(every, {}, "all kept"),
           lambda: Choice(set(), lost, "all lost"),
           lambda: Choice(every, lost, "names without data"),
           lambda: Choice(every, zero, "names with zeros"),
           lambda: Choice(set(), {}, "data without names")]
    for c in recent:
        out += [lambda c=c: without(c, {}, ""),
                lambda c=c: without(c, zero, ", zeros"),
                lambda c=c: only(c, {}, ""),
                lambda c=c: only(c, lost, ", no data")]
    for f in fresh:
        out += [lambda f=f, how=how: one(f, how) for how in VARIANTS[1:]]
        out += [lambda f=f: alone(f)]
    if len(changes) + len(files) > 1:
        out += [lambda i=i: some(i) for i in range(randoms)]
    return out


def told(change):
    return ",".join(("+" if n is not None else "-") + name
                    for _, name, n in change.sets)
