#!/usr/bin/env python3
"""Explicit-state checker for mvc's pack/root/tombstone protocol.

Store: keys with atomic put/get/delete, read-after-write per key, no
transactions, no locks.  Every read or write below is one interleaved step;
'tick' ages everything (ages saturate, so runs of any length are covered).
One chunk x; every pack holds x.  Pack names: P0 = the deterministic name
(hash of index) that everybody gets; PA, PB = the same objects under another
name (salt).  Roots: R0 = old version (its Git ref is dead), RA, RB = new ones,
R0S = a salted key for R0's oid.

Checked in every state
  S1  a root never lists a missing pack
  S2  a pull never fails while a root of its oid exists
  S3  whoever was told "pushed" (and pushed its ref) finds a root of its oid
"""
import sys, time
from collections import deque

PACKS = ("P0", "PA", "PB")
ROOTS = ("R0", "R0S", "RA", "RB")
P0, PA, PB = 0, 1, 2
R0, R0S, RA, RB = 0, 1, 2, 3
TR0 = 3				# slot of R0 in the trash vector
NAMES = PACKS + ("R0",)
# pusher pcs
LOOK, HAVE, TOMB, PUT, CHK, EXI, ROOT, CLEAR, REF, DONE, QUIT = range(11)
# puller pcs
PULL0, PULL1, PREAD, POK, PFAIL, PGONE = range(6)


class Cfg:
	G = 2			# grace, ticks
	D = 1			# deadline: check -> root, read roots -> delete
	W = 1			# a sweep may start while G <= age < G + W
	pushers = ("new",)	# new | old (same oid as R0) | tight (rewrites R0)
	ncol = 1
	pull = None		# None | R0 | RA
	restarts = 0		# crashes with restart, per pusher (a crash without
				# restart is a process that never moves again)
	init = "orphan"		# orphan: P0 without root; listed: R0 -> P0
	# rules
	late = False		# M2: check trash, then existence, then root
	salt = False		# M1: condemned name -> other name
	push_deadline = False	# M2: root within D of the check
	push_bound = False	# charity to the text: every push ends within G
	sweep_deadline = False	# M3: delete within D of reading the roots
	sweep_bound = False	# charity: every sweep ends within G
	retain = False		# M4: tombstone outlives the sweep (G+W+D)
	swapped = False		# ablation: existence before trash
	reread = False		# M5: puller re-reads root on a missing pack
	wild_mark = False	# mark may condemn anything, even wrongly
	ref_anew = True		# sweep reads Git's refs anew
	noop_check = False	# M6: no-op push looks at the tombstone too
	cond = (0, 1, 2, 3)	# names that a mark may condemn (state size)

	def __init__(self, **kw):
		for k, v in kw.items():
			assert hasattr(Cfg, k), k
			setattr(self, k, v)


def setat(t, i, v):
	return t[:i] + (v,) + t[i + 1:]


