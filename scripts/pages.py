#!/usr/bin/env python3
"""Runs what the pages of docs/ show, as a reader would, and compares what comes out with what they print.

    scripts/pages.py [--program PATH] [--write] [PAGE...]

Without pages: every page of docs/ with a command and its output, but for those that say `<!-- run by ... -->`. A page is one
session in a folder of its own:

- a `lua` block whose first line is `-- NAME.lua` is that file;
- a `sh` block is run by bash, in which `nightjar` is the program. It has to end well; `sh fails` has to fail;
- a `text` block right behind a `sh` block is what the commands write. A line `...` stands for any number of lines, `...` in
  a line for any text.

Any other `lua` block is an example with `-->`, which the tests run (DocumentationTests). --write puts the output of now in
the place of what does not agree. Kernels run on the baseline instruction set, so that numbers are those of any machine.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FENCE = re.compile(r"^```(\w*)(?: (\w+))?$")
FILE = re.compile(r"^-- ([\w./-]+\.lua)$")


@dataclass
class Block:
    """A fenced block: its lines are those of the page from `first` up to, not including, `end`."""

    language: str
    word: str
    first: int
    end: int


def blocks_of(lines):
    blocks, open_block = [], None
    for index, line in enumerate(lines):
        if open_block:
            if line == "```":
                open_block.end = index
                blocks.append(open_block)
                open_block = None
        elif match := FENCE.match(line):
            open_block = Block(match[1], match[2] or "", index + 1, index + 1)
    return blocks


class Session:
    """A reader's folder, with the program on the path and nothing of the machine's own settings."""

    def __init__(self, program, isa="baseline"):
        self.place = tempfile.TemporaryDirectory(prefix="nightjar-page-")
        self.home = os.path.realpath(self.place.name)
        self.folder = os.path.join(self.home, "work")
        programs = os.path.join(self.home, ".bin")
        os.makedirs(self.folder)
        os.makedirs(programs)
        os.symlink(os.path.abspath(program), os.path.join(programs, "nightjar"))
        self.environment = {
            "HOME": self.home, "PATH": programs + ":/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb",
            "NIGHTJAR_ISA": isa,
        }

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, command):
        """The exit status and what was written, both streams in their order."""
        done = subprocess.run(
            ["bash", "-euc", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
        text = done.stdout.decode("utf-8", "replace").replace(self.home, "~").replace(ROOT + "/", ".../")
        return done.returncode, [line.rstrip() for line in text.rstrip("\n").split("\n")] if text else []

    def close(self):
        self.place.cleanup()


def agrees(shown, came):
    """Whether lines are those of the page, where a line `...` stands for any number of lines, and `...` in one for any text."""
    if not shown:
        return not came
    if shown[0].strip() == "...":
        return any(agrees(shown[1:], came[skipped:]) for skipped in range(len(came) + 1))
    pattern = ".*".join(re.escape(part) for part in shown[0].split("..."))
    return bool(came) and re.fullmatch(pattern, came[0]) is not None and agrees(shown[1:], came[1:])


def run_page(path, program, writes):
    """Runs a page. Returns what is wrong, as lines; with `writes`, the page shows afterwards what came out."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    name = os.path.relpath(path, ROOT)
    faults, changes, came = [], [], None
    session = Session(program)
    try:
        last = None
        for block in blocks_of(lines):
            text = lines[block.first:block.end]
            follows = last is not None and all(not line for line in lines[last.end + 1:block.first - 1])
            if block.language == "lua" and text and (match := FILE.match(text[0])):
                session.write(match[1], "\n".join(text) + "\n")
            elif block.language == "sh":
                status, came = session.run("\n".join(text))
                if (status != 0) != (block.word == "fails"):
                    faults.append(f"{name}:{block.first + 1}: the commands ended with {status}\n  " + "\n  ".join(came))
            elif block.language == "text" and follows and last.language == "sh":
                if not agrees(text, came):
                    changes.append((block, came))
                    if not writes:
                        faults.append(f"{name}:{block.first + 1}: the page does not show what came out:\n  "
                                      + "\n  ".join(came))
            last = block
    finally:
        session.close()
    if writes and changes:
        for block, came in reversed(changes):
            lines[block.first:block.end] = came
            print(f"{name}:{block.first + 1}: written anew")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
    return faults


def is_session(path):
    """Whether a page shows what commands write, and nothing else runs it."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    blocks = blocks_of(text.split("\n"))
    return "<!-- run by " not in text and any(a.language == "sh" and b.language == "text" for a, b in zip(blocks, blocks[1:]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(ROOT, ".build/release/nightjar"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--list", action="store_true", help="prints the pages that it runs, and runs none")
    parser.add_argument("pages", nargs="*")
    given = parser.parse_args()
    folder = os.path.join(ROOT, "docs")
    pages = given.pages or [
        path for path in sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".md"))
        if is_session(path)]
    if given.list:
        return print("\n".join(os.path.relpath(page, ROOT) for page in pages))
    faults = [fault for page in pages for fault in run_page(page, given.program, given.write)]
    print("\n".join(faults) if faults else f"{len(pages)} pages show what comes out")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
