"""What DVC makes of the dvc.yaml here, as dvc.json has it (made with 3.67):

    git init x && cp -r . x && cd x && dvc init && mkdir work && python resolve.py
"""
import json
import os

from dvc.dependency import ParamsDependency
from dvc.repo import Repo

repo = Repo(".")


def stage(s):
    def path(o):
        p = os.path.normpath(os.path.join(s.wdir, o.def_path))
        return os.path.relpath(p, repo.root_dir)

    wdir = os.path.relpath(os.path.abspath(s.wdir), repo.root_dir)
    cmd = s.cmd if isinstance(s.cmd, list) else s.cmd.splitlines()
    params = [d for d in s.deps if isinstance(d, ParamsDependency)]
    return {
        "cmd": [c for c in map(str, cmd) if c.strip()],
        "wdir": "" if wdir == "." else wdir,
        "deps": sorted(path(d) for d in s.deps if d not in params),
        "params": {path(d): sorted(d.params) for d in params},
        "outs": sorted(
            [path(o), "metrics" if o.metric else "plots" if o.plot else "data",
             bool(o.persist)]
            for o in s.outs),
    }


stages = {s.name: stage(s) for s in repo.index.stages}
print(json.dumps(stages, indent=1, sort_keys=True))
