"""Every system call of a command failing, one by one; see tests/faults.sh.

The kind `room` is no fault but a full file system: AT is how many KiB are
free in FOLDER, which has to be a small one of its own (tests/full-sweep.sh).

Each trial: a fresh copy of a repository, one command with one fault (of
tests/fault.c), and then, without faults: the exit status was honest, a text
said why, `fsck --full` is clean, both commits restore byte for byte, the same
command run again ends as if nothing had been, and nothing is left over.

faults.py MVC FAULT.SO FOLDER [-s SEED] [-n TRIALS] [-e EVERY] [-c COMMAND]
          [-k KIND] [-a AT] [-p MVC] [-j JOBS] [-v]

-p is the mvc that prepares and checks, where the one that is tested is slow,
as with sanitizers.
"""
import argparse
import errno
import hashlib
import mmap
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

FILES = 'open,create,read,write,fsync,rename,unlink,make,size,mode,stat,' \
    'list,map,close,lock'
ALL = FILES + ',dup,pipe,random,hint,name'
SPACE = 'create,write,fsync,rename,make,size'
CHANGES = 'create,write,fsync,rename,unlink,make,size,mode'

# name: calls, errno (0: cut short), how many (0: all from there), every
# how manieth, carried out all the same, made by whom
KINDS = {
    'eio': (ALL, errno.EIO, 1, 1, 0, ''),
    'eio-on': (ALL, errno.EIO, 0, 1, 0, ''),
    'full': (SPACE, errno.ENOSPC, 1, 1, 0, ''),
    'full-on': (SPACE, errno.ENOSPC, 0, 1, 0, ''),
    'readonly-on': (CHANGES, errno.EROFS, 0, 1, 0, ''),
    'done-eio': (CHANGES, errno.EIO, 1, 1, 1, ''),
    'short': ('read,write', 0, 1, 1, 0, ''),
    'short-on': ('read,write', 0, 0, 1, 0, ''),
    'eintr': ('open,create,read,write,fsync,size,close,lock', errno.EINTR,
              1, 1, 0, ''),
    'eintr-on': ('open,create,read,write,fsync,size,close,lock',
                 errno.EINTR, 0, 2, 0, 'mvc'),
    'handles-on': ('open,create,list,dup,pipe', errno.EMFILE, 0, 1, 0, ''),
    'hints-on': ('hint', errno.EOPNOTSUPP, 0, 1, 0, ''),
    'threads': ('thread', errno.EAGAIN, 1, 1, 0, ''),
    'threads-on': ('thread', errno.EAGAIN, 0, 1, 0, ''),
    'memory': ('alloc', errno.ENOMEM, 1, 1, 0, 'mvc,libzstd'),
    'memory-on': ('alloc', errno.ENOMEM, 0, 1, 0, 'mvc,libzstd'),
    'memory-git2': ('alloc', errno.ENOMEM, 1, 1, 0, 'libgit2'),
    'room': ('', errno.ENOSPC, 0, 1, 0, ''),
}
# Faults that a command is to get over.
HARMLESS = {'short', 'short-on', 'eintr-on', 'hints-on'}
# Where not even a lock can be removed.
GIVES_UP = {'eio-on', 'readonly-on', 'done-eio', 'memory-git2'}
DATA = ['d', 'big.bin', 'e', 'f']


class Bad(Exception):
    pass


def noise(n, seed):
    return random.Random(seed).randbytes(n)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data)


