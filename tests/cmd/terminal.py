"""Run a command on a terminal of its own, and say what it drew there.

    terminal.py [--slow TEXT|TIMES] [--columns N] COMMAND...

--slow: until TEXT has been drawn, or so many times, the command gets one instant
in thirty, so that work that is over at once takes long enough to be watched, also
where a busy machine lets it run for longer than asked.
"""

import os
import pty
import re
import select
import signal
import sys
import time


def drawn_by(argv, slow, env):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    out = b""
    turns = 900 if slow else 0
    if slow and slow.isdigit():
        turns = int(slow)
    since = time.monotonic()
    while True:
        stopped = turns and slow.encode() not in out
        if stopped:
            turns -= 1
            os.kill(pid, signal.SIGSTOP)
            ran = time.monotonic() - since
            time.sleep(min(max(0.06, 30 * ran), 2))
            os.kill(pid, signal.SIGCONT)
            since = time.monotonic()
        ready = select.select([fd], [], [], 0.002 if stopped else 60)[0]
        if not ready:
            if stopped:
                continue
            sys.exit("it says and does nothing")
        try:
            got = os.read(fd, 65536)
        except OSError:  # its last descriptor is closed
            got = b""
        if not got:
            return out.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out += got


def screen_of(text):
    """What is left to see."""
    lines, column = [""], 0
    for piece in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", text):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            lines.append("")
            column = 0
        elif piece == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif piece[0] == "\x1b":
            assert piece[-1] == "m", repr(piece)
        else:
            lines[-1] = lines[-1][:column] + piece
            column += len(piece)
    return [line for line in lines if line]


def main():
    args = sys.argv[1:]
    env = dict(os.environ)
    slow = columns = None
    while args[0].startswith("--"):
        if args[0] == "--slow":
            slow = args[1]
        else:
            columns = int(args[1])
            env["COLUMNS"] = args[1]
        args = args[2:]
    text, status = drawn_by(args, slow, env)
    bars = re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", text)
    number = r"[0-9][0-9.,]*( [kMGT]?B)?"
    seen = {
        "a part": rf"{number} of {number}",
        "a rate": r" [kMGT]?B/s",
        "time left": r" (s|min) left",
    }
    if bars:
        what = {b.split()[0] for b in bars}
        parts = [k for k, v in seen.items() if any(re.search(v, b) for b in bars)]
        print("bar:", *sorted(what), "with", ", ".join(parts) or "no figure")
    else:
        print("no bar")
    if columns and any(len(b) >= columns for b in bars):
        print("wider than the terminal:", max(bars, key=len))
    print("colours:", len(re.findall(r"\x1b\[[0-9;]*m", text)) > 0)
    print("escapes:", "\x1b" in text)
    for line in screen_of(text):
        print("|", line)
    if status:
        print("exit", status)


main()
