#!/usr/bin/env python3
"""terminal.py PROGRAM ARGUMENT...: runs a program on a terminal of its own and talks to it.

Standard input has the conversation, one step a line: `send TEXT` types (escapes as in Python: \\r, \\x03), `expect TEXT`
waits until that has appeared since the last step that waited, `end` waits for the end of the program, `term` sends
SIGTERM. Prints what was shown, without escape codes; `[colours]` stands for codes that choose colours. The last line is
the exit status, and whether the terminal was left as it was found. Exits with 1 where something did not appear within
20 seconds.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 20
COLOURS = re.compile(r"(?:\x1b\[[34]8;5;[0-9;]*m)")
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07|[\x07\x00]")


def main():
    steps = [line.rstrip("\n") for line in sys.stdin if line.strip()]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    before = termios.tcgetattr(slave)
    process = os.fork()
    if process == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(slave, descriptor)
        os.closerange(3, 64)
        environment = dict(os.environ, TERM="xterm-256color", LANG="C.UTF-8")
        environment.pop("NO_COLOR", None)
        os.execvpe(sys.argv[1], sys.argv[1:], environment)
    raw = b""
    shown, status, failed = "", None, None

    def read(seconds):
        nonlocal raw, shown
        ready, _, _ = select.select([master], [], [], seconds)
        if ready:
            try:
                raw += os.read(master, 65536)
            except OSError:
                return
            text = COLOURS.sub("[colours]", raw.decode("utf-8", "replace"))
            shown = CODES.sub("", text).replace("\r", "")

    def ended():
        nonlocal status
        if status is None:
            done, code = os.waitpid(process, os.WNOHANG)
            if done:
                status = os.waitstatus_to_exitcode(code)
        return status is not None

    seen = 0
    for step in steps:
        word, _, text = step.partition(" ")
        text = text.encode("latin-1", "backslashreplace").decode("unicode_escape")
        deadline = time.monotonic() + LIMIT
        if word == "send":
            # While something runs, the terminal itself takes what ends input, and nobody reads it: wait for the prompt.
            while text == "\x04" and termios.tcgetattr(slave)[3] & termios.ICANON and time.monotonic() < deadline:
                read(0.05)
            os.write(master, text.encode("utf-8"))
            continue
        if word == "term":
            os.kill(process, signal.SIGTERM)
            continue
        while True:
            if word == "expect" and text in shown[seen:]:
                seen = shown.index(text, seen) + len(text)
                break
            if word == "end" and ended():
                read(0.1)
                break
            if time.monotonic() > deadline:
                failed = step
                break
            read(0.05)
        if failed:
            break
    after = termios.tcgetattr(slave)
    if not ended():
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    print(shown)
    if failed:
        print(f"NOT SEEN: {failed}")
    print(f"status {status}, terminal {'as it was' if after == before else 'changed'}")
    sys.exit(1 if failed else 0)


main()
