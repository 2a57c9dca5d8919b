#!/usr/bin/env python3
"""A repository with a long history of runs, to measure mvc lineage with.

    contrib/bench/lineage.py FOLDER [COMMITS [RECORDS]]

Makes FOLDER by git fast-import: 100,000 commits, of which 20,000 bring in a
record and its pointers, the others change code. Runs use outputs of runs
before them, in chains of some depth. mvc must be in PATH: it hashes records.
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

MODELS = 300


def oid(*what):
    return hashlib.sha256(repr(what).encode()).hexdigest()


def pointer(oid, run=None):
    return (f"mvc pointer 1\noid {oid}\ntype file\nsize 1000\n"
            + (f"run {run}\n" if run else ""))


def record(i, state, pick):
    """The i-th run's: what it uses is what its paths hold now."""
    out = f"models/m{i % MODELS:03}"
    ins = sorted({f"models/m{pick.randrange(MODELS):03}" for _ in range(2)}
                 - {out} | {"data"})
    f = {"kind": "data", "size": 1000, "type": "file"}
    r = {"$mvc": "record 1",
         "code": {"clean": True, "commit": f"{i:040x}", "tree": f"{i:040x}"},
         "command": ["python", "train.py", str(i)], "duration": 1000,
         "exit": 0, "inputs": [{**f, "path": p, "oid": state[p]} for p in ins],
         "metrics": [{"file": "scores.json", "key": "auc",
                      "value": (1 + 2 * pick.randrange(1000)) / 2048}],
         "outputs": [{**f, "path": out, "oid": oid("run", i)}],
         "params": [{"file": "params.yaml", "key": "lr", "value": i}],
         "result": "done", "seeds": [],
         "started": f"2026-01-{1 + i // 86400:02}T{i // 3600 % 24:02}:"
                    f"{i // 60 % 60:02}:{i % 60:02}.000Z"}
    state[out] = oid("run", i)
    return out, json.dumps(r, sort_keys=True, ensure_ascii=False,
                           indent="\t") + "\n"


def hashes(texts):
    with tempfile.TemporaryDirectory() as d:
        for i, (_, text) in enumerate(texts):
            with open(f"{d}/{i:06}", "w") as f:
                f.write(text)
        ids = []
        for at in range(0, len(texts), 2000):
            names = [f"{d}/{i:06}"
                     for i in range(at, min(at + 2000, len(texts)))]
            done = subprocess.run(["mvc", "hash-object", *names], check=True,
                                  capture_output=True, text=True)
            ids += [line.split()[0] for line in done.stdout.splitlines()]
        return ids


def main():
    folder = sys.argv[1]
    commits = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    records = int(sys.argv[3]) if len(sys.argv) > 3 else commits // 5
    pick = random.Random(1)
    state = {f"models/m{i:03}": oid("first", i) for i in range(MODELS)}
    state["data"] = oid("data")
    first = dict(state)
    texts = [record(i, state, pick) for i in range(records)]
    ids = hashes(texts)
    subprocess.run(["git", "init", "-q", folder], check=True)
    git = subprocess.Popen(["git", "-C", folder, "fast-import", "--quiet"],
                           stdin=subprocess.PIPE)
    put = git.stdin.write

    def file(path, text):
        text = text.encode()
        put(f"M 100644 inline {path}\ndata {len(text)}\n".encode()
            + text + b"\n")

    def commit(i):
        put(f"commit refs/heads/main\ncommitter A <a@b> {1700000000 + i} "
            f"+0000\ndata 1\nc\n".encode())

    every = max(1, commits // records)
    commit(0)
    for path, o in first.items():
        file(path + ".mvc", pointer(o))
    for i in range(1000):
        file(f"src/p{i % 20}/f{i}.py", f"{i}\n")
    for i in range(1, commits):
        commit(i)
        run = i // every
        if i % every == 0 and run < records:
            out, text = texts[run]
            file(f".mvc/runs/{ids[run][:2]}/{ids[run][2:]}.json", text)
            file(out + ".mvc", pointer(oid("run", run), ids[run]))
        else:
            n = pick.randrange(1000)
            file(f"src/p{n % 20}/f{n}.py", f"{i}\n")
    git.stdin.close()
    if git.wait():
        sys.exit("git fast-import failed")
    subprocess.run(["git", "-C", folder, "reset", "-q", "--hard"], check=True)
    subprocess.run(["mvc", "-C", folder, "init"], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    os.umask(0o022)
    main()
