#!/usr/bin/env python3
"""Ends runs at every moment that matters, goes on with them, and compares what comes of it with undisturbed runs, byte for byte.

    scripts/kills.py PROGRAM [--part calls|signals|grids|doubled|again] [--every N] [--rounds N] [--seed N]

calls    single runs: SIGKILL at each open for writing, write (whole and half done), flush, rename, removal and new folder
signals  single runs: SIGKILL, TERM, INT and HUP after a random call
grids    the same for a sweep: its first process, one worker, all of them as when the machine stops
doubled  two processes of the same command at once
again    --again of a finished run: until the new one stands, the old one is there

--every N takes every N-th call only, --rounds N is how many rounds of what is random. Exit status 1: something was lost,
mixed or left over. Needs clang and no ptrace: Tests/Kills/at_call.c is preloaded.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KINDS = ["open", "write", "half", "flush", "rename", "remove", "mkdir"]
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]

# Everything that has a state: a loss that remembers and draws, dropout, averages, momenta, a ledger.
BODY = """
local nj = require "nightjar"
local noisy = nj.loss {
  name = "noisy",
  state = { seen = 0 },
  forward = function(self, logits, labels)
    self.seen = self.seen + 1
    local draw = nj.rand(logits:size(1))
    return -logits:log_softmax():pick(labels) * (1 + 0.1 * draw) + 0.001 * self.seen
  end,
}
local function train(seed, epochs)
  local data = nj.data.load("digits")
  local trainer = nj.trainer {
    model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10, dropout = 0.2 },
    loss = noisy {}, optimizer = nj.optim.adam {}, learning_rate = 0.002, average = nj.ema { decay = 0.9 },
    batch_size = 100, seed = seed,
  }
  local set = data.train:first(300):with_labels(nj.noise.uniform { rate = 0.3 }, { seed = seed })
  trainer:fit(set, { test = data.test:first(50), epochs = epochs })
