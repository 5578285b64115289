#!/usr/bin/env python3
"""Lines of each target that its tests run, by llvm-cov.

    scripts/coverage.py [--swift SWIFT] [--least PERCENT] [--filter REGEX] [--scratch DIR]

Builds and runs the tests with counters, in a folder of its own. Exit status 1 where a target other than the command has fewer
than --least (90) percent of its lines run. The command's tests start the program, whose counters are merged with the others'.
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Parsed options and printed text; what they do is in the targets below.
COMMAND = "nightjar"


def tool(swift, name):
    beside = pathlib.Path(os.path.realpath(shutil.which(swift) or swift)).parent / name
    return str(beside) if beside.exists() else name


def lines(export):
    """Lines with code, and those that ran, by target."""
    total, run = collections.Counter(), collections.Counter()
    for file in export["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        if ROOT / "Sources" not in path.parents:
            continue
        target = path.relative_to(ROOT / "Sources").parts[0]
        total[target] += file["summary"]["lines"]["count"]
        run[target] += file["summary"]["lines"]["covered"]
    return total, run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--swift", default="swift")
    parser.add_argument("--least", type=float, default=90)
    parser.add_argument("--filter")
    parser.add_argument("--scratch", default=".build-coverage")
    options = parser.parse_args()
    scratch = ROOT / options.scratch
    profiles = scratch / "profiles"
    shutil.rmtree(profiles, ignore_errors=True)
    profiles.mkdir(parents=True)
    # Of each process that is started a file of its own.
    environment = dict(os.environ, LLVM_PROFILE_FILE=str(profiles / "%p-%m.profraw"))
    command = [options.swift, "test", "-c", "release", "--scratch-path", str(scratch), "--enable-code-coverage"]
    if options.filter:
        command += ["--filter", options.filter]
    tests = subprocess.run(command, cwd=ROOT, env=environment)
    if tests.returncode != 0:
        sys.exit("the tests failed: what they cover is not counted")
    raw = sorted(scratch.rglob("*.profraw"))
    if not raw:
        sys.exit("the tests left no counters")
    merged = profiles / "all.profdata"
    listed = profiles / "files"
    listed.write_text("".join(f"{path}\n" for path in raw))
    subprocess.run(
        [tool(options.swift, "llvm-profdata"), "merge", "--sparse", "-f", listed, "-o", merged], check=True)
    built = scratch / "release"
    binaries = [*built.glob("*PackageTests.xctest"), built / COMMAND]
    words = [str(binaries[0])] + [word for other in binaries[1:] for word in ("-object", str(other))]
    export = subprocess.run(
        [tool(options.swift, "llvm-cov"), "export", "-summary-only", f"-instr-profile={merged}", *words],
        check=True, capture_output=True, text=True).stdout
    total, run = lines(json.loads(export))
    low = []
    for target in sorted(total):
        percent = 100 * run[target] / max(1, total[target])
        print(f"{target:22} {run[target]:7} of {total[target]:7} lines  {percent:5.1f} %")
        if percent < options.least and target != COMMAND:
            low.append(target)
    if low:
        print(f"below {options.least:g} %: {', '.join(low)}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
