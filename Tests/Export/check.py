#!/usr/bin/env python3
"""Exports runs for other tools and reads them with TensorBoard's and MLflow's own readers.

  check.py PROGRAM

Makes a virtual environment in .export-venv (pip install tensorboard mlflow-skinny) where this Python has neither; without
a network and without them it skips, with status 0 and a message."""
import csv
import io
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = """
local nj = require "nightjar"
local recall = nj.metric { name = "recall", returns = "class",
  compute = function(_, e)
    local hits = e.predictions:eq(e.labels):double()
    local of = e.labels:one_hot(e.classes, { dtype = "float64" })
    return (hits:unsqueeze(2) * of):sum(1) / of:sum(1)
  end }
local confusion = nj.metric { name = "confusion", returns = "matrix",
  compute = function(_, e)
    local function one_hot(x) return x:one_hot(e.classes, { dtype = "float64" }) end
    return one_hot(e.labels):transpose(1, 2):matmul(one_hot(e.predictions))
  end }
local entropy = nj.metric { name = "entropy", returns = "sample",
  compute = function(_, e) return -(e.probabilities * e.probabilities:log()):sum(-1) end }
return nj.experiment {
  name = "exported", settings = { epochs = 3 },
  grid = { { "loss", { "cce", { "rll", alpha = 0.45 } } }, { "seed", { 1, 2 } } },
  run = function(cfg)
    local data = nj.data.load("digits")
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = { 16 }, classes = data.classes },
      loss = nj.losses[cfg.loss] {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed,
      metrics = { recall {}, confusion {}, entropy {} },
    }
    trainer:fit(data.train, { test = data.test, epochs = cfg.epochs })
  end,
}
"""


def modules():
    try:
        import mlflow  # noqa: F401
        import tensorboard  # noqa: F401
        return True
    except ImportError:
        return False


def environment():
    """Runs this script again with a Python that has the tools."""
    folder = ROOT / ".export-venv"
    python = folder / "bin" / "python"
    if os.environ.get("EXPORT_VENV") or sys.prefix == str(folder):
        print("skipped: tensorboard and mlflow-skinny could not be installed")
        sys.exit(0)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "tensorboard", "mlflow-skinny", "setuptools<81"])
    if done.returncode:
        print("skipped: tensorboard and mlflow-skinny could not be installed")
        sys.exit(0)
    os.environ["EXPORT_VENV"] = "1"
    os.execv(str(python), [str(python), *sys.argv])


def single(value):
    """As float32 has it."""
    return struct.unpack("f", struct.pack("f", value))[0]


def same(left, right):
    return left == right or math.isnan(left) and math.isnan(right)


