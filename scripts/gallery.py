#!/usr/bin/env python3
"""Makes docs/gallery.md and docs/gallery/: each script of examples/ with what it is for, its first lines, its commands, what
they write, and its figure. All of that stands in the script's own first comment, a paragraph and the commands behind it.
Each experiment of lua/experiments/ stands behind them, with the picture of its quick form: its first comment names the two
commands.

    scripts/gallery.py [--program PATH] [--check] [NAME...]

With names (experiments/NAME for an experiment), those alone are run again. --check runs nothing: it fails where the page is not what would be made of the scripts
with the outputs that it shows. Kernels run on the baseline instruction set, so that numbers are those of any machine.
"""
import argparse
import os
import re
import shutil
import sys
import time

from pages import ROOT, Session, blocks_of

EXAMPLES = os.path.join(ROOT, "examples")
EXPERIMENTS = os.path.join(ROOT, "lua", "experiments")
PAGE = os.path.join(ROOT, "docs", "gallery.md")
FIGURES = os.path.join(ROOT, "docs", "gallery")
MOST_LINES = 28

HEAD = """# Gallery

Made by `make gallery`: do not edit.

<!-- run by scripts/gallery.py -->

The scripts of [examples](../examples), each with what it writes and draws. They train small networks on digits, 1,000
samples of which 40 % may have wrong labels, and take seconds. Numbers are those of the baseline instruction set, on which
every machine gets the same bits; on another (`NIGHTJAR_ISA`) the last digits differ.
"""

BETWEEN = """
## The experiments

Those of [lua/experiments](../lua/experiments) in their quick forms, which take seconds: what their pictures look like, not what
they say. [experiments.md](experiments.md) has what the long forms gave.
"""


class Example:
    def __init__(self, name):
        self.name = name
        with open(os.path.join(EXAMPLES, name + ".lua"), encoding="utf-8") as file:
            lines = file.read().rstrip("\n").split("\n")
        end = next(index for index, line in enumerate(lines) if not line.startswith("--"))
        head = [line[2:] for line in lines[:end]]
        try:
            middle = head.index("")
        except ValueError:
            raise SystemExit(f"examples/{name}.lua: its first comment is a paragraph, an empty line, and commands")
        self.text = "\n".join(line[1:] for line in head[:middle])
        self.commands = [line.strip() for line in head[middle + 1:]]
        self.figures = re.findall(r"-o (\S+\.svg)", "\n".join(self.commands))
        code = lines[end:]
        if len(code) > MOST_LINES:
            last = max(index for index, line in enumerate(code[:MOST_LINES]) if not line)
            code = code[:last]
        self.first_lines = code

    def run(self, program):
        """What its commands write; its figures go into the gallery."""
        session = Session(program)
        try:
            shutil.copytree(EXAMPLES, os.path.join(session.folder, "examples"))
            output = []
            for command in self.commands:
                status, lines = session.run(command)
                if status != 0:
                    raise SystemExit(f"{command} ended with {status}\n" + "\n".join(lines))
                # The end of a run's name is the hash of all that it is, the program included.
                output += [re.sub(r"-[0-9a-f]{8}(?=:)", "-...", line) for line in lines]
            os.makedirs(FIGURES, exist_ok=True)
            for figure in self.figures:
                shutil.copy(os.path.join(session.folder, figure), os.path.join(FIGURES, figure))
            return output
        finally:
            session.close()

    def section(self, output):
        path = f"../examples/{self.name}.lua"
        parts = [f"## {self.name}", self.text, "```lua\n" + "\n".join(self.first_lines) + "\n```",
                 f"The whole script: [examples/{self.name}.lua]({path})", "```sh\n" + "\n".join(self.commands) + "\n```",
                 "```text\n" + "\n".join(output) + "\n```"]
        parts += [f"![Figure of {self.name}](gallery/{figure})" for figure in self.figures]
        return "\n\n".join(parts) + "\n"


