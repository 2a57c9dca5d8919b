"""Run a command on a terminal of its own, and say what it drew there.

    terminal.py [--slow FOLDER FIGURE|SECONDS] [--interrupt] [--columns N] COMMAND...

--slow: until a bar with FIGURE has been drawn ("a part", "a rate", "time left"),
or for so long, every read and write of a file below FOLDER takes a quarter of a
second more (tests/fault.c): whatever else the machine does, the work is not over
before it was watched. The first bar may come before any figure is known.
--interrupt: then it stays slow, and Ctrl-C is typed.
"""

import os
import pty
import re
import select
import signal
import sys
import tempfile
import time

NUMBER = r"[0-9][0-9.,]*( [kMGT]?B)?"
FIGURES = {
    "a part": rf"{NUMBER} of {NUMBER}",
    "a rate": r" [kMGT]?B/s",
    "time left": r" (s|min) left",
}


def bars_of(text):
    return re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", text)


def has(bars, figure):
    return any(re.search(FIGURES[figure], b) for b in bars)


def drawn_by(argv, until, env, interrupt):
    """until: (figure, seconds); the file env["FAULT_WHILE"] goes then, or then
    (interrupt) Ctrl-C is typed."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, env)
    out = b""
    typed = 0
    end = time.monotonic() + 120
    figure, over = until[0], time.monotonic() + until[1]
    while True:
        seen = figure and has(bars_of(out.decode(errors="replace")), figure)
        if interrupt:
            if seen and not typed:
                typed = os.write(fd, b"\x03")
        elif (seen or time.monotonic() > over) and os.path.exists(env["FAULT_WHILE"]):
            os.unlink(env["FAULT_WHILE"])
        if time.monotonic() > end:
            sys.exit("it does not end")
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            got = os.read(fd, 65536)
        except OSError:  # its last descriptor is closed
            got = b""
        if not got:
            return out.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        out += got


def slowed(env, folder, until):
    """What --slow says, for drawn_by."""
    if not folder:
        return None, 0
    env.update(
        LD_PRELOAD=os.environ["builddir"] + "/tests/fault.so",
        FAULT_CALLS="read,write",
        FAULT_ROOT=os.path.realpath(folder),
        FAULT_SLOW="250",
    )
    with open(env["FAULT_WHILE"], "w"):
        pass
    return (None, int(until)) if until.isdigit() else (until, 100)


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
    folder = until = columns = None
    interrupt = False
    while args[0].startswith("--"):
        if args[0] == "--slow":
            folder, until = args[1:3]
            del args[0]
        elif args[0] == "--interrupt":
            interrupt = True
            args = args[1:]
            continue
        else:
            columns = int(args[1])
            env["COLUMNS"] = args[1]
        args = args[2:]
    with tempfile.TemporaryDirectory() as tmp:
        env["FAULT_WHILE"] = tmp + "/slow"
        text, status = drawn_by(args, slowed(env, folder, until), env, interrupt)
    bars = bars_of(text)
    if interrupt:
        print("in the midst of", bars[-1].split()[0])
    elif bars:
        what = {b.split()[0] for b in bars}
        parts = [f for f in FIGURES if has(bars, f)]
        print("bar:", *sorted(what), "with", ", ".join(parts) or "no figure")
    else:
        print("no bar")
    if columns and any(len(b) >= columns for b in bars):
        print("wider than the terminal:", max(bars, key=len))
    print("colours:", len(re.findall(r"\x1b\[[0-9;]*m", text)) > 0)
    print("escapes:", "\x1b" in text)
    if interrupt:  # what came after the bar that was left there
        text = text[text.find("\n") : text.rfind("\n") + 1]
    for line in screen_of(text):
        print("|", line)
    if status < 0:
        print("ended by", signal.Signals(-status).name)
    elif status:
        print("exit", status)


main()