end
"""
SINGLE = BODY + "train(1, nj.config { epochs = 4 }.epochs)\n"
GRID = BODY + """
return nj.experiment {
  name = "grid", settings = { epochs = 3 }, grid = { { "seed", { 1, 2, 3, 4 } } },
  run = function(cfg) train(cfg.seed, cfg.epochs) end,
}
"""


class Harness:
    def __init__(self, options):
        self.options = options
        self.program = str(pathlib.Path(options.program).resolve())
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="nightjar-kills-"))
        self.random = random.Random(options.seed)
        self.faults = []
        self.kills = 0
        self.library = self.place / "at_call.so"
        self.counter = self.place / "count"
        subprocess.run(
            ["clang", "-O1", "-fPIC", "-shared", "-o", self.library, ROOT / "Tests/Kills/at_call.c", "-ldl"], check=True)
        (self.place / "train.lua").write_text(SINGLE)
        (self.place / "grid.lua").write_text(GRID)
        self.whole = {}
        for name in ["train", "grid"]:
            ending = self.run(name, f"whole-{name}")
            if ending.returncode != 0:
                sys.exit(f"the undisturbed run failed: {ending.stderr}")
            self.whole[name] = self.contents(f"whole-{name}", name)

    # ---- Running

    def command(self, name, folder, *more):
        # Checkpoints after every epoch are written by the run itself where it is told so; as a finished run keeps them
        # then, the default is taken, which writes one after the first epoch and when time allows.
        return [self.program, "run", f"{name}.lua", "--threads", "1", "--jobs", "2", "--quiet", "--runs-dir", folder, *more]

    def start(self, name, folder, *more, call=None, at=0, number=signal.SIGKILL, group=False):
        environment = dict(os.environ, XDG_DATA_HOME=str(self.place), XDG_CONFIG_HOME=str(self.place / "config"))
        for variable in ["NIGHTJAR_HOME", "NIGHTJAR_PLUGIN_PATH", "NIGHTJAR_DATA"]:
            environment.pop(variable, None)
        if call:
            self.counter.write_bytes(bytes(8))
            environment.update(
                LD_PRELOAD=str(self.library), KILLS_CALL=call, KILLS_AT=str(at), KILLS_COUNT=str(self.counter),
                KILLS_SIGNAL=str(int(number)), KILLS_WHOM="group" if group else "self")
        return subprocess.Popen(
            self.command(name, folder, *more), cwd=self.place, env=environment, start_new_session=True, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run(self, name, folder, *more, **how):
        process = self.start(name, folder, *more, **how)
        try:
            _, errors = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, errors = process.communicate()
            errors = "it did not end within two minutes\n" + errors
        return subprocess.CompletedProcess(process.args, process.returncode, "", errors)

    def calls(self, name, call, *more, folder="counted"):
        """How many calls of a kind an undisturbed command makes."""
        shutil.rmtree(self.place / folder, ignore_errors=True)
        ending = self.run(name, folder, *more, call=call)
        if ending.returncode != 0:
            sys.exit(f"the counted run failed: {ending.stderr}")
        return int.from_bytes(self.counter.read_bytes(), "little")

    # ---- Comparing

    def contents(self, folder, name):
        """What runs and tables say, without clock values and without how they were asked for."""
        known = {}
        root = self.place / folder
        for file in sorted(root.rglob("*")):
            path = str(file.relative_to(root))
            if not file.is_file() or path.startswith(".objects/") or "runs.sqlite" in path or file.name == "log.txt":
                continue
            if file.name == "config.json":
                value = json.loads(file.read_text())
                value.pop("environment", None)
                value.pop("checksum", None)
                known[path] = json.dumps(value, sort_keys=True)
            elif file.name == "summary.json":
                value = json.loads(file.read_text())
                for key in ["seconds", "started", "ended", "checksum"]:
                    value.pop(key, None)
                known[path] = json.dumps(value, sort_keys=True)
            elif file.name == "report.html":
                known[path] = "a report"
            else:
                known[path] = file.read_bytes()
        store = sqlite3.connect(root / "runs.sqlite")
        known["store"] = store.execute("pragma integrity_check").fetchall() + sorted(
            store.execute("select id, status, epochs from run").fetchall())
        store.close()
        return known

    def fault(self, what, text):
        self.faults.append(f"{what}: {text}")
        print(f"FAULT {what}: {text}", flush=True)

    def compare(self, what, folder, name):
        try:
            own = self.contents(folder, name)
        except Exception as error:
            return self.fault(what, f"what is left cannot be read: {error}")
        whole = self.whole[name]
        different = sorted(path for path in set(own) | set(whole) if own.get(path) != whole.get(path))
        if different:
            self.fault(what, f"not as undisturbed: {', '.join(different[:6])}")
        shutil.rmtree(self.place / folder, ignore_errors=True)

    def go_on(self, what, folder, name, *more):
        """The command again, as somebody would give it; then all must be as if nothing had happened."""
        ending = self.run(name, folder, *more)
        if ending.returncode != 0:
            return self.fault(what, f"the next command ends with {ending.returncode}: {ending.stderr.strip()[:400]}")
        self.compare(what, folder, name)

    def fresh(self):
        folder = "disturbed"
        shutil.rmtree(self.place / folder, ignore_errors=True)
        return folder

    # ---- Parts

    def calls_part(self):
        for call in KINDS:
            count = self.calls("train", call)
            chosen = range(1, count + 1, self.options.every)
            for at in chosen:
                folder = self.fresh()
                ending = self.run("train", folder, call=call, at=at)
                self.kills += ending.returncode == -signal.SIGKILL
                what = f"SIGKILL at {call} {at} of {count}"
                if ending.returncode not in (0, -signal.SIGKILL):
                    self.fault(what, f"it ended with {ending.returncode}: {ending.stderr.strip()[:400]}")
                self.go_on(what, folder, "train", "--resume")
            print(f"calls: {call}: {len(chosen)} of {count}", flush=True)

    def random_call(self, name):
        call = self.random.choice(KINDS)
        return call, self.random.randint(1, max(self.counted[name][call], 1))

    def count(self, name):
        self.counted = getattr(self, "counted", {})
        if name not in self.counted:
            self.counted[name] = {call: self.calls(name, call) for call in KINDS}

    def signals_part(self):
        self.count("train")
        for number in range(self.options.rounds):
            sent = SIGNALS[number % len(SIGNALS)]
            folder, hits = self.fresh(), []
            # Up to three in a row, each of what the one before left.
            for attempt in range(self.random.randint(1, 3)):
                call, at = self.random_call("train")
                more = ["--resume"] if attempt else []
                if self.random.random() < 0.5:
                    more += ["--epochs", "4"]
                ending = self.run("train", folder, *more, call=call, at=at, number=sent)
                hits.append(f"{call} {at} -> {ending.returncode}")
                self.kills += ending.returncode != 0
                if ending.returncode not in (0, -sent, 128 + sent):
                    self.fault(f"{sent.name} at {hits}", f"it ended so: {ending.stderr.strip()[:400]}")
            self.go_on(f"{sent.name} at {', '.join(hits)}", folder, "train", "--resume")
        print(f"signals: {self.options.rounds}", flush=True)

    def descendants(self, pid):
        text = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
        return [int(word) for word in text.split()]

    def grids_part(self):
        self.count("grid")
        for number in range(self.options.rounds):
            sent = SIGNALS[number % len(SIGNALS)]
            whom = ["one", "group", "parent", "worker"][number // len(SIGNALS) % 4]
            folder = self.fresh()
            call, at = self.random_call("grid")
            if whom in ("one", "group"):
                what = f"grid, {sent.name} to {whom} at {call} {at}"
                process = self.start("grid", folder, call=call, at=at, number=sent, group=whom == "group")
                workers = []
            else:
                what = f"grid, {sent.name} to the {whom}"
                process = self.start("grid", folder)
                time.sleep(self.random.uniform(0.1, 1.5))
                workers = self.descendants(process.pid)
                target = process.pid if whom == "parent" else self.random.choice(workers or [process.pid])
                try:
                    os.kill(target, sent)
                except ProcessLookupError:
                    pass
            try:
                _, errors = process.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                self.fault(what, "it did not end within two minutes")
                os.killpg(process.pid, signal.SIGKILL)
                continue
            self.kills += 1
            limit = time.monotonic() + 5
            while any(os.path.exists(f"/proc/{worker}") for worker in workers) and time.monotonic() < limit:
                time.sleep(0.01)
            if any(os.path.exists(f"/proc/{worker}") for worker in workers):
                self.fault(what, f"workers are left: {workers}")
            self.go_on(what, folder, "grid", "--resume")
        print(f"grids: {self.options.rounds}", flush=True)

    def doubled_part(self):
        for number in range(self.options.rounds):
            name = ["train", "grid"][number % 2]
            folder = self.fresh()
            first = self.start(name, folder)
            time.sleep(self.random.uniform(0, 0.5))
            second = self.start(name, folder)
            what = f"{name} twice at once"
            self.kills += 1
            for process in (first, second):
                _, errors = process.communicate()
                # The second is told who writes the run, or comes when that has ended.
                if process.returncode == 0 or process.returncode == 1 and "is writing this run" in errors:
                    continue
                self.fault(what, f"one ended with {process.returncode}: {errors.strip()[:400]}")
            self.go_on(what, folder, name)
        print(f"doubled: {self.options.rounds}", flush=True)

    def again_part(self):
        kept = self.place / "kept"
        shutil.copytree(self.place / "whole-train", kept)
        for call in KINDS:
            shutil.rmtree(self.place / "counted", ignore_errors=True)
            shutil.copytree(kept, self.place / "counted")
            self.run("train", "counted", "--again", call=call)
            count = int.from_bytes(self.counter.read_bytes(), "little")
            chosen = range(1, count + 1, self.options.every)
            for at in chosen:
                folder = self.fresh()
                shutil.copytree(kept, self.place / folder)
                ending = self.run("train", folder, "--again", call=call, at=at)
                self.kills += ending.returncode == -signal.SIGKILL
                # Without --again and --resume: the finished run is there, or the new one is made.
                self.go_on(f"--again, SIGKILL at {call} {at} of {count}", folder, "train")
            print(f"again: {call}: {len(chosen)} of {count}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--part", action="append", choices=["calls", "signals", "grids", "doubled", "again"])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    harness = Harness(options)
    try:
        for part in options.part or ["calls", "signals", "grids", "doubled", "again"]:
            getattr(harness, part + "_part")()
    finally:
        shutil.rmtree(harness.place, ignore_errors=True)
    print(f"{harness.kills} disturbed, {len(harness.faults)} faults")
    return 1 if harness.faults else 0


if __name__ == "__main__":
    sys.exit(main())