class Experiment:
    """An experiment, with the picture of its quick form."""

    def __init__(self, script):
        self.script, self.name = script, "experiments/" + script
        with open(os.path.join(EXPERIMENTS, script + ".lua"), encoding="utf-8") as file:
            code = file.read()
        head = [line[3:] for line in code[:code.index("\nlocal ")].split("\n")]
        doc = re.search(r'nj\.experiment \{.*?\bdoc = ("[^"]*"(?:\s*\.\. "[^"]*")*),', code, re.DOTALL)[1]
        self.text = "".join(re.findall(r'"([^"]*)"', doc))
        self.commands = [line.strip() for line in head if re.match(r" +nightjar (run .*--quick|figure .*-o \S+\.svg)$", line)]
        self.figures = re.findall(r"-o (\S+\.svg)", "\n".join(self.commands))

    def run(self, program):
        session = Session(program)
        try:
            shutil.copytree(EXPERIMENTS, os.path.join(session.folder, "lua", "experiments"))
            for command in self.commands:
                status, lines = session.run(command)
                if status != 0:
                    raise SystemExit(f"{command} ended with {status}\n" + "\n".join(lines))
            os.makedirs(FIGURES, exist_ok=True)
            for figure in self.figures:
                shutil.copy(os.path.join(session.folder, figure), os.path.join(FIGURES, figure))
            return []
        finally:
            session.close()

    def section(self, output):
        parts = [f"### {self.name}", self.text, "```sh\n" + "\n".join(self.commands) + "\n```",
                 f"The whole script: [lua/experiments/{self.script}.lua](../lua/experiments/{self.script}.lua)"]
        parts += [f"![Figure of {self.script}](gallery/{figure})" for figure in self.figures]
        return "\n\n".join(parts) + "\n"


def known_outputs():
    """What the page shows as the output of each example."""
    if not os.path.exists(PAGE):
        return {}
    with open(PAGE, encoding="utf-8") as file:
        lines = file.read().split("\n")
    outputs = {line[4:]: [] for line in lines if line.startswith("### experiments/")}
    for block in blocks_of(lines):
        if block.language == "text":
            name = next(line[3:] for line in reversed(lines[:block.first]) if line.startswith("## "))
            outputs[name] = lines[block.first:block.end]
    return outputs


def page(examples, outputs):
    def sections(kind):
        return "".join("\n" + example.section(outputs[example.name]) for example in examples if isinstance(example, kind))

    return HEAD + sections(Example) + BETWEEN + sections(Experiment)


def check(examples):
    """What is wrong with the page, in words."""
    outputs = known_outputs()
    faults = [f"{example.name} is not in the gallery" for example in examples if example.name not in outputs]
    names = [example.name for example in examples]
    faults += [f"the gallery shows {name}, which is no example" for name in outputs if name not in names]
    faults += [f"{example.name} has no picture: its first comment names no command for one" for example in examples
               if isinstance(example, Experiment) and len(example.commands) != 2]
    if faults:
        return faults
    with open(PAGE, encoding="utf-8") as file:
        if file.read() != page(examples, outputs):
            faults.append("docs/gallery.md does not show the examples as they are")
    wanted = {figure for example in examples for figure in example.figures}
    there = set(os.listdir(FIGURES)) if os.path.isdir(FIGURES) else set()
    faults += [f"docs/gallery/{figure} is missing" for figure in sorted(wanted - there)]
    faults += [f"docs/gallery/{figure} belongs to no example" for figure in sorted(there - wanted)]
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(ROOT, ".build/release/nightjar"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    names = sorted(name[:-4] for name in os.listdir(EXAMPLES) if name.endswith(".lua"))
    # Experiments without a quick form need more than a reader's folder.
    scripts = sorted(name[:-4] for name in os.listdir(EXPERIMENTS) if name.endswith(".lua"))
    scripts = [name for name in scripts if "quick = {" in open(os.path.join(EXPERIMENTS, name + ".lua"), encoding="utf-8").read()]
    examples = [Example(name) for name in names] + [Experiment(name) for name in scripts]
    names += ["experiments/" + name for name in scripts]
    if given.check:
        faults = check(examples)
        print("\n".join(fault + ": run make gallery" for fault in faults) or f"{len(names) - len(scripts)} examples and {len(scripts)} experiments are in the gallery")
        sys.exit(1 if faults else 0)
    outputs = {name: lines for name, lines in known_outputs().items() if name in names} if given.names else {}
    for example in examples:
        if not given.names or example.name in given.names:
            start = time.monotonic()
            outputs[example.name] = example.run(given.program)
            print(f"{example.name}: {time.monotonic() - start:.1f} s", flush=True)
    wanted = {figure for example in examples for figure in example.figures}
    for figure in os.listdir(FIGURES) if os.path.isdir(FIGURES) else []:
        if figure not in wanted:
            os.remove(os.path.join(FIGURES, figure))
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page([example for example in examples if example.name in outputs], outputs))


if __name__ == "__main__":
    main()
