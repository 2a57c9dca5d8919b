#!/usr/bin/env python3
"""Restore what a pointer stands for, from a store, by mvc-format(5) alone.

usage: reader.py STORE NAME.mvc OUTPUT

Shares no code with mvc. Needs the packages blake3 and zstandard.
"""
import functools
import glob
import os
import struct
import sys

import zstandard
from blake3 import blake3

CHUNK, RECIPE, PART, TREE = 1, 2, 3, 4
CHUNK_MAX, OBJECT_MAX = 262144, 33554432

def need(condition, what):
    if not condition:
        raise ValueError(what)

def hash(data):
    return blake3(data).digest()

def derive(context, data):
    return blake3(data, derive_key_context=context).digest()

def read_pointer(path):
    with open(path, "rb") as f:
        text = f.read(4097)
    need(len(text) <= 4096, "the pointer is too long")
    lines = text.replace(b"\r\n", b"\n").decode().split("\n")
    need(lines[0] == "mvc pointer 1", "no pointer, or of a later version")
    need(lines[-1] == "", "the pointer is cut short")
    known = {}
    for line in lines[1:-1]:
        key, _, value = line.partition(" ")
        need(value, "a line of the pointer is malformed")
        need(key != "ids", "ids are keyed")
        if key in ("oid", "type", "size", "files"):
            need(key not in known, "twice " + key)
            known[key] = value
    need(known["type"] in ("file", "executable", "tree"), "unknown type")
    oid = bytes.fromhex(known["oid"])
    need(len(oid) == 32, "no id")
    return oid, known["type"], int(known["size"]), int(known.get("files", 1))

def unzstd(packed, size):
    need(packed[:4] == b"\x28\xb5\x2f\xfd", "no zstd frame")
    need(zstandard.frame_content_size(packed) == size, "size of a frame")
    d = zstandard.ZstdDecompressor().decompressobj()
    raw = d.decompress(packed)
    need(d.eof and not d.unused_data and len(raw) == size, "a frame's end")
    return raw

def unplanes(packed, n, w):
    q, t = divmod(n, w)
    need(q > 0 and len(packed) >= 4 * w, "planes are cut short")
    heads = struct.unpack_from("<%dI" % w, packed)
    at, raw = 4 * w, bytearray(q * w)
    need(at + sum(h & 0x7fffffff for h in heads) + t == len(packed),
         "lengths of planes")
    for k, h in enumerate(heads):
        lane = packed[at:at + (h & 0x7fffffff)]
        at += len(lane)
        if h >> 31:
            lane = unzstd(lane, q)
        need(len(lane) == q, "length of a lane")
        raw[k::w] = lane
    return bytes(raw) + packed[at:]

def decode(codec, packed, n):
    need(codec <= 3, "a codec of a later version")
    if codec == 0:
        need(len(packed) == n, "length of a raw object")
        return packed
    if codec == 1:
        return unzstd(packed, n)
    return unplanes(packed, n, 2 * (codec - 1))

class Segment:
    def __init__(self, path):
        self.name = bytes.fromhex(os.path.basename(path))
        with open(path, "rb") as f:
            data = f.read()
        need(data[:8] == b"MVCsegm\1", "no segment, or of a later version")
        packs, covers, _salt, *counts = struct.unpack_from("<IIQ4Q", data, 8)
        n = sum(counts)
        blocks = (n + 1023) // 1024
        head = 56 + 40 * packs + 32 * covers + 16 * blocks
        need(head + 53 * n == len(data), "length of a segment")
        name = derive("mvc segment 1", data[:head])
        need(name == self.name, "segment's name")
        self.packs = [data[56 + 40 * i:][:32] for i in range(packs)]
        at = 56 + 40 * packs
        self.covers = [data[at + 32 * i:][:32] for i in range(covers)]
        at += 32 * covers
        for b in range(blocks):
            block = data[head + 53 * 1024 * b:][:53 * min(1024, n - 1024 * b)]
            need(hash(block)[:16] == data[at + 16 * b:][:16],
                 "check of a segment")
        self.entries = {}
        at = head
        for kind, count in enumerate(counts, 1):
            for oid, *place in struct.iter_unpack("<32sIQIIB",
                                                  data[at:at + 53 * count]):
                self.entries.setdefault((kind, oid), []).append(place)
            at += 53 * count

