#!/usr/bin/env python3
"""Makes a folder of many synthetic runs and measures what the commands on runs take.

    scripts/bench-runs.py PROGRAM [--runs 10000] [--keep FOLDER]

Each run has a configuration like that of a real one (a noise matrix, ten metrics, seven axes), 60 epochs of metrics and a
summary. It fails where `runs list --where` or `table` takes 200 ms or more once the index is warm, or where the index takes
30 s to make. Times are the least of seven, of the whole process.
"""
import argparse, hashlib, itertools, json, os, random, shutil, subprocess, sys, tempfile, time

AXES = [("data", ["digits", "mnist"]), ("model", ["mlp", "cnn"]), ("loss", [{"name": "rll", "parameters": {"alpha": a}}
        for a in (0.01, 0.1, 0.45)] + ["cce", "mse"]), ("noise.kind", ["uniform", "pair"]),
        ("noise.rate", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]), ("depth", [2, 3, 4]), ("seed", list(range(1, 41)))]
NAMES = ["train_loss_running", "j1_running", "loss", "j1", "j2", "fit_clean", "memorized", "corrected", "other",
         "test_accuracy", "calibration", "margin"]


def metric(name):
    percent = name not in ("train_loss_running", "loss", "calibration", "margin")
    entry = {"name": name, "title": name.replace("_", " "), "unit": "%" if percent else "", "decimals": 1 if percent else 3,
             "direction": "higher" if percent else "lower", "headline": name in ("j1", "j2", "calibration"),
             "doc": "what " + name + " measures, in a sentence as long as such sentences are"}
    if percent:
        entry["range"] = [0, 100]
    return entry


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def make(folder, count):
    dice = random.Random(1)
    cells = itertools.islice(itertools.product(*(values for _, values in AXES)), 10 ** 9)
    cells = list(cells)
    step = max(1, len(cells) // count)
    metrics = [metric(name) for name in NAMES]
    files = [{"name": f"losses/part{i}.lua", "sha256": hashlib.sha256(bytes([i])).hexdigest()} for i in range(7)]
    made = 0
    for place in range(0, len(cells), step):
        if made == count:
            break
        cell = cells[place]
        values = dict(zip((name for name, _ in AXES), cell))
        rate = values["noise.rate"]
        config = {
            "cell": [{"axis": name, "value": value} for (name, _), value in zip(AXES, cell)], "replicates": ["seed"],
            "experiment": "many", "epochs": 60, "batch_size": 128, "evaluation_batch_size": 512, "evaluation_interval": 1,
            "data": {"name": values["data"], "classes": 10, "train": 1437, "test": 360},
            "environment": {"host": "bench", "blas": "OpenBLAS", "lua": "5.4", "threads": 1},
            "files": files, "script": {"name": "many.lua", "sha256": files[0]["sha256"]}, "metrics": metrics,
            "loss": values["loss"] if isinstance(values["loss"], dict) else {"name": values["loss"]},
            "model": {"name": values["model"], "parameters": {"hidden": [512, 512], "depth": values["depth"]}, "size": 300000},
            "optimizer": {"name": "sgd", "parameters": {"momentum": 0.9, "nesterov": False, "weight_decay": 0}},
            "schedule": {"name": "constant", "parameters": {"base": 0.1}},
            "noise": {"name": values["noise.kind"], "parameters": {"rate": rate}, "seed": values["seed"],
                      "realised_rate": rate, "matrix": [[round(1 - rate, 2) if i == j else round(rate / 9, 4)
                                                         for j in range(10)] for i in range(10)]},
            "seeds": {"init": 1, "shuffle": 2, "train": 3, "noise": values["seed"]},
            "settings": {"epochs": 60, "learning_rate": 0.1, "momentum": 0.9},
        }
        text = json.dumps(config, indent=2, sort_keys=True)
        run = os.path.join(folder, "many", f"run{made}-{hashlib.sha256(text.encode()).hexdigest()[:8]}")
        os.makedirs(run)
        write(os.path.join(run, "config.json"), text + "\n")
        final = {name: dice.random() * 100 for name in NAMES}
        rows = ["epoch," + ",".join(NAMES)]
        rows += [f"{epoch}," + ",".join(repr(final[name] * epoch / 60) for name in NAMES) for epoch in range(1, 61)]
        write(os.path.join(run, "metrics.csv"), "\n".join(rows) + "\n")
        status = "failed" if made % 97 == 0 else "finished"
        write(os.path.join(run, "summary.json"), json.dumps(
            {"status": status, "epochs": 60, "seconds": 12.5, "metrics": final, "started": "2026-01-01T00:00:00Z",
             "ended": "2026-01-01T00:00:12Z"}))
        made += 1
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=10000)
    parser.add_argument("--keep", help="a folder for the runs; one that is there is used as it is")
    given = parser.parse_args()
    folder = given.keep or tempfile.mkdtemp(prefix="nightjar-bench-runs-")
    if not os.path.isdir(os.path.join(folder, "many")):
        print(f"making {given.runs} runs", flush=True)
        print(f"made {make(folder, given.runs)} runs")

    def measured(title, arguments, limit, times=7):
        best = None
        for _ in range(times):
            start = time.perf_counter()
            subprocess.run([given.program] + arguments + ["--runs-dir", folder], check=True, stdout=subprocess.DEVNULL)
            best = min(best or 1e9, time.perf_counter() - start)
        print(f"{title:58} {best * 1000:8.0f} ms  (limit {limit * 1000:.0f})", flush=True)
        return best < limit

    results = [measured("runs index", ["runs", "index"], 30, 1)]
    results.append(measured("runs list --where \"loss = 'rll' and noise.rate > 0.2\"",
                            ["runs", "list", "--where", "loss = 'rll' and noise.rate > 0.2"], 0.2))
    results.append(measured("  all lines, as CSV", ["runs", "list", "--where", "loss = 'rll' and noise.rate > 0.2", "--csv"], 0.2))
    results.append(measured("runs list, by a metric", ["runs", "list", "--sort=-j2", "--limit", "20"], 0.2))
    results.append(measured("table", ["table"], 0.2))
    results.append(measured("table --rows loss --columns noise.rate --over the rest",
                            ["table", "--rows", "loss", "--columns", "noise.rate", "--over", "seed,data,model,noise.kind,depth"], 0.2))
    results.append(measured("table --format csv", ["table", "--format", "csv"], 0.2))
    if not given.keep:
        shutil.rmtree(folder)
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