class Model:
	def __init__(self, c):
		self.c = c
		self.cap = c.G + c.W + c.D + (1 if c.retain else 0)
		self.retire = c.G + c.W + c.D
		used = set()
		for i, m in enumerate(c.pushers):
			used |= {(RA, RB)[i]} if m == "new" else {R0, R0S}
		if c.init == "listed":
			used.add(R0)
		self.keys = sorted(used)
		self.pcap = (c.G if c.push_bound else c.D) + 1
		self.scap = (c.G if c.sweep_bound else c.D) + 1

	def initial(self):
		c = self.c
		packs = (1, 0, 0)
		roots = (P0 if c.init == "listed" else -1, -1, -1, -1)
		trash = (-1,) * 4
		pu = tuple(self.fresh(i, c.restarts) for i in range(len(c.pushers)))
		co = ((0, -1, 0),) * c.ncol
		pl = (PULL0, -1, 0)
		return (packs, roots, trash, pu, co, pl, 0)	# last: ref of R0's oid

	def fresh(self, i, left):
		m = self.c.pushers[i]
		pc = LOOK if m in ("old", "tight") else HAVE
		return (pc, -1, R0 if m != "new" else (RA, RB)[i], 0, left)

	# -- properties
	def bad(self, s):
		packs, roots, trash, pu, co, pl, ref = s
		for k, p in enumerate(roots):
			if p >= 0 and not packs[p]:
				return "S1: root %s lists missing pack %s" % (ROOTS[k], PACKS[p])
		if pl[0] == PFAIL:
			t = self.c.pull
			if roots[t] >= 0 or (t == R0 and roots[R0S] >= 0):
				return "S2: pull failed though a root of its oid is there"
		if pl[0] == PGONE and pl[2]:
			return "S2: pull found no root of an acknowledged oid"
		for i, p in enumerate(pu):
			if p[0] == DONE:
				m = self.c.pushers[i]
				if m == "old" and roots[R0] < 0 and roots[R0S] < 0:
					return "S3: acknowledged push has no root"
				if m == "new" and roots[p[2]] < 0:
					return "S3: acknowledged push has no root"
		return None

	# -- steps
	def succ(self, s):
		packs, roots, trash, pu, co, pl, ref = s
		c = self.c
		# tick
		nt = tuple(a if a < 0 else min(a + 1, self.cap) for a in trash)
		# a push's clock runs from its first read (as written) or from
		# its last check (mended); elsewhere time does not matter to it
		runs = (EXI, ROOT, REF) if c.late else (TOMB, PUT, ROOT, CLEAR, REF)
		np = tuple((p[0], p[1], p[2], min(p[3] + 1, self.pcap)
			    if p[0] in runs else p[3], p[4]) for p in pu)
		nc = tuple((q[0], q[1], min(q[2] + 1, self.scap) if q[0] else 0) for q in co)
		yield "tick", (packs, roots, nt, np, nc, pl, ref)
		for i in range(len(pu)):
			yield from self.pusher(s, i)
		for j in range(len(co)):
			if j and co[j] == co[j - 1]:
				continue		# the same step twice
			yield from self.collector(s, j)
		if c.pull is not None:
			yield from self.puller(s)

	def pusher(self, s, i):
		packs, roots, trash, pu, co, pl, ref = s
		c = self.c
		pc, name, rk, age, left = pu[i]
		mode = c.pushers[i]
		who = "push%s " % "AB"[i]
		mine = (PA, PB)[i]

		def to(pc, name=name, rk=rk, age=age, left=left, packs=packs, roots=roots,
		       trash=trash, ref=ref):
			if pc == QUIT:
				name = rk = -1
			if pc in (DONE, QUIT):
				age = left = 0
			if pc == DONE:
				name = -1
			if c.late and pc in (HAVE, PUT):
				age = 0
			return (packs, roots, trash, setat(pu, i, (pc, name, rk, age, left)),
				co, pl, ref)

		if pc in (DONE, QUIT):
			return
		if left and pc not in (LOOK, HAVE):
			yield who + "crashes, is run again", setat(s, 3,
				setat(pu, i, self.fresh(i, left - 1)))
		if c.push_bound and age >= c.G:
			yield who + "gives up (longer than grace)", to(QUIT)
			return
		if pc == LOOK:
			if roots[R0] < 0:
				if mode == "tight":
					yield who + "no root to tighten", to(QUIT)
				else:
					yield who + "reads R0: absent", to(HAVE, age=0)
			elif mode == "tight":
				yield who + "reads R0, repacks", to(PUT, name=mine, age=0)
			elif c.noop_check:
				yield who + "reads R0: there", to(CHK, name=-1, age=0)
			else:
				yield who + "reads R0: there, nothing to send", to(REF, name=-1, age=0)
		elif pc == HAVE:
			if c.late:
				if packs[P0]:
					yield who + "plans to reuse P0", to(CHK, name=P0, age=0)
				else:
					yield who + "sees no P0", to(PUT, name=P0, age=0)
			elif packs[P0]:
				yield who + "sees P0", to(TOMB, name=P0, age=0)
			else:
				yield who + "sees no P0", to(PUT, name=P0, age=0)
		elif pc == TOMB:
			if trash[P0] < 0:
				yield who + "sees no tombstone, reuses P0", to(ROOT)
			else:
				n = mine if c.salt else P0
				yield who + "sees tombstone on P0, stores x again as %s" % PACKS[n], \
					to(PUT, name=n)
		elif pc == PUT:
			yield who + "puts pack " + PACKS[name], to(CHK if c.late else ROOT,
				packs=setat(packs, name, 1), age=age)
		elif pc == CHK:
			if name < 0:		# no-op push: only the root's key matters
				if trash[TR0] >= 0:
					yield who + "sees R0 condemned", to(HAVE, rk=R0S, age=0)
				else:
					yield who + "reads trash: R0 clean", \
						to(REF if c.swapped else EXI, age=0)
				return
			nrk = R0S if c.noop_check and rk == R0 and trash[TR0] >= 0 else rk
			if mode == "tight" and nrk != rk:
				yield who + "sees R0 condemned, leaves it", to(QUIT)
			elif trash[name] >= 0:
				if c.salt and name == P0:
					yield who + "sees P0 condemned, salts", to(PUT, name=mine, rk=nrk, age=0)
				elif not c.salt:
					yield who + "sees %s condemned, puts it again" % PACKS[name], \
						to(PUT if not packs[name] else EXI, rk=nrk, age=0)
				else:
					yield who + "quits (needs one more salt)", to(QUIT)
			else:
				yield who + "reads trash: %s clean" % PACKS[name], \
					to(ROOT if c.swapped else EXI, rk=nrk, age=0)
		elif pc == EXI:
			if name < 0:
				yield who + "reads R0 after trash", to(REF if roots[R0] >= 0 else HAVE)
			elif packs[name]:
				yield who + "reads %s: exists" % PACKS[name], to(ROOT)
			else:
				yield who + "reads %s: missing" % PACKS[name], to(PUT)
		elif pc == ROOT:
			if c.push_deadline and age > c.D:
				yield who + "too late, checks again", to(CHK, age=0)
			else:
				yield who + "puts root %s -> %s" % (ROOTS[rk], PACKS[name]), \
					to(REF if c.late else CLEAR, roots=setat(roots, rk, name))
		elif pc == CLEAR:
			yield who + "clears tombstone of " + PACKS[name], \
				to(REF, trash=setat(trash, name, -1))
		elif pc == REF:
			if mode == "tight":
				yield who + "done", to(QUIT)
			elif c.push_deadline and mode == "old" and age > c.D:
				yield who + "too late, looks again", to(LOOK, rk=R0, name=-1, age=0)
			else:
				yield who + "is acknowledged, git push", \
					to(DONE, ref=1 if mode == "old" else ref)

	def collector(self, s, j):
		packs, roots, trash, pu, co, pl, ref = s
		c = self.c
		pc, n, age = co[j]
		who = "gc%d " % j

		def to(pc, n=n, age=age, packs=packs, roots=roots, trash=trash):
			nco = setat(co, j, (pc, n, age))
			if c.wild_mark:
				nco = tuple(sorted(nco))
			return (packs, roots, trash, pu, nco, pl, ref)

		if pc == 0:
			# mark
			cand = [k for k in range(3) if packs[k] and trash[k] < 0 and
				(c.wild_mark or k not in roots)]
			if trash[TR0] < 0 and roots[R0] >= 0 and (c.wild_mark or not ref):
				cand.append(TR0)
			for k in cand:
				if k not in c.cond:
					continue
				yield who + "puts tombstone on " + NAMES[k], to(0, trash=setat(trash, k, 0))
			# start a sweep of one name
			for k in range(4):
				a = trash[k]
				if a < c.G or (c.retain and a >= c.G + c.W):
					continue
				yield who + "grace over for %s, starts to read roots" % NAMES[k], \
					to(1, n=k, age=0)
			if c.retain:
				for k in range(4):
					if trash[k] >= self.retire + 1:
						yield who + "retires tombstone of " + NAMES[k], \
							to(0, trash=setat(trash, k, -1))
			return
		late = (c.sweep_deadline and age > c.D) or (c.sweep_bound and age >= c.G)
		if late:
			yield who + "too late, starts over", to(0, n=-1, age=0)
			return
		if n == TR0:
			if pc == 1:
				if ref:
					yield who + "reads refs: R0 live", to(0, n=-1, age=0)
				else:
					yield who + "reads refs: R0 dead", to(90)
			elif pc == 90:
				yield who + "deletes root R0", to(91 if not c.retain else 0,
					n=n if not c.retain else -1,
					age=age if not c.retain else 0, roots=setat(roots, R0, -1))
			else:
				yield who + "deletes tombstone of R0", to(0, n=-1, age=0,
					trash=setat(trash, n, -1))
			return
		if pc <= len(self.keys):
			k = self.keys[pc - 1]
			if roots[k] == n:
				# the text: "a root that lists one clears it"
				yield who + "reads %s: lists %s, spared" % (ROOTS[k], NAMES[n]), \
					to(0, n=-1, age=0, trash=trash if c.retain else setat(trash, n, -1))
			else:
				nxt = pc + 1 if pc < len(self.keys) else 80
				yield who + "reads %s: does not list %s" % (ROOTS[k], NAMES[n]), to(nxt)
		elif pc == 80:
			if trash[n] < 0:
				yield who + "tombstone gone, spared", to(0, n=-1, age=0)
			else:
				yield who + "still has its tombstone", to(81)
		elif pc == 81:
			yield who + "DELETES pack " + PACKS[n], to(82 if not c.retain else 0,
				n=n if not c.retain else -1, age=age if not c.retain else 0,
				packs=setat(packs, n, 0))
		else:
			yield who + "deletes tombstone of " + PACKS[n], to(0, n=-1, age=0,
				trash=setat(trash, n, -1))

	def puller(self, s):
		packs, roots, trash, pu, co, pl, ref = s
		c = self.c
		pc, n, live = pl

		def to(*pl):
			return (packs, roots, trash, pu, co, pl, ref)

		if pc == PULL0:
			lv = live or (ref if c.pull == R0 else 0)
			if roots[c.pull] >= 0:
				yield "pull reads root %s -> %s" % (ROOTS[c.pull], PACKS[roots[c.pull]]), \
					to(PREAD, roots[c.pull], lv)
			elif c.pull == R0:
				yield "pull reads root R0: absent", to(PULL1, -1, lv)
			# a root that was never pushed: nothing to pull yet
		elif pc == PULL1:
			if roots[R0S] >= 0:
				yield "pull reads root R0S", to(PREAD, roots[R0S], live)
			else:
				yield "pull finds no root", to(PGONE, -1, live)
		elif pc == PREAD:
			if packs[n]:
				yield "pull reads pack " + PACKS[n], to(POK, -1, 0)
			elif c.reread:
				yield "pull misses %s, reads the root again" % PACKS[n], to(PULL0, -1, live)
			else:
				yield "pull misses pack " + PACKS[n], to(PFAIL, -1, live)


