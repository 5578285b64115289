#!/usr/bin/env python3
"""Plants faults one by one, and shows the test that catches each.

    scripts/mutants.py [--check] [--only TEXT] [--swift SWIFT] [--scratch DIR]

Each fault is a change of one place: a gradient, memory, a metric, a checkpoint, a lock, statistics, the sandbox, a loss. The
tree is copied, the fault is made in the copy, and the suites that are named for it must fail there. Of faults in Lua only the
Lua tests run, which needs no build; one in Swift or C is built anew, about a minute each. Exit status 1: some fault was caught
by no test. --check only looks whether each place is there, once, and the suites as well. --only takes the faults whose file or
suite has a text.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

GRAPH = "Sources/NightjarGraph/GradientRules.swift"
RUNS = "Sources/NightjarRuns"
RESUMING = "Sources/NightjarExperiments/Resuming"

# File; what stands there, once; the fault; the suites that catch it, as a regular expression, or a folder of Lua tests.
MUTANTS = [
    # Gradients
    (GRAPH, "case .tanh: try reach(x) { try mul(g, sub(constant(1),", "case .tanh: try reach(x) { try mul(g, sub(constant(2),",
     "GradientRulesTests"),
    (GRAPH, "case .log1p: try reach(x) { try div(g, add(x, constant(1))) }", "case .log1p: try reach(x) { try div(g, x) }",
     "GradientRulesTests"),
    (GRAPH, "case .sub: try operands(reach, { g }, { try tape.unary(.neg, g) })", "case .sub: try operands(reach, { g }, { g })",
     "GradientRulesTests"),
    (GRAPH, "case .sqrt: try reach(x) { try div(mul(g, constant(0.5)), y) }", "case .sqrt: try reach(x) { try div(g, y) }",
     "GradientRulesTests"),
    (GRAPH, "case .mul: try operands(reach, { try mul(g, node.b) }, { try mul(g, node.a) })",
     "case .mul: try operands(reach, { try mul(g, node.a) }, { try mul(g, node.b) })", "GradientRulesTests"),
    # Planning
    ("Sources/NightjarEngine/ArenaLayout.swift", "Array(now..<time)", "Array(now...time)", "ArenaLayoutTests"),
    ("Sources/NightjarEngine/ArenaLayout.swift", "$0.upperBound - $0.lowerBound >= padded",
     "$0.upperBound - $0.lowerBound >= 64", "ArenaLayoutTests"),
    # Metrics and statistics
    ("Sources/NightjarTraining/MemorizationCounts.swift", "percent(fitClean + corrected, of: clean + mislabelled)",
     "percent(fitClean, of: clean + mislabelled)", "MemorizationCountsTests"),
    ("Sources/NightjarTraining/MemorizationCounts.swift", "if isFit { memorized += 1 } else if predictions[index] == truth",
     "if !isFit { memorized += 1 } else if predictions[index] == truth", "MemorizationCountsTests"),
    (f"{RUNS}/Tables/SeedStatistics.swift", "(squares / Double(values.count - 1))", "(squares / Double(values.count))",
     "PairedDifferenceTests|ResultTableTests|StudentTTests"),
    (f"{RUNS}/Tables/SeedStatistics.swift", "(sorted[middle - 1] + sorted[middle]) / 2", "sorted[middle]",
     "ResultTableTests|TableSpecTests"),
    (f"{RUNS}/Tables/StudentT.swift", "return 2 / Double.pi * (theta + sin(theta) * sum)",
     "return 2 / Double.pi * (theta - sin(theta) * sum)", "PairedDifferenceTests|ResultTableTests|StudentTTests"),
    (f"{RUNS}/Tables/PairedDifference.swift", "degrees: statistics.count - 1)", "degrees: statistics.count)",
     "PairedDifferenceTests"),
    (f"{RUNS}/Tables/TableCheck.swift", "if known != value {", "if known < value - 1e9 {", "VerifyCommandTests"),
    # Checkpoints and sums
    (f"{RESUMING}/Checkpoint.swift", '            + trainer.loss.state.map { ("loss/" + $0.name, $0.tensor) }\n', "",
     "ResumeTests|CheckpointTests"),
    (f"{RESUMING}/EarlierRuns.swift",
     "        case .checkpoint(let checkpoint):\n            if let draws = checkpoint.draws.flatMap(DrawCounter.init) "
     "{ host.draws = draws }\n", "        case .checkpoint(let checkpoint):\n", "ResumeTests|KillTests"),
    (f"{RESUMING}/CheckpointKeeper.swift", "(isLast || number.isMultiple(of: interval))", "isLast", "CheckpointTests"),
    (f"{RESUMING}/Replay.swift", "guard was?.bitPattern != now?.bitPattern else { continue }",
     "guard was?.bitPattern == now?.bitPattern else { continue }", "ForkCommandTests"),
    (f"{RUNS}/Files/Checksum.swift", "rotated(lane &+ word &* second, 31) &* first", "rotated(lane &+ word &* second, 30) &* first",
     "ChecksumTests"),
    (f"{RUNS}/Files/SummedJSON.swift", "data[place].elementsEqual(known.utf8) && sum(of: data, place) == known",
     "data[place].elementsEqual(known.utf8)", "FileSumsTests"),
    (f"{RUNS}/Report/ReportSum.swift", "guard sealed(String(text[..<place.lowerBound])) == text else {",
     "guard sealed(String(text[..<place.lowerBound])).count == text.count else {", "VerifyCommandTests"),
    ("Sources/NightjarProcess/SHA256.swift", "let bits = blocks.count &* 8", "let bits = blocks.count &* 4", "ContentHashTests"),
    ("Sources/NightjarProcess/ByteBlocks.swift", "place = min(size - rest.count, bytes.count)", "place = min(size, bytes.count)",
     "ByteBlocksTests"),
    # Locks, the index, processes
    (f"{RUNS}/Files/RunLock.swift", "locking(opened, LOCK_EX | LOCK_NB) == 0", "locking(opened, LOCK_SH | LOCK_NB) == 0",
     "RunLockTests"),
    (f"{RUNS}/Files/RunLease.swift", "return now != began", "return now.isEmpty", "RunLeaseTests"),
    (f"{RUNS}/Store/RunStore+Rows.swift", "for id in known where !names.contains(", "for id in known where names.contains(",
     "RunStoreTests"),
    ("Sources/CProcess/spawn.c", "enum { FIRST_FREE = 5 };", "enum { FIRST_FREE = 16 };", "WorkerTests"),
    # The sandbox
    ("Sources/NightjarScripting/Host/ScriptFiles.swift", "if !options.isTrusted, !isTrusted(from) {",
     "if options.isTrusted, !isTrusted(from) {", "SandboxTests"),
    # Components
    ("plugins/losses/rll.lua", "(log_p:sum(-1) - given) / (classes - 1)", "(log_p:sum(-1) - given) / classes", "plugins/losses"),
    ("plugins/losses/nmse.lua", "(classes * squares + (classes - 2))", "(classes * squares + (classes - 1))", "plugins/losses"),
    ("plugins/noise/pair_flip.lua", "i % classes + 1", "(i + 1) % classes + 1", "plugins/noise"),
    ("plugins/optimizers/adam.lua", "(1 - self.beta2) * g:square()", "(1 - self.beta1) * g:square()", "plugins/optimizers"),
    ("plugins/schedules/cosine.lua", "(epoch - self.warmup - 1)", "(epoch - self.warmup)", "plugins/schedules"),
]


def is_lua(tests):
    return tests.startswith("plugins/")


def wrong():
    """What is wrong with the list, a line each."""
    suites = set()
    for file in (ROOT / "Tests").rglob("*.swift"):
        suites |= set(re.findall(r"struct (\w+Tests)\b", file.read_text()))
    found = []
    for file, old, new, tests in MUTANTS:
        count = (ROOT / file).read_text().count(old) if (ROOT / file).exists() else 0
        if count != 1:
            found.append(f"{file}: this stands there {count} times, not once: {old.strip()}")
        if old == new:
            found.append(f"{file}: this is no fault: {new}")
        if is_lua(tests):
            if not (ROOT / tests / "tests").is_dir():
                found.append(f"{file}: there are no Lua tests in {tests}")
        else:
            found += [f"{file}: there is no suite {name}" for name in tests.split("|") if name not in suites]
    return found


class Copy:
    """A copy of the tree, in which faults are planted."""

    def __init__(self, place, swift):
        self.place, self.swift = place, swift
        shutil.rmtree(place / "tree", ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
        shutil.copytree(
            ROOT, place / "tree", symlinks=True, ignore=lambda folder, names: [
                name for name in names if name.startswith((".build", ".git", ".peers")) or name in ("runs", "dist")])

    def run(self, *words):
        return subprocess.run(words, cwd=self.place / "tree", capture_output=True, text=True)

    def build(self):
        return self.run(
            self.swift, "build", "-c", "release", "--build-tests", "--scratch-path", str(self.place / "build"))

    def test(self, tests):
        """The names of what fails; nil where nothing does."""
        if is_lua(tests):
            ending = self.run(str(self.place / "build/release/nightjar"), "test", tests)
            failed = re.findall(r"^FAILED (.*)$", ending.stdout, re.M)
        else:
            ending = self.run(
                self.swift, "test", "-c", "release", "--skip-build", "--scratch-path", str(self.place / "build"),
                "--filter", tests)
            failed = re.findall(r"Test (.*?) recorded an issue", ending.stdout + ending.stderr)
        if ending.returncode == 0:
            return None
        return failed[0] if failed else f"{tests} ended with {ending.returncode}"

    def plant(self, file, old, new):
        path = self.place / "tree" / file
        text = path.read_text()
        path.write_text(text.replace(old, new))
        return lambda: path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--swift", default="swift")
    parser.add_argument("--scratch", default=".build-mutants")
    options = parser.parse_args()
    faults = wrong()
    if faults or options.check:
        print("\n".join(faults) if faults else f"{len(MUTANTS)} faults can be planted")
        return 1 if faults else 0
    copy = Copy((ROOT / options.scratch).resolve(), options.swift)
    built = copy.build()
    if built.returncode != 0:
        sys.exit(f"the tree does not build:\n{built.stderr[-2000:]}")
    chosen = [one for one in MUTANTS if options.only in one[0] or options.only in one[3]]
    missed = 0
    for tests in sorted({one[3] for one in chosen}):
        if failed := copy.test(tests):
            sys.exit(f"without any fault, {failed} fails: mend that first")
    for file, old, new, tests in chosen:
        restore = copy.plant(file, old, new)
        try:
            built = None if is_lua(tests) else copy.build()
            caught = "it does not build" if built and built.returncode != 0 else copy.test(tests)
        finally:
            restore()
        missed += caught in (None, "it does not build")
        print(f"{'MISSED' if caught is None else 'caught'}  {file}: {new.strip() or old.strip()}\n        {caught}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} faults are caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