def read_lines(path, kind):
    with open(path, "rb") as f:
        body, _, end = f.read().rpartition(b"end ")
    need(end == hash(body).hex().encode() + b"\n", "check of a " + kind)
    need(body.startswith(f"mvc {kind} 1\n".encode()), "version of a " + kind)
    return body.decode().split("\n")[1:-1]

def check_format(path):
    for line in read_lines(os.path.join(path, "format"), "store"):
        key, *words = line.split(" ")
        need(key != "ids" or words == ["blake3"], "the store's ids")
        need(key != "incompatible" or words in ([], ["planes"]), "a feature")

def read_root(path):
    return dict(x.split(" ", 1) for x in read_lines(path, "root"))

class Store:
    def __init__(self, path):
        self.path = path
        check_format(path)
        segments = [Segment(p) for p in glob.glob(
            os.path.join(glob.escape(path), "segments", "?" * 64))]
        covered = {c for s in segments for c in s.covers}
        self.segments = sorted(segments, key=lambda s: s.name in covered)

    def check_roots(self, oid, kind, size, files):
        """Whoever claims a pointer, in whole or part, says what it says."""
        folder = os.path.join(glob.escape(self.path), "roots/*/")
        for path in glob.glob(folder + oid.hex() + "*"):
            root = read_root(path)
            need(root["claim"] in ("whole", "part"), "an unknown claim")
            need(root["oid"] == oid.hex() and root["size"] == str(size) and
                 (root["type"] == "tree") == (kind == "tree") and
                 root["files"] == str(files), "root and pointer differ")

    def pack_path(self, name):
        return os.path.join(self.path, "packs", name.hex()[:2],
                            name.hex() + ".pack")

    @functools.lru_cache(None)
    def index(self, name):
        """(kind, id) -> (check, offset, raw, packed, codec) of a pack."""
        with open(self.pack_path(name), "rb") as f:
            data = f.read()
        need(data[:8] == b"MVCpack\1" and data[-8:] == b"MVCpend\1",
             "no pack, or of a later version")
        at, length = struct.unpack_from("<QQ", data, len(data) - 56)
        need(at + length + 56 == len(data), "place of an index")
        index = data[at:at + length]
        need(derive("mvc pack 1", index) == name == data[-40:-8],
             "name of a pack")
        count, needs, _salt = struct.unpack_from("<IIQ", index)
        need(16 + 32 * needs + 66 * count == length, "counts of a pack")
        return {(kind, oid): (check, *place, codec)
                for oid, check, *place, kind, codec in struct.iter_unpack(
                    "<32s16sQIIBB", index[16 + 32 * needs:])}

    def read(self, kind, oid, name, place):
        _pack, offset, packed, raw, codec = place
        need(0 < packed <= OBJECT_MAX and 0 < raw <= OBJECT_MAX, "lengths")
        with open(self.pack_path(name), "rb") as f:
            f.seek(offset)
            data = f.read(packed)
        need(len(data) == packed, "a pack is cut short")
        check, *same = self.index(name)[kind, oid]
        need(same == [offset, raw, packed, codec], "segment and pack differ")
        need(hash(data)[:16] == check, "check of an object")
        out = decode(codec, data, raw)
        ids = {CHUNK: hash(out), RECIPE: oid, TREE: derive("mvc tree 1", out),
               PART: derive("mvc recipe 1", out)}
        need(ids[kind] == oid, "id of an object")
        return out

    def has(self, kind, oid):
        return any((kind, oid) in s.entries for s in self.segments)

    def get(self, kind, oid):
        fault = ValueError("object %s is not there" % oid.hex())
        for s in self.segments:
            for place in s.entries.get((kind, oid), []):
                try:
                    return self.read(kind, oid, s.packs[place[0]], place)
                except (ValueError, OSError) as e:
                    fault = e
        raise fault

