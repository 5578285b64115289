#!/usr/bin/env python3
"""A long training, looked at from outside and from inside: its memory and its descriptors must not grow.

    scripts/soak.py PROGRAM [--steps N] [--from N] [--within PERCENT]

A network on the digits with dropout, averages, a loss and a callback in files of their own, --watch, checkpoints, a ledger and
a reporter. Two figures from step --from on (1,000) are compared with those of the end, and may be --within percent more (1):
the process's own memory, resident or swapped out, and the tensors that are alive after a collection, as nj.memory counts
them. Pages of files (the program, its libraries) are left out: the system drops and reads them as it likes, so that the
resident set may halve on its way. Open descriptors may not be more at all. Exit status 1 where something grew.
"""

import argparse
import csv
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

STEPS_AN_EPOCH = 100
SCRIPT = """
local nj = require "nightjar"
local cfg = nj.config { epochs = 1000 }
local data = nj.data.load "digits"
local trainer
trainer = nj.trainer {
  model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes, dropout = 0.2 },
  loss = nj.losses["./soakloss.lua"] {}, optimizer = nj.optim.adam {}, learning_rate = 0.001, batch_size = 8, seed = 1,
  average = nj.ema { decay = 0.99 }, ledger = true,
  on_epoch = function() trainer:log { live = nj.memory().bytes } end,
}
trainer:fit(data.train:first(800), { test = data.test:first(200), epochs = cfg.epochs })
"""
LOSS = """
return require("nightjar").loss {
  name = "soak",
  state = { seen = 0 },
  forward = function(self, logits, labels)
    self.seen = self.seen + 1
    return -logits:log_softmax():pick(labels)
  end,
}
"""


def memory(pid):
    """Bytes of its own, resident or swapped out: no pages of files."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return sum(int(fields[name].split()[0]) * 1024 for name in ("RssAnon", "VmSwap"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def rows(place):
    """What was recorded, an epoch each."""
    for file in place.glob("runs/soak/*/metrics.csv"):
        with file.open() as lines:
            return list(csv.DictReader(lines))
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--from", dest="start", type=int, default=1000)
    parser.add_argument("--within", type=float, default=1.0)
    options = parser.parse_args()
    place = pathlib.Path(tempfile.mkdtemp(prefix="nightjar-soak-"))
    samples = []
    try:
        (place / "soak.lua").write_text(SCRIPT)
        (place / "soakloss.lua").write_text(LOSS)
        program = str(pathlib.Path(options.program).resolve())
        environment = dict(os.environ, XDG_DATA_HOME=str(place), XDG_CONFIG_HOME=str(place / "config"))
        process = subprocess.Popen(
            [program, "run", "soak.lua", "--watch", "--quiet", "--threads", "1", "--checkpoint-every", "2",
             "--epochs", str(max(1, options.steps // STEPS_AN_EPOCH))],
            cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            while process.poll() is None:
                time.sleep(0.25)
                try:
                    samples.append((len(rows(place)) * STEPS_AN_EPOCH, memory(process.pid), descriptors(process.pid)))
                except (FileNotFoundError, ProcessLookupError, KeyError):
                    break
            _, errors = process.communicate()
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
        if process.returncode != 0:
            sys.exit(f"the run ended with {process.returncode}: {errors.strip()[:400]}")
        live = [float(row["live"]) for row in rows(place)][options.start // STEPS_AN_EPOCH:]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    late = [sample for sample in samples if sample[0] >= options.start]
    if len(late) < 8:
        sys.exit(f"only {len(late)} looks after step {options.start}: ask for more --steps")
    def ends(values):
        """Of the first and of the last tenth the median: a file is open for the moment in which a checkpoint is written."""
        part = max(2, len(values) // 10)
        return statistics.median_high(values[:part]), statistics.median_high(values[-part:])

    faults = 0
    figures = []
    for name, values in [("own memory", [sample[1] for sample in late]), ("live tensors", live)]:
        before, after = ends(values)
        grown = 100 * (after / before - 1)
        faults += grown > options.within
        figures.append(
            f"{name} {before / 2**20:.2f} MiB from step {options.start} on, {after / 2**20:.2f} at the end ({grown:+.2f} %)")
    before, after = ends([sample[2] for sample in late])
    faults += after > before
    print(f"{options.steps} steps, {len(samples)} looks: {', '.join(figures)}, {after - before:+d} descriptors")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
