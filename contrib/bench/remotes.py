#!/usr/bin/env python3
"""Time pushes and pulls of mvc and its peers, in one run.

    contrib/bench/remotes.py [--scale 1] [--figures dir,s3,one,latency]
                             [--tools mvc,git-lfs,dvc,restic,borg] [--work DIR]
                             [--json FILE] [--mvc PROGRAM] [--dvc VENV/bin/dvc]
    contrib/bench/remotes.py --table FILE      of such a run, for the docs

The data are bench.py's: 50,000 images, a model of 1.1 GB, a table of 265 MB,
and an edited version of each. Both versions are recorded first, untimed. Then

    dir       push: both versions to a folder; again: with nothing to send;
              pull: git clone and pull of the newest (restic, borg: a backup
              of both, and one more without changes, and a restore of it);
              mvc: another with --no-store
    s3        the same with a real S3 server (versitygw, which
              contrib/versitygw.sh builds), beside what curl takes to put and
              to get the same bytes as objects of 64 MiB, four at a time, and
              what it takes to write the files
    latency   push and pull over S3 through a proxy that adds 50 ms to each
              answer, beside the same proxy without (--scale 0.05 is enough)
    one       one file of 8 kB out of a remote of --packs packs: requests and
              bytes (10,000 are in the unit tests)

What comes back is compared byte for byte. Nothing small is deleted before the
end: ext4 searches long for a free inode where many were deleted in the last
minutes. Needs numpy, and 30 GB at scale 1.
"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from bench import (Borg, Dvc, Lfs, Mvc, Restic, Step, bytes_below,
                   copy_into, differs, machine, make_data, warm)

HERE = os.path.dirname(os.path.abspath(__file__))
OBJECT = 64 << 20


def shed(path):
    """Free the space of big files; small ones stay until the end."""
    for folder, _, names in os.walk(path):
        for name in names:
            p = os.path.join(folder, name)
            if not os.path.islink(p) and os.lstat(p).st_size > 1 << 20:
                os.unlink(p)


def ready():
    os.sync()
    time.sleep(1)
    warm()


class Sharer:
    """What a tool does to send and to get, beside what bench.py has of it."""
    def prepare(self, v1, v2):
        os.makedirs(self.tree, exist_ok=True)
        copy_into(v1, self.tree)
        self.start(Step())
        self.share()
        self.add(Step())
        copy_into(v2, self.tree)
        time.sleep(1)
        self.edit(Step())

    def share(self):
        pass

    def again(self, step):
        self.push(step)

    def requests(self):
        return None

    def got(self):
        return self.clone


class MvcShare(Sharer, Mvc):
    url = None

    def share(self):
        self.lab = self.url or self.where + "/lab"
        if not self.url:
            os.makedirs(self.lab)
        self.run(Step(), self.program, "remote", "add", "lab", self.lab)

    def push(self, step):
        self.run(step, self.program, "push", "--all", "-q")

    def requests(self):
        out = subprocess.run([self.program, "push", "--all", "--json"],
                             cwd=self.tree, env=self.env, check=True,
                             capture_output=True, text=True).stdout
        return json.loads(out)["requests"]

    def straight(self, step):
        self.pull(step, "straight", ["--no-store"])

    def pull(self, step, name="clone", words=()):
        self.clone = self.where + "/" + name
        step.run("git", "clone", "-q", self.tree, self.clone,
                 cwd=self.where, env=self.env)
        # A folder is used only where its owner says so.
        step.run(self.program, "remote", "set-url", "--local", "lab", self.lab,
                 cwd=self.clone, env=self.env)
        step.run(self.program, "pull", "-q", *words, cwd=self.clone,
                 env=self.env)


class LfsShare(Sharer, Lfs):
    def share(self):
        step = Step()
        self.bare = "file://" + self.where + "/bare"
        step.run("git", "init", "-q", "--bare", self.where + "/bare",
                 cwd=self.where, env=self.env)
        self.git(step, "remote", "add", "origin", self.bare)

    def push(self, step):
        self.git(step, "push", "-q", "origin", "HEAD:refs/heads/main")

    def pull(self, step):
        self.clone = self.where + "/clone"
        self.git(Step(), "config", "--global", "filter.lfs.smudge",
                 "git-lfs smudge -- %f")
        self.git(Step(), "config", "--global", "filter.lfs.process",
                 "git-lfs filter-process")
        self.git(Step(), "config", "--global", "filter.lfs.required", "true")
        step.run("git", "clone", "-q", "-b", "main", self.bare, self.clone,
                 cwd=self.where, env=self.env)


class DvcShare(Sharer, Dvc):
    url = None

    def share(self):
        self.run(Step(), self.program, "remote", "add", "-d", "lab",
                 self.url or self.where + "/lab")
        if self.url:
            self.run(Step(), self.program, "remote", "modify", "lab",
                     "endpointurl", self.env["AWS_ENDPOINT_URL"])
        self.git(Step(), "add", ".dvc")

    def push(self, step):
        self.run(step, self.program, "push", "-q", "--all-commits")

    def pull(self, step):
        self.clone = self.where + "/clone"
        step.run("git", "clone", "-q", self.tree, self.clone,
                 cwd=self.where, env=self.env)
        step.run(self.program, "pull", "-q", cwd=self.clone, env=self.env)


class Backup(Sharer):
    """Its store is the remote: to record is to push."""

    def prepare(self, v1, v2):
        self.sources = v1, v2
        copy_into(v1, self.tree)
        self.start(Step())

    def push(self, step):
        self.add(step)
        copy_into(self.sources[1], self.tree)
        self.edit(step)

    def again(self, step):
        self.noop(step)


class ResticShare(Backup, Restic):
    def pull(self, step):
        self.restic(step, "restore", "latest", "--target",
                    self.where + "/restored")

    def got(self):
        return self.restored()


class BorgShare(Backup, Borg):
    def pull(self, step):
        os.makedirs(self.restored())
        step.run(self.program, "extract", self.store() + "::v2",
                 cwd=self.restored(), env=self.env)

    def got(self):
        return self.restored()


def measure(tool, v1, v2, newest):
    got = {}
    tool.prepare(v1, v2)
    ready()
    step = Step()
    tool.push(step)
    got["push"] = step.figures()
    runs = []
    for _ in range(3):
        step = Step()
        tool.again(step)
        runs.append(step.figures())
    got["again"] = min(runs, key=lambda f: f["wall"])
    got["requests"] = tool.requests()
    ready()
    step = Step()
    tool.pull(step)
    got["pull"] = step.figures()
    wrong = differs(newest, tool.got())
    if hasattr(tool, "straight"):
        ready()
        step = Step()
        tool.straight(step)
        got["straight"] = step.figures()
        wrong = wrong or differs(newest, tool.got())
    got["came"] = "identical" if not wrong else "WRONG: " + wrong
    return got


def newest_of(work, v1, v2):
    """What a pull brings: the second version over the first."""
    newest = work + "/newest"
    subprocess.run(["cp", "-rl", v1, newest], check=True)
    for folder, _, names in os.walk(v2):
        for name in names:
            p = os.path.join(folder, name)
            q = os.path.join(newest, os.path.relpath(p, v2))
            if os.path.exists(q):
                os.unlink(q)
            os.link(p, q)
    return newest


def write_files(newest, where):
    """How long it takes only to write the files that a pull writes."""
    ready()
    start = time.monotonic()
    subprocess.run(["cp", "-r", "--reflink=never", newest, where], check=True)
    return round(time.monotonic() - start, 3)


# ---- a folder

SHARERS = {"mvc": MvcShare, "git-lfs": LfsShare, "dvc": DvcShare,
           "restic": ResticShare, "borg": BorgShare}


def find(args, names):
    for name in names:
        if name not in args.tools.split(","):
            continue
        path = shutil.which({"mvc": args.mvc, "dvc": args.dvc}.get(name, name))
        if path:
            yield name, os.path.abspath(path)
        else:
            print("%s: not installed" % name)


def figure_dir(args, data):
    v1, v2, newest = data
    out = {"files": write_files(newest, args.work + "/files")}
    for name, program in find(args, SHARERS):
        tool = SHARERS[name](program, args.work + "/dir-" + name)
        out[name] = measure(tool, v1, v2, newest)
        print("%s: %s" % (name, out[name]), file=sys.stderr)
        shed(tool.where)
    return out


# ---- S3

class Gateway:
    """versitygw over a folder, with a bucket "lab"."""

    def __init__(self, args, where):
        self.folder = where
        os.makedirs(where + "/lab")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        program = args.versitygw or subprocess.run(
            [HERE + "/../versitygw.sh"], check=True, capture_output=True,
            text=True).stdout.strip()
        self.env = {"AWS_ACCESS_KEY_ID": "test",
                    "AWS_SECRET_ACCESS_KEY": "secretsecret",
                    "AWS_ENDPOINT_URL": "http://127.0.0.1:%d" % self.port,
                    "AWS_EC2_METADATA_DISABLED": "true"}
        self.process = subprocess.Popen(
            [program, "--port", "127.0.0.1:%d" % self.port, "posix", where],
            env=dict(os.environ, ROOT_ACCESS_KEY="test",
                     ROOT_SECRET_KEY="secretsecret"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("versitygw does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def curl(gateway, work, total):
    """Put, and get, as many bytes as objects of 64 MiB, four at a time."""
    source = work + "/object"
    with open(source, "wb") as f:
        for _ in range(OBJECT >> 20):
            f.write(os.urandom(1 << 20))
    common = ["curl", "-sSf", "-Z", "--parallel-max", "4",
              "--parallel-immediate", "--aws-sigv4", "aws:amz:us-east-1:s3",
              "--user", "test:secretsecret",
              "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    urls = ["%s/lab/plain/%d" % (gateway.env["AWS_ENDPOINT_URL"], i)
            for i in range(max(1, round(total / OBJECT)))]
    out = {"bytes": total, "objects": len(urls)}
    for what, words in (("put", ["-T", source]), ("get", ["-o", "/dev/null"])):
        ready()
        command = list(common)
        for u in urls:
            command += words + [u]
        start = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        # Of whole objects, for as many bytes as there were.
        out[what] = round((time.monotonic() - start) * total
                          / (len(urls) * OBJECT), 3)
    return out


def has_dvc_s3(program):
    python = os.path.join(os.path.dirname(program), "python")
    return subprocess.run([python, "-c", "import dvc_s3"], check=False,
                          stderr=subprocess.DEVNULL).returncode == 0


def figure_s3(args, data):
    v1, v2, newest = data
    out = {"files": write_files(newest, args.work + "/s3-files")}
    gateway = Gateway(args, args.work + "/s3")
    try:
        for name, program in find(args, ("mvc", "dvc")):
            if name == "dvc" and not has_dvc_s3(program):
                print("dvc-s3: not installed")
                continue
            tool = SHARERS[name](program, args.work + "/s3-" + name)
            tool.env.update(gateway.env)
            tool.url = "s3://lab/" + name
            out[name] = measure(tool, v1, v2, newest)
            out[name]["bytes"] = bytes_below(gateway.folder + "/lab/" + name)
            print("%s: %s" % (name, out[name]), file=sys.stderr)
            shed(tool.where)
        if "mvc" in out:
            out["curl"] = curl(gateway, args.work, out["mvc"]["bytes"])
    finally:
        gateway.stop()
    return out


# ---- latency

def figure_latency(args, data):
    v1, v2, newest = data
    out = {}
    gateway = Gateway(args, args.work + "/latency")
    proxy = HERE + "/../../tests/fault_proxy.py"
    program = dict(find(args, ("mvc",)))["mvc"]
    try:
        for ms in (0, 50):
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
            p = subprocess.Popen(
                [sys.executable, proxy, str(port), str(gateway.port)]
                + (["latency", "all", str(ms)] if ms else ["none"]),
                stdout=subprocess.DEVNULL)
            time.sleep(1)
            tool = MvcShare(program, args.work + "/latency-%d" % ms)
            tool.env.update(gateway.env, AWS_ENDPOINT_URL=
                            "http://127.0.0.1:%d" % port)
            tool.url = "s3://lab/at-%d" % ms
            out[str(ms)] = measure(tool, v1, v2, newest)
            print("%d ms: %s" % (ms, out[str(ms)]), file=sys.stderr)
            p.terminate()
            p.wait()
    finally:
        gateway.stop()
    return out


# ---- one file

def figure_one(args, _):
    """Each commit's new file is a pack of its own."""
    program = dict(find(args, ("mvc",)))["mvc"]
    tool = MvcShare(program, args.work + "/one")
    os.makedirs(tool.tree + "/d")
    tool.start(Step())
    tool.share()
    tool.git(Step(), "commit", "-qm", "remote")
    for i in range(args.packs):
        with open("%s/d/%06d" % (tool.tree, i), "wb") as f:
            f.write(os.urandom(8192))
        subprocess.run([program, "add", "-q", "d"], cwd=tool.tree,
                       env=tool.env, check=True)
        subprocess.run(["git", "commit", "-qm", str(i)], cwd=tool.tree,
                       env=tool.env, check=True)
    tool.push(Step())
    clone = tool.where + "/clone"
    subprocess.run(["git", "clone", "-q", tool.tree, clone], check=True,
                   env=tool.env)
    one = "d/%06d" % (args.packs // 2)
    got = json.loads(subprocess.run(
        [program, "fetch", "--json", one], cwd=clone, env=tool.env, check=True,
        capture_output=True, text=True).stdout.splitlines()[-1])
    packs = sum(len(n) for _, _, n in os.walk(tool.lab + "/packs"))
    return {"packs": packs, "requests": got["requests"],
            "received": got["received"]}


# ---- the report

FIGURES = {"dir": figure_dir, "s3": figure_s3, "latency": figure_latency,
           "one": figure_one}


def goals(r):
    """What is to be reached, and what was: (what, mvc, bound, limit)."""
    out = []
    tools = {k: v for k, v in r.get("dir", {}).items() if isinstance(v, dict)}
    peers = {k: v for k, v in tools.items() if k != "mvc"}
    if "mvc" in tools and peers:
        for what, limit in (("push", 1 / 3), ("pull", 1 / 4)):
            able = {k: v for k, v in peers.items()
                    if what == "pull" or k in ("git-lfs", "dvc")}
            if able:
                best = min(able, key=lambda k: able[k][what]["wall"])
                out.append(("%s, a folder, by %s" % (what, best),
                            tools["mvc"][what]["wall"],
                            able[best][what]["wall"], limit))
                if what == "pull":
                    out.append(("pull --no-store, a folder, by %s" % best,
                                tools["mvc"]["straight"]["wall"],
                                able[best][what]["wall"], limit))
        out.append(("push of nothing, a folder, in s",
                    tools["mvc"]["again"]["wall"], 1, 0.1))
        out.append(("pull, a folder, by cp of the files",
                    tools["mvc"]["pull"]["wall"], r["dir"]["files"], None))
    s3 = r.get("s3", {})
    if "curl" in s3:
        out.append(("push, S3, by curl", s3["mvc"]["push"]["wall"],
                    s3["curl"]["put"], 1.3))
        out.append(("pull, S3, by the slower of curl and cp",
                    s3["mvc"]["pull"]["wall"],
                    max(s3["curl"]["get"], s3["files"]), 1.5))
        out.append(("push of nothing, S3, requests", s3["mvc"]["requests"],
                    1, 5))
    lat = r.get("latency", {})
    if lat:
        for what in ("push", "pull"):
            out.append(("%s, with 50 ms by without" % what,
                        lat["50"][what]["wall"], lat["0"][what]["wall"], 1.5))
    if "one" in r:
        out.append(("one file of %d packs, requests" % r["one"]["packs"],
                    r["one"]["requests"], 1, 12))
        out.append(("one file of %d packs, MiB" % r["one"]["packs"],
                    r["one"]["received"] / (1 << 20), 1, 4))
    return out


def table(report):
    r = report["figures"]
    for place, rows in (("A folder", r.get("dir")), ("S3", r.get("s3"))):
        if not rows:
            continue
        print("%s; wall s (CPU s, peak MB):\n" % place)
        print("| | push of both | nothing to send | clone + pull |")
        print("|---|---|---|---|")
        for name, v in rows.items():
            if isinstance(v, dict) and "push" in v:
                print("| %s | %s |" % (name, " | ".join(
                    "%.2f (%.1f, %.0f)" % (v[s]["wall"], v[s]["cpu"],
                                           v[s]["rss"] / 1e6)
                    for s in ("push", "again", "pull"))))
        print("\nWriting the files alone (cp): %.2f s." % rows["files"])
        if "curl" in rows:
            c = rows["curl"]
            print("curl, %d objects of 64 MiB, four at a time: %.2f s to put, "
                  "%.2f s to get." % (c["objects"], c["put"], c["get"]))
        print()
    print("| | mvc | by | ratio | goal |\n|---|---|---|---|---|")
    for what, mvc, bound, limit in goals(r):
        print("| %s | %.2f | %.2f | %.2f | %s |" % (
            what, mvc, bound, mvc / max(bound, 1e-9),
            "-" if limit is None else "at most %.2f" % limit))


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--scale", type=float, default=1.0)
    p.add_argument("--figures", default="dir,s3,one")
    p.add_argument("--tools", default="mvc,git-lfs,dvc,restic,borg")
    p.add_argument("--work", help="folder for the data (default: a temporary)")
    p.add_argument("--packs", type=int, default=1000)
    p.add_argument("--json", help="write the figures there too; those of other "
                   "figures stay")
    p.add_argument("--table", metavar="FILE", help="only print its tables")
    p.add_argument("--mvc", default=next((b for b in (
        HERE + "/../../build/mvc", HERE + "/../../mvc")
        if os.path.exists(b)), "mvc"))
    p.add_argument("--dvc", default="dvc")
    p.add_argument("--versitygw", help="the program (default: it is built)")
    args = p.parse_args()
    if args.table:
        with open(args.table) as f:
            table(json.load(f))
        return
    args.work = tempfile.mkdtemp(prefix="mvc-bench-", dir=args.work)
    report = {"figures": {}}
    if args.json and os.path.exists(args.json):
        with open(args.json) as f:
            report = json.load(f)
    report.update(scale=args.scale, machine=machine())
    start = time.monotonic()
    try:
        data = None
        for name in args.figures.split(","):
            if not data and name != "one":
                v1, v2 = make_data(args.work, args.scale)
                data = v1, v2, newest_of(args.work, v1, v2)
            report["figures"][name] = FIGURES[name](args, data)
            print("%s: done after %.0f s" % (
                name, time.monotonic() - start), file=sys.stderr)
        table(report)
        if args.json:
            with open(args.json, "w") as f:
                json.dump(report, f, indent=1)
                f.write("\n")
        if "WRONG" in json.dumps(report):
            sys.exit("not all that came back is what was sent")
    finally:
        shutil.rmtree(args.work)


if __name__ == "__main__":
    main()
