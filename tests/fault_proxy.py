#!/usr/bin/env python3
"""A proxy between mvc and a server that does one kind of harm.

    fault_proxy.py PORT|FILE SERVER-PORT FAULT [[SKIP+]COUNT [ARGUMENT]]

It listens on 127.0.0.1:PORT and hands on every HTTP/1.1 request to
127.0.0.1:SERVER-PORT; of those that the fault applies to, the first COUNT
(default 2) after SKIP suffer it (COUNT "all": every one). Faults:

    none      hands all on
    latency   each answer comes ARGUMENT ms late (default 50)
    reset-up  the connection is reset in the middle of the body that is sent
    reset     the connection is reset in the middle of the answer's body
    cut       the answer's body ends early, without a word
    503       "503 Slow Down" with Retry-After: 1
    500       "500 Internal Error"
    flip-up   a bit of the body that is sent is another
    flip      a bit of the answer's body is another
    slow      bodies come in little pieces, ARGUMENT bytes in 10 ms
    deaf      it reads the request and never answers
    deaf-up   the same, of those with a body
    garbage   it answers what is no HTTP

Prints a line to standard output for each harm done: FAULT METHOD.
"""
import socket
import struct
import sys
import threading
import time

port, server = sys.argv[1], int(sys.argv[2])
fault = sys.argv[3]
left = sys.argv[4] if len(sys.argv) > 4 else "2"
skip, _, left = left.rpartition("+")
skip = int(skip or 0)
left = 10 ** 9 if left == "all" else int(left)
argument = int(sys.argv[5]) if len(sys.argv) > 5 else 0
lock = threading.Lock()


class Gone(Exception):
    pass


class Stream:
    """A socket that is read by lines and by lengths."""

    def __init__(self, sock):
        self.sock = sock
        self.held = b""

    def line(self):
        while b"\n" not in self.held:
            self.more()
        line, self.held = self.held.split(b"\n", 1)
        return line + b"\n"

    def more(self):
        got = self.sock.recv(1 << 16)
        if not got:
            raise Gone
        self.held += got

    def take(self, most):
        if not self.held:
            self.more()
        part, self.held = self.held[:most], self.held[most:]
        return part


def head_of(stream):
    head = [stream.line()]
    while head[-1] not in (b"\r\n", b"\n"):
        head.append(stream.line())
    length, chunked = 0, False
    for line in head[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"transfer-encoding":
            chunked = b"chunked" in value.lower()
    return b"".join(head), length, chunked


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    raise Gone


def mine(kind, method):
    """Whether this request suffers; each harm is counted and told."""
    global left, skip
    with lock:
        if skip > 0:
            skip -= 1
            return False
        if left <= 0:
            return False
        left -= 1
        print(kind, method, flush=True)
        return True


def hand_on(source, to, length, chunked, harm, client):
    """One body, as it comes, with a harm in its middle."""
    if chunked:
        while True:
            line = source.line()
            size = int(line.split(b";")[0], 16)
            to.sendall(line)
            hand_on(source, to, size, False, harm, client)
            to.sendall(source.line())
            if not size:
                return
    done = 0
    while done < length:
        if harm in ("reset", "cut") and done >= length // 2:
            client.close() if harm == "cut" else reset(client)
            raise Gone
        part = bytearray(source.take(min(1 << 16, length - done)))
        if harm in ("reset", "cut") and done + len(part) > length // 2:
            part = part[:max(1, length // 2 - done)]
            to.sendall(part)
            reset(client) if harm == "reset" else client.close()
            raise Gone
        if harm == "flip" and done <= length // 2 < done + len(part):
            part[length // 2 - done] ^= 4
        if harm == "slow":
            step = argument or 65536
            for i in range(0, len(part), step):
                to.sendall(part[i:i + step])
                time.sleep(0.01)
        else:
            to.sendall(part)
        done += len(part)


def exchange(client, upstream, source, back):
    head, length, chunked = head_of(source)
    method = head.split()[0].decode()
    sends = method == "PUT" and length > 1000
    gets = method == "GET"
    harm = None
    applies = {"reset-up": sends, "flip-up": sends, "deaf-up": sends,
               "reset": gets, "cut": gets, "flip": gets,
               "none": False}.get(fault, True)
    if applies and mine(fault, method):
        harm = fault
    if harm == "503" or harm == "500":
        # As a server does that is too busy to read.
        client.sendall(b"HTTP/1.1 503 Slow Down\r\nRetry-After: 1\r\n"
                       if harm == "503" else b"HTTP/1.1 500 Internal Error\r\n")
        client.sendall(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    if harm == "garbage":
        client.sendall(b"\x00\x01 it works \r\n\r\n")
    if harm in ("503", "500", "garbage", "deaf", "deaf-up"):
        # Closed with bytes unread, it would be a reset, which may overtake
        # the answer.
        while True:
            source.more()
            source.held = b""
    upstream.sendall(head)
    if harm == "reset-up":
        hand_on(source, upstream, length // 2, False, None, client)
        reset(client)
    hand_on(source, upstream, length, chunked,
            {"flip-up": "flip", "slow": "slow"}.get(harm), client)
    head, length, chunked = head_of(back)
    while head.split()[1] == b"100":
        client.sendall(head)
        head, length, chunked = head_of(back)
    if harm == "latency":
        time.sleep((argument or 50) / 1000)
    client.sendall(head)
    if method == "HEAD" or head.split()[1] in (b"204", b"304"):
        return
    hand_on(back, client, length, chunked,
            harm if harm in ("reset", "cut", "flip", "slow") else None, client)


def serve(client):
    upstream = None
    try:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream = socket.create_connection(("127.0.0.1", server))
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        source, back = Stream(client), Stream(upstream)
        while True:
            exchange(client, upstream, source, back)
    except (Gone, OSError, ValueError, IndexError):
        pass
    finally:
        client.close()
        if upstream:
            upstream.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(port) if port.isdigit() else 0))
listener.listen(64)
if not port.isdigit():
    with open(port, "w") as f:
        f.write("%d\n" % listener.getsockname()[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],),
                     daemon=True).start()