def chunks(store, kind, oid, level, size):
    node = store.get(kind, oid)
    version, lv, flags, total, count = struct.unpack_from("<BBHQI", node)
    need(version == 1 and flags == 0, "a recipe of a later version")
    need(total == size and 1 <= count <= 2048 and lv <= 7, "a recipe's head")
    need(level is None or lv == level, "level of a part")
    each = "<32sQ" if lv else "<32sI"
    at = 16 + count * struct.calcsize(each)
    for child, length in struct.iter_unpack(each, node[16:at]):
        need(0 < length <= total, "lengths of a recipe")
        total -= length
        if lv:
            yield from chunks(store, PART, child, lv - 1, length)
        else:
            chunk = store.get(CHUNK, child)
            need(len(chunk) == length <= CHUNK_MAX, "length of a chunk")
            yield chunk
    need(total == 0, "lengths of a recipe")
    if kind == RECIPE:
        sections, at = struct.unpack_from("<I", node, at)[0], at + 4
        for _ in range(sections):
            at += 8 + struct.unpack_from("<II", node, at)[1]
    need(at == len(node), "end of a recipe")

def write_file(store, path, oid, size, executable):
    is_id = blake3()
    with open(path + ".part", "wb") as f:
        pieces = []
        if 0 < size <= CHUNK_MAX and store.has(CHUNK, oid):
            pieces = [store.get(CHUNK, oid)]
        elif size > 0:
            pieces = chunks(store, RECIPE, oid, None, size)
        for piece in pieces:
            is_id.update(piece)
            f.write(piece)
        need(f.tell() == size and is_id.digest() == oid, "id of " + path)
    os.chmod(path + ".part", 0o755 if executable else 0o644)
    os.rename(path + ".part", path)

def nodes(store, oid, level):
    """The entries of a node and of those below, in order."""
    node = store.get(TREE, oid)
    lv, count = struct.unpack_from("<BI", node)
    need(lv <= 7 and count <= 4096, "a tree of a later version")
    need(level is None or lv == level, "level of a node")
    at = 5
    for _ in range(count):
        kind, n = struct.unpack_from("<BH", node, at)
        name, at = node[at + 3:at + 3 + n], at + 3 + n
        need(kind == 5 if lv else 1 <= kind <= 4, "kind of an entry")
        need(0 < n <= 255 and name not in (b".", b"..") and
             b"/" not in name and b"\0" not in name and
             name.lower() != b".git", "name of an entry")
        if kind == 3:
            n, = struct.unpack_from("<H", node, at)
            yield kind, name, 0, 1, node[at + 2:at + 2 + n]
            at += 2 + n
            continue
        size, files, child = struct.unpack_from("<QQ32s", node, at)
        at += 48
        if kind != 5:
            yield kind, name, size, files, child
            continue
        below = list(nodes(store, child, lv - 1))
        need(below and below[-1][1] == name, "last name of a node")
        need(sum(e[2] for e in below) == size and
             sum(e[3] for e in below) == files, "sums of a node")
        yield from below
    need(at == len(node), "end of a node")

def write_tree(store, path, oid, size, files, depth=0):
    need(depth < 512, "a tree is too deep")
    os.mkdir(path)
    last = b""
    for kind, name, sz, n, child in nodes(store, oid, None):
        need(name > last, "order of names")
        last, to = name, os.path.join(path, os.fsdecode(name))
        size, files = size - sz, files - n
        if kind == 3:
            os.symlink(child, os.fsencode(to))
        elif kind == 4:
            write_tree(store, to, child, sz, n, depth + 1)
        else:
            write_file(store, to, child, sz, kind == 2)
    need(size == 0 and files == 0, "sums of a tree")

def main(store, pointer, output):
    pointer = oid, kind, size, files = read_pointer(pointer)
    store = Store(store)
    store.check_roots(*pointer)
    if kind == "tree":
        write_tree(store, output, oid, size, files)
    else:
        write_file(store, output, oid, size, kind == "executable")

if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except (OSError, struct.error, KeyError, ValueError) as e:
        sys.exit("reader.py: %s" % e)