class Check:
    def __init__(self, program, place):
        self.program, self.place, self.faults = program, place, 0
        (place / "exported.lua").write_text(SCRIPT)
        self.tool("run", "exported.lua", "--quiet", "--log", "tensorboard", "--threads", "1")
        self.runs = {
            f"exported/{path.parent.name}": list(csv.DictReader(io.StringIO(path.read_text())))
            for path in sorted((place / "runs").glob("*/*/metrics.csv"))
        }

    def tool(self, *words):
        return subprocess.run(
            [self.program, *words], cwd=self.place, check=True, text=True, capture_output=True).stdout

    def say(self, right, text):
        self.faults += not right
        print(("ok    " if right else "FAILS ") + text, flush=True)

    def rows(self, name):
        """Column, epoch and value of every number of a run."""
        return [
            (column, int(row["epoch"]), float(value))
            for row in self.runs[name] for column, value in row.items() if column != "epoch" and value != ""
        ]

    def tensorboard(self):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
        from tensorboard.plugins.hparams import plugin_data_pb2

        self.tool("runs", "export", "exported", "--to", "tensorboard", "logs")
        for kind, folder in (("exported", self.place / "logs"), ("logged while training", self.place / "runs")):
            right = total = 0
            for name in self.runs:
                events = EventAccumulator(str(folder / name), size_guidance={"scalars": 0, "histograms": 0, "images": 0})
                events.Reload()
                known = {}
                for tag in events.Tags()["scalars"]:
                    for event in events.Scalars(tag):
                        known[tag, event.step] = event.value
                rows = self.rows(name)
                total += len(rows)
                right += sum(same(known.get((column, epoch), math.inf), single(value)) for column, epoch, value in rows)
            self.say(right == total > 0, f"tensorboard, {kind}: {right} of {total} scalars are equal")
        name = next(name for name in self.runs if "rll" in name)
        events = EventAccumulator(str(self.place / "logs" / name), size_guidance={"histograms": 0, "images": 0})
        events.Reload()
        tags = events.Tags()
        weights = [tag for tag in tags["histograms"] if tag.startswith("weights/")]
        counts = {tag: events.Histograms(tag)[0].histogram_value for tag in weights}
        self.say(
            len(weights) == 4 and all(sum(value.bucket) == value.num > 0 for value in counts.values()),
            f"tensorboard: {len(weights)} histograms of weights hold all of their numbers")
        self.say(
            sum(value.num for value in counts.values()) == 64 * 16 + 16 + 16 * 10 + 10,
            "tensorboard: they are as many as the model has")
        samples = [event.histogram_value for event in events.Histograms("ledger/entropy")]
        self.say(
            len(samples) == 3 and all(value.num == sum(value.bucket) == 1437 for value in samples),
            f"tensorboard: {len(samples)} histograms of a metric by sample")
        images = [image for tag in tags["images"] for image in events.Images(tag)]
        self.say(
            len(images) == 3 and all(image.encoded_image_string[:4] == b"\x89PNG" for image in images),
            f"tensorboard: {len(images)} images of the confusion matrix")
        found = {}
        path = next((self.place / "logs" / name).glob("*tfevents*"))
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "hparams":
                    data = plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content)
                    found[data.WhichOneof("data")] = data
        start = found["session_start_info"].session_start_info
        self.say(
            start.hparams["seed"].number_value in (1, 2) and start.hparams["loss"].string_value == "rll{alpha=0.45}"
            or start.hparams["loss"].string_value == "rll", "tensorboard: hyperparameters are those of the cell")
        self.say(found["session_end_info"].session_end_info.status == 1, "tensorboard: the run has ended well")

    def mlflow(self):
        os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
        from mlflow.tracking import MlflowClient

        self.tool("runs", "export", "exported", "--to", "mlflow", "mlruns")
        client = MlflowClient(tracking_uri=(self.place / "mlruns").as_uri())
        experiment = client.get_experiment_by_name("exported")
        found = client.search_runs([experiment.experiment_id])
        self.say(len(found) == len(self.runs), f"mlflow: {len(found)} runs")
        right = total = 0
        for run in found:
            rows = self.rows(run.data.tags["nightjar.run"])
            known = {}
            for key in run.data.metrics:
                for metric in client.get_metric_history(run.info.run_id, key):
                    known[key, metric.step] = metric.value
            total += len(rows)
            for column, epoch, value in rows:
                key = column.replace("[", ".").replace("]", "")
                right += same(known.get((key, epoch), math.inf), value)
        self.say(right == total > 0, f"mlflow: {right} of {total} values are equal")
        self.say(all(run.info.status == "FINISHED" for run in found), "mlflow: all have finished")
        seeds = sorted(run.data.params["seed"] for run in found)
        self.say(seeds == ["1", "1", "2", "2"], f"mlflow: seeds {seeds}")

    def tables(self):
        self.tool("runs", "export", "exported", "--to", "csv", "tables")
        self.tool("runs", "export", "exported", "--to", "jsonl", "lines")
        known = {
            (row["run"], column, int(row["epoch"])): float(value)
            for row in csv.DictReader((self.place / "tables/metrics.csv").open()) for column, value in row.items()
            if column not in ("run", "epoch") and value != ""
        }
        lines = {}
        for line in (self.place / "lines/metrics.jsonl").read_text().splitlines():
            entry = json.loads(line)
            for column, value in entry["values"].items():
                lines[entry["run"], column, entry["epoch"]] = float(value)
        wanted = {(name, column, epoch): value for name in self.runs for column, epoch, value in self.rows(name)}
        for kind, got in (("csv", known), ("jsonl", lines)):
            right = sum(same(got.get(key, math.inf), value) for key, value in wanted.items())
            self.say(right == len(wanted) == len(got) > 0, f"{kind}: {right} of {len(wanted)} values are equal")


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    if not modules():
        environment()
    with tempfile.TemporaryDirectory(prefix="nightjar-export-") as place:
        check = Check(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(place))
        for part in (check.tensorboard, check.mlflow, check.tables):
            part()
        if check.faults:
            raise SystemExit(f"{check.faults} faults")


main()