class Place:
    """A repository r, a linked work tree of it, and how to ask them."""

    def __init__(self, top, mvc):
        self.top, self.mvc = top, mvc  # the one that is not tested
        self.r = os.path.join(top, 'r')
        self.linked = os.path.join(top, 'linked')

    def run(self, words, cwd=None, env=None, mvc=None):
        argv = words
        if words[0] == 'mvc':
            argv = [mvc or self.mvc] + words[1:]
        e = dict(os.environ, **(env or {}))
        try:
            return subprocess.run(argv, cwd=cwd or self.r, env=e, timeout=60,
                                  stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, errors='replace',
                                  stderr=subprocess.PIPE)
        except subprocess.TimeoutExpired:
            raise Bad('%s: not done after a minute' % ' '.join(words))

    def must(self, *words, cwd=None):
        p = self.run(list(words), cwd)
        if p.returncode:
            raise Bad('%s: %d: %s%s' % (' '.join(words), p.returncode,
                                        p.stdout, p.stderr))
        return p.stdout

    def copy_to(self, top):
        shutil.rmtree(top, ignore_errors=True)
        subprocess.run(['cp', '-a', self.top, top], check=True)
        to = Place(top, self.mvc)
        if os.path.isdir(to.linked):
            for path, text in (
                    ('r/.git/worktrees/linked/gitdir', 'linked/.git'),
                    ('linked/.git', 'r/.git/worktrees/linked')):
                head = 'gitdir: ' if path == 'linked/.git' else ''
                with open(os.path.join(top, path), 'w') as f:
                    f.write(head + os.path.join(top, text) + '\n')
        return to

    def files(self, top=None, only=None):
        """What lies in the work tree: kind and content of each file."""
        out = []
        top = top or self.r
        for folder, dirs, files in os.walk(top):
            if folder == top:
                dirs[:] = [d for d in dirs if d != '.git' and
                           (not only or d in only)]
                files = [f for f in files if f != '.git' and
                         (not only or f in only)]
            # leftovers() looks at these.
            files = [f for f in files if '.mvc-tmp-' not in f]
            dirs.sort()
            for name in sorted(files + [d for d in dirs if os.path.islink(
                    os.path.join(folder, d))]):
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    what = 'link ' + os.readlink(path)
                else:
                    with open(path, 'rb') as f:
                        what = hashlib.sha256(f.read()).hexdigest()
                    what += ' x' if os.stat(path).st_mode & 0o100 else ''
                out.append(os.path.relpath(path, top) + ' ' + what)
        return '\n'.join(out)

    def state(self, extra):
        parts = [self.files(), self.must('git', 'ls-files', '-s')]
        for words in extra:
            p = self.run(words)
            parts.append('%d %s' % (p.returncode, p.stdout))
        status = ''
        if os.path.isdir(os.path.join(self.r, '.git/mvc')):
            status = self.must('mvc', 'status', '--porcelain')
        text = '\n'.join(parts)
        for known in self.ids():
            text = text.replace(known, 'ID')
        return text, status

    def ids(self):
        """What `init` makes at random: the id, and what holds it."""
        path = os.path.join(self.r, '.mvc/config')
        if os.path.isdir(self.linked) or not os.path.exists(path):
            return []
        with open(path, 'rb') as f:
            data = f.read()
        blob = hashlib.sha1(b'blob %d\0' % len(data) + data).hexdigest()
        return re.findall('[0-9a-f]{32}', data.decode()) + [
            hashlib.sha256(data).hexdigest(), blob] + self.run(
            ['git', 'config', 'mvc.clone']).stdout.split()

    def restore(self, rev):
        self.must('git', 'checkout', '-q', '-f', '--detach', rev,
                  cwd=self.linked)
        for name in DATA:
            path = os.path.join(self.linked, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.remove(path)
        self.must('mvc', 'checkout', cwd=self.linked)
        return self.files(self.linked, DATA)

    def leftovers(self):
        """What gc leaves of temporaries; to it they are of yesterday."""
        for folder, dirs, files in os.walk(self.r):
            for name in files:
                if '.mvc-tmp-' in name:
                    os.utime(os.path.join(folder, name), (1, 1),
                             follow_symlinks=False)
        self.must('mvc', 'gc', '--now', '--yes')
        out = []
        for folder, dirs, files in os.walk(self.r):
            for name in files:
                if 'mvc-tmp' in name or (name.endswith('.lock') and
                                         name != 'statcache.lock'):
                    out.append(os.path.relpath(os.path.join(folder, name),
                                               self.r))
        return out


# ---- the repository ----

def edit(p):
    """Changes that are not committed."""
    write(p.r + '/d/new', noise(30000, 50))
    write(p.r + '/d/3', noise(2000, 51))
    os.remove(p.r + '/d/4')
    with open(p.r + '/big.bin', 'r+b') as f:
        f.seek(1500000)
        f.write(noise(100000, 52))


def base(top, mvc):
    p = Place(top, mvc)
    os.makedirs(p.r)
    p.must('git', 'init', '-q', '-b', 'main')
    p.must('mvc', 'init')
    for i in range(12):
        write('%s/d/%d' % (p.r, i), noise(1000 + 700 * i, i))
    write(p.r + '/d/sub/table', b'a,b,c\n1,2,3\n' * 3000)
    os.chmod(p.r + '/d/2', 0o755)
    os.symlink('sub/table', p.r + '/d/link')
    write(p.r + '/big.bin', noise(2500000, 20))
    p.must('mvc', 'add', 'd', 'big.bin')
    p.must('git', 'commit', '-qm', 'One')
    write(p.r + '/d/1', noise(5000, 30))
    write(p.r + '/d/sub/more', noise(90000, 31))
    os.remove(p.r + '/d/5')
    with open(p.r + '/big.bin', 'r+b') as f:
        f.write(noise(70000, 32))
    p.must('mvc', 'add', 'd', 'big.bin')
    p.must('git', 'commit', '-qm', 'Two')
    p.must('git', 'worktree', 'add', '-q', '--detach', p.linked)
    return p


def damage(p):
    """Wrong bytes in every pack that has content of HEAD's big.bin."""
    folder = p.r + '/.git/mvc/packs'
    sizes = []
    for where, _, files in os.walk(folder):
        sizes += [(os.path.getsize(os.path.join(where, f)),
                   os.path.join(where, f)) for f in files]
    for size, path in sorted(sizes)[-2:]:
        os.chmod(path, 0o644)
        with open(path, 'r+b') as f:
            f.seek(size // 3)
            f.write(b'damage')


def junk(p):
    # Named by a file of the work tree alone.
    write(p.r + '/apart/only', noise(20000, 61))
    p.must('mvc', 'add', '--no-stage', 'apart/only')
    write(p.r + '/junk', noise(600000, 60))
    p.must('mvc', 'add', 'junk')
    p.must('git', 'rm', '-q', '--cached', 'junk.mvc')
    os.remove(p.r + '/junk')
    os.remove(p.r + '/junk.mvc')


def bare_start(p):
    shutil.rmtree(p.top)
    os.makedirs(p.r)
    p.must('git', 'init', '-q', '-b', 'main')


def older(p):
    p.must('git', 'checkout', '-q', 'HEAD~1')


def older_damaged(p):
    older(p)
    write(p.r + '/d/3', noise(2000, 51))


GONE = ['sh', '-c', 'cd .git/mvc && find packs -type f -size +500k | wc -l']
CONFIG = ['git', 'config', '--local', '--get-regexp', 'mvc|merge']

# name: the command, what is done before, what else its end is told by
COMMANDS = {
    'add': (['mvc', 'add', 'd', 'big.bin'], edit, []),
    'add-new': (['mvc', 'add', 'f'],
                lambda p: write(p.r + '/f', noise(400000, 70)), []),
    'checkout': (['mvc', 'checkout'], older, []),
    'checkout-force': (['mvc', 'checkout', '--force'], older_damaged, []),
    'checkout-lost': (['mvc', 'checkout'],
                      lambda p: shutil.rmtree(p.r + '/d'), []),
    'mv': (['mvc', 'mv', 'd', 'e'], None, []),
    'mv-part': (['mvc', 'mv', 'd/sub', 'd/there'], None, []),
    'rm': (['mvc', 'rm', 'd'], None, []),
    'rm-part': (['mvc', 'rm', 'd/sub'], None, []),
    'rm-cached': (['mvc', 'rm', '--cached', 'big.bin'], None, []),
    'gc': (['mvc', 'gc', '--yes'], junk, []),
    'gc-now': (['mvc', 'gc', '--now', '--yes'], junk, [GONE]),
    'heal': (['mvc', 'fsck', '--full'], damage, []),
    'init': (['mvc', 'init'], bare_start, [CONFIG]),
    'status': (['mvc', 'status'], edit, []),
    'sparse': (['mvc', 'sparse', 'set', 'd/sub'], None,
               [['mvc', 'sparse', 'list']]),
    'label': (['mvc', 'label', 'd', 'licence=MIT'], None, []),
    'config': (['mvc', 'config', '--local', 'mvc.jobs', '2'], None, [CONFIG]),
    'config-project': (['mvc', 'config', '--project', 'mvc.track.size', '5m'],
                       None, []),
    'install': (['mvc', 'install'],
                lambda p: p.must('mvc', 'install', '--uninstall'), [CONFIG]),
}
# Their answer is a finding, not a failure.
ENDS = {'heal': (0, 1)}


class Scenario:
    def __init__(self, name, start, folder):
        self.name = name
        self.words, before, self.extra = COMMANDS[name]
        self.ends = ENDS.get(name, (0,))
        self.base = start.copy_to(os.path.join(folder, 'base-' + name))
        if before:
            before(self.base)
        self.first = self.state_of_copy(folder, False)
        self.last = self.state_of_copy(folder, True)

    def state_of_copy(self, folder, run):
        p = self.base.copy_to(os.path.join(folder, 'try'))
        if run:
            done = p.run(self.words)
            if done.returncode not in self.ends:
                raise Bad('%s without a fault: %s' % (self.name, done.stderr))
        return p.state(self.extra)


# ---- trials ----

class Tester:
    def __init__(self, a, folder):
        self.a, self.folder = a, folder
        self.start = base(os.path.join(folder, 'start'), a.plain or a.mvc)
        self.kept = {rev: self.start.restore(rev) for rev in
                     ('main', 'main~1')}
        self.scenarios = {}
        self.counts = {}
        self.free = list(range(a.jobs))

    def scenario(self, name):
        if name not in self.scenarios:
            self.scenarios[name] = Scenario(name, self.start, self.folder)
        return self.scenarios[name]

    def with_fault(self, p, s, kind, at):
        calls, error, times, step, done, who = KINDS[kind]
        state = p.top + '.state'
        with open(state, 'wb') as f:
            f.truncate(4096)
        env = {'LD_PRELOAD': self.a.fault, 'FAULT_CALLS': calls,
               'FAULT_ROOT': p.top, 'FAULT_STATE': state,
               'FAULT_AT': str(at), 'FAULT_FOR': str(times),
               'FAULT_STEP': str(step), 'FAULT_ERROR': str(error),
               'FAULT_DONE': str(done), 'MALLOC_PERTURB_': '165',
               'ASAN_OPTIONS': 'verify_asan_link_order=0'}
        if who:
            env['FAULT_FROM'] = who
        if calls == 'alloc' and 'mvc' in who and not self.a.plain:
            env['FAULT_LEAKS'] = '1'
        out = p.run(s.words, env=env, mvc=self.a.mvc)
        with open(state, 'rb') as f:
            page = f.read()
        met, leaked = struct.unpack('QQ', page[:16])
        if leaked:
            raise Bad('%d leaked, the first by %s' % (
                leaked, page[3516:].split(b'\0')[0].decode()))
        return out, met, page[16:].split(b'\n')[0].decode(errors='replace')

    def with_room(self, p, s, kib):
        fill = p.top + '.fill'
        v = os.statvfs(self.folder)
        with open(fill, 'wb') as f:
            size = v.f_bavail * v.f_frsize - (kib << 10)
            if size > 0:
                os.posix_fallocate(f.fileno(), 0, size)
        try:
            out = p.run(s.words, mvc=self.a.mvc)
        finally:
            os.remove(fill)
        return out, kib, '%d KiB free' % kib

    def room(self, s):
        """So many KiB, to the power of two, are enough."""
        kib = 4
        while kib < 1 << 20:
            p = s.base.copy_to(os.path.join(self.folder, 'try'))
            out = self.with_room(p, s, kib)[0]
            if out.returncode in s.ends:
                break
            kib *= 2
        shutil.rmtree(p.top)
        return kib

    def count(self, name, kind):
        key = (name, KINDS[kind][0], KINDS[kind][5])
        if key not in self.counts:
            s = self.scenario(name)
            if kind == 'room':
                self.counts[key] = self.room(s)
                return self.counts[key]
            p = s.base.copy_to(os.path.join(self.folder, 'try'))
            self.counts[key] = self.with_fault(p, s, kind, 0)[1]
        return self.counts[key]

    def check_answer(self, s, kind, out):
        text = out.stderr
        # libgit2 1.5 does not check every allocation of its own: what it
        # does then is as good as a kill.
        if kind == 'memory-git2' and (
                out.returncode in (-11, -6) or
                re.search('#[0-3] .*libgit2', text)):
            return
        if out.returncode < 0 or 'Sanitizer' in text or \
                'runtime error' in text:
            raise Bad('it crashed (%d)' % out.returncode)
        if out.returncode not in s.ends:
            if kind in HARMLESS:
                raise Bad('it gave up')
            if 'changed meanwhile' in out.stdout:
                raise Bad('it says that somebody changed a file')
            if out.returncode == 1 and not text and 'kept ' in out.stdout:
                return  # a file that is kept, and why
            if not text.strip():
                raise Bad('it failed (%d) without a word' % out.returncode)
            if ': Success' in text or not text.startswith('mvc') or \
                    re.search(r': *$', text):
                raise Bad('it does not say why')

    def check_after(self, s, p, kind, out):
        linked = os.path.isdir(p.linked)
        if out.returncode == 0 and s.name != 'status':
            got = p.state(s.extra)
            if got[0] != s.last[0] or (got != s.last and not out.stderr):
                raise Bad('it said 0 and had not done it:\n' +
                          difference(s.last, got))
        if linked and s.name != 'heal':
            self.check_whole(p)
        if kind in GIVES_UP:
            lock = p.r + '/.git/config.lock'
            if os.path.exists(lock):
                if out.returncode == 0:
                    raise Bad('it left config.lock without a word')
                os.remove(lock)
        again = p.run(s.words)
        got = p.state(s.extra)
        if got != s.last:
            raise Bad('again (%d %s): another end:\n%s' % (
                again.returncode, again.stderr, difference(s.last, got)))
        if s.name == 'heal':
            p.run(s.words)
        self.check_whole(p)
        left = p.leftovers()
        if left:
            raise Bad('left over: ' + ' '.join(left))

    def check_whole(self, p):
        p.must('mvc', 'fsck', '--full')
        if os.path.isdir(p.linked):
            for rev, kept in self.kept.items():
                got = p.restore(rev)
                if got != kept:
                    raise Bad('%s does not restore:\n%s' % (
                        rev, difference(kept, got)))

    def trial(self, name, kind, at):
        s = self.scenario(name)
        job = self.free.pop()
        p = s.base.copy_to(os.path.join(self.folder, 'try%d' % job))
        out = hit = None
        try:
            if kind == 'room':
                out, n, hit = self.with_room(p, s, at)
            else:
                out, n, hit = self.with_fault(p, s, kind, at)
            if not hit:
                return False
            self.check_answer(s, kind, out)
            self.check_after(s, p, kind, out)
            if self.a.verbose:
                print('%s %s %d: %d %s | %s' % (
                    name, kind, at, out.returncode, hit,
                    out.stderr.strip()), flush=True)
            return True
        except Bad as e:
            raise Bad('%s, %s from call %d on (%s): exit %s\n%s%s' % (
                name, kind, at, hit, out and out.returncode,
                out.stderr if out else '', e))
        finally:
            self.free.append(job)


def difference(a, b):
    if isinstance(a, tuple):
        a, b = '\n'.join(a), '\n'.join(b)
    a, b = set(a.split('\n')), set(b.split('\n'))
    return ''.join('  -%s\n' % x for x in sorted(a - b)) + \
        ''.join('  +%s\n' % x for x in sorted(b - a))


def plan(t, a):
    """(command, kind, at): all of them, or so many from the seed."""
    names = a.command or list(COMMANDS)
    kinds = a.kind or [k for k in KINDS if k != 'room']
    if a.trials:
        r, todo = random.Random(a.seed), []
        while len(todo) < a.trials:
            name, kind = r.choice(names), r.choice(kinds)
            n, at = t.count(name, kind), r.random()
            if n:
                todo.append((name, kind, 1 + int(at * n)))
        return todo
    return [(name, kind, i) for name in names for kind in kinds
            for i in ([a.at] if a.at else
                      range(1 + a.seed % a.every, 1 + t.count(name, kind),
                            a.every))]


def main():
    o = argparse.ArgumentParser()
    o.add_argument('mvc')
    o.add_argument('fault')
    o.add_argument('folder')
    o.add_argument('-s', '--seed', type=int, default=1)
    o.add_argument('-n', '--trials', type=int, default=0)
    o.add_argument('-c', '--command', action='append')
    o.add_argument('-k', '--kind', action='append')
    o.add_argument('-e', '--every', type=int, default=1)
    o.add_argument('-p', '--plain')
    o.add_argument('-a', '--at', type=int, default=0)
    o.add_argument('-j', '--jobs', type=int, default=1)
    o.add_argument('-v', '--verbose', action='store_true')
    a = o.parse_args()
    t = Tester(a, a.folder)
    todo = plan(t, a)
    print('%d trials (seed %d)' % (len(todo), a.seed), flush=True)
    start, hit, bad = time.time(), 0, []

    def one(x):
        try:
            return t.trial(*x)
        except Bad as e:
            return e
    with ThreadPoolExecutor(a.jobs) as pool:
        for got in pool.map(one, todo):
            if isinstance(got, Bad):
                bad.append(got)
                print('%s\n' % got, flush=True)
            elif got:
                hit += 1
                if hit % 500 == 0:
                    print('%d of %d' % (hit, len(todo)), flush=True)
    print('%d faults met, %d bad, %.0f s' % (hit, len(bad),
                                             time.time() - start))
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
