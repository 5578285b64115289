#!/usr/bin/env python3
"""Runs an experiment on a real Slurm of two nodes, disturbs it in every way, and compares with the same experiment here.

  check.py [--only PART] PROGRAM [SCRIPT [ARGUMENTS...]]

The cluster is cluster.sh's, in a folder of its own. Without a script it is a small experiment whose cells take some seconds.
Parts are disturbed, lost, stopped and limited. Skips, with status 0 and a message, where Slurm is not installed."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
SCRIPT = """
local nj = require "nightjar"
return nj.experiment {
  name = "slow",
  settings = { epochs = 60 },
  grid = { { "loss", { "rll", "cce" } }, { "seed", { 1, 2, 3 } } },
  run = function(cfg)
    local data = nj.data.load("digits")
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = { 256, 256 }, classes = data.classes },
      loss = nj.losses[cfg.loss] {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.01, seed = cfg.seed,
    }
    trainer:fit(data.train:with_labels(nj.noise.uniform { rate = 0.4 }, { seed = cfg.seed }),
      { test = data.test, epochs = cfg.epochs })
  end,
}
"""


class Check:
    def __init__(self, program, script, arguments):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="nightjar-slurm-"))
        self.cluster = self.place / "cluster"
        self.program = program
        if script is None:
            script = self.place / "slow.lua"
            script.write_text(SCRIPT)
        self.command = [program, "run", str(script), *arguments, "--threads", "1"]
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(self.cluster / "slurm.conf")}
        self.faults = 0

    def tool(self, *words):
        return subprocess.run(words, env=self.environment, cwd=self.place, text=True, capture_output=True)

    def control(self, *words):
        answer = self.tool(str(HERE / "cluster.sh"), words[0], str(self.cluster), *words[1:])
        if answer.returncode:
            raise SystemExit(f"cluster.sh {words[0]}: {answer.stderr}")

    def say(self, right, text):
        self.faults += not right
        print(("ok    " if right else "FAILS ") + text, flush=True)

    def start(self, runs, *words):
        errors = open(self.place / f"{runs}.errors", "a")
        return subprocess.Popen(
            [*self.command, "--runs-dir", str(self.place / runs), "--on", "slurm", "--cluster-interval", "0.5", *words],
            env=self.environment, cwd=self.place, stdout=subprocess.DEVNULL, stderr=errors)

    def jobs(self, state="RUNNING"):
        text = self.tool("squeue", "--noheader", "--array", f"--states={state}", "--format=%i %N").stdout
        return [line.split() for line in text.splitlines()]

    def until(self, what, condition):
        end = time.monotonic() + 600
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.2)
        raise SystemExit(f"waited in vain for {what}; everything is in {self.place}")

    def trained(self, runs):
        """Whether some run has three epochs and no end."""
        for metrics in (self.place / runs).glob("*/*/metrics.csv"):
            if metrics.read_text().count("\n") > 4 and not (metrics.parent / "summary.json").exists():
                return metrics.parent
        return None

    def compare(self, runs):
        expected = sorted((self.place / "here").glob("*/*/metrics.csv"))
        self.say(bool(expected), f"there are {len(expected)} runs to compare with")
        for kind in ("metrics.csv", "weights.safetensors"):
            same = all(
                (self.place / runs / path.relative_to(self.place / "here")).with_name(kind).read_bytes()
                == path.with_name(kind).read_bytes() for path in expected)
            self.say(same, f"{runs}: every {kind} has the bytes of a sweep here")
        summary = next((self.place / "here").glob("*/summary.csv")).relative_to(self.place / "here")
        same = (self.place / runs / summary).read_bytes() == (self.place / "here" / summary).read_bytes()
        self.say(same, f"{runs}: summary.csv has the bytes of a sweep here")

    def errors(self, runs):
        return (self.place / f"{runs}.errors").read_text()

    def disturbed(self):
        """A job preempted, a node drained, the controller restarted, the command left and given again."""
        process = self.start("disturbed", "--partition", "main")
        self.until("a run that trains", lambda: self.trained("disturbed"))
        self.tool("sbatch", "--partition=urgent", "--nodelist=n1", "--cpus-per-task=2", "--output=/dev/null", "--wrap=sleep 3")
        self.until(
            "a preempted cell", lambda: self.restarts() > 0)
        self.tool("scontrol", "update", "nodename=n2", "state=drain", "reason=check")
        self.control("restart")
        process.send_signal(signal.SIGINT)
        self.say(process.wait() == 130, "Ctrl-C leaves the array with status 130")
        self.say(len(self.jobs("RUNNING,PENDING,COMPLETING")) > 0, "the cells go on without the command")
        self.tool("scontrol", "update", "nodename=n2", "state=resume")
        process = self.start("disturbed", "--partition", "main")
        self.say(process.wait() == 0, "given again, the command follows the cells to their end")
        text = self.errors("disturbed")
        self.say("are in Slurm's queue already" in text, "and says that it does")
        self.compare("disturbed")

    def restarts(self):
        text = self.tool("scontrol", "--oneliner", "show", "job").stdout
        return sum(int(count) for count in re.findall(r"Restarts=(\d+)", text))

    def lost(self):
        """A node that goes with all that runs on it."""
        process = self.start("lost")
        run = self.until("a run that trains", lambda: self.trained("lost"))
        nodes = self.until("a running cell", lambda: [line[1] for line in self.jobs() if len(line) > 1])
        self.control("kill", nodes[0])
        self.until("the node to be missed", lambda: "down" in self.tool("sinfo", "--noheader", "--Node", "--format=%T").stdout)
        self.control("revive", nodes[0])
        self.say(process.wait() == 0, f"the cells of a node that was lost go on ({run.name} trained)")
        self.compare("lost")

    def limited(self):
        """Notice before the time limit: Slurm looks once a minute and rounds to minutes."""
        process = self.start("limited", "--time", "1", "--notice", "50")
        self.say(process.wait() == 0, "cells that get notice come to their end")
        logs = "".join(log.read_text() for log in (self.place / "limited").glob("*/.batches/*/*.log"))
        print(f"      {logs.count('queues again')} times a cell queued again for its time")
        self.compare("limited")

    def stopped(self):
        process = self.start("stopped")
        self.until("a run that trains", lambda: self.trained("stopped"))
        name = next((self.place / "stopped").iterdir()).name
        answer = subprocess.run(
            [self.program, "stop", name, "--runs-dir", str(self.place / "stopped")], env=self.environment, text=True,
            capture_output=True, cwd=self.place)
        self.say(answer.returncode == 0 and answer.stdout.startswith("cancelled: job "), answer.stdout.strip())
        self.say(process.wait() == 1, "the command ends when its cells are cancelled")
        self.say(self.start("stopped").wait() == 0, "given again, it goes on with them")
        self.compare("stopped")

    def run(self, only):
        subprocess.run([*self.command, "--quiet", "--runs-dir", str(self.place / "here")], check=True, cwd=self.place)
        self.control("start")
        try:
            for part in (self.disturbed, self.lost, self.stopped, self.limited):
                if only in (None, part.__name__):
                    print(f"{part.__name__}:", flush=True)
                    part()
        finally:
            self.control("stop")
        if self.faults:
            raise SystemExit(f"{self.faults} faults; everything is in {self.place}")
        shutil.rmtree(self.place)


def main():
    missing = [name for name in ("slurmctld", "slurmd", "munged", "sbatch") if not shutil.which(name, path=PATH)]
    if missing:
        print(f"skipped: {', '.join(missing)} not found (apt-get install slurm-wlm munge)")
        return
    words = sys.argv[1:]
    only = None
    if words[:1] == ["--only"]:
        only, words = words[1], words[2:]
    if not words:
        raise SystemExit(__doc__)
    script = pathlib.Path(words[1]).resolve() if len(words) > 1 else None
    Check(str(pathlib.Path(words[0]).resolve()), script, words[2:]).run(only)


main()