def check(c, limit=1200000):
	m = Model(c)
	s0 = m.initial()
	par = {s0: None}
	q = deque([s0])
	t = time.process_time()
	while q:
		s = q.popleft()
		b = m.bad(s)
		if b:
			tr = []
			x = s
			while par[x]:
				lab, x = par[x]
				tr.append(lab)
			return b, tr[::-1], len(par), time.process_time() - t
		for lab, n in m.succ(s):
			if n not in par:
				par[n] = (lab, s)
				q.append(n)
		if len(par) > limit:
			return "LIMIT", [], len(par), time.process_time() - t
	return None, [], len(par), time.process_time() - t


MEND = dict(late=True, salt=True, push_deadline=True, sweep_deadline=True,
	    retain=True, reread=True, noop_check=True, wild_mark=True)


def report(title, verbose=True, **kw):
	b, tr, n, t = check(Cfg(**kw))
	print("%-66s %s  [%d states, %.1f s]" % (title, "holds" if not b else "FAILS: " + b, n, t))
	if verbose:
		for k, l in enumerate(tr):
			print("      %2d  %s" % (k + 1, l))
	sys.stdout.flush()
	return b


def main():
	which = sys.argv[1] if len(sys.argv) > 1 else "all"
	if which in ("all", "written"):
		print("== the protocol as written")
		report("W1 no bound on a push's duration", pushers=("new",))
		report("W2 + every push and sweep ends within the grace",
		       pushers=("new",), push_bound=True, sweep_bound=True)
		report("W3 + salted re-store; sweeps may be slow, 2 gc", pushers=("new", "new"), ncol=2,
		       push_bound=True, salt=True)
		report("W4 re-push of an old version (root there: nothing to send)",
		       pushers=("old",), init="listed", push_bound=True, sweep_bound=True, salt=True)
		report("W5 pull longer than grace while a root is rewritten",
		       pushers=("tight",), init="listed", pull=R0,
		       push_bound=True, sweep_bound=True, salt=True)
	if which in ("all", "mended", "short"):
		print("== mended (mark may condemn anything at any time)")
		cases = (
		    ("1 pusher, crashes once, 2 gc", dict(pushers=("new",), ncol=2, restarts=1)),
		    ("2 pushers, 2 gc (only the shared pack is condemned)",
		     dict(pushers=("new", "new"), ncol=2, cond=(0,))),
		    ("2 pushers, 1 gc, old root listed", dict(pushers=("new", "new"), init="listed", cond=(0, 1, 3))),
		    ("re-pusher, 2 gc", dict(pushers=("old",), ncol=2, init="listed", cond=(0, 3))),
		    ("re-pusher, 1 gc, puller", dict(pushers=("old",), pull=R0, init="listed", cond=(0, 3))),
		    ("pusher + re-pusher, 1 gc", dict(pushers=("new", "old"), init="listed", cond=(0, 3))),
		    ("pusher + tightener, 1 gc, puller", dict(pushers=("new", "tight"), pull=R0, init="listed", cond=(0, 3))),
		    ("2 tighteners of one root, 1 gc, puller", dict(pushers=("tight", "tight"), pull=R0, init="listed", cond=(0, 1))),
		)
		for title, kw in cases[:2] if which == "short" else cases:
			report(title, **dict(MEND, **kw))
	if which in ("all", "ablate"):
		print("== each rule is needed (mended minus one)")
		base = dict(MEND, wild_mark=False)
		for title, kw in (
		    ("without M1 salt", dict(salt=False, pushers=("new",))),
		    ("without M2 deadline check->root", dict(push_deadline=False, pushers=("new",))),
		    ("M2 with the no-op reading root before trash", dict(swapped=True, pushers=("old",), init="listed")),
		    ("without M3 deadline read roots->delete", dict(sweep_deadline=False, pushers=("new",), ncol=2)),
		    ("without M4 tombstone outlives sweep", dict(retain=False, pushers=("new",), ncol=2)),
		    ("without M5 puller re-reads root", dict(reread=False, pushers=("tight",), init="listed", pull=R0)),
		    ("without M6 no-op push checks root's tombstone", dict(noop_check=False, pushers=("old",), init="listed")),
		    ("grace = deadline (G=1, D=1)", dict(G=1, D=1, pushers=("new",))),
		):
			report(title, verbose=False, **dict(base, **kw))


main()
