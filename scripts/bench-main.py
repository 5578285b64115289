#!/usr/bin/env python3
"""The main job of `make run` (48 runs on digits) in turn with the same in PyTorch, as a ratio.

    scripts/bench-main.py PROGRAM [--turns 3] [--epochs 60] [--jobs 2] [--isa avx2] [--compile] [--json]

Both sides take two processes of one thread each, as a careful user would write them (scripts/peers/peer_main.py; `make
peers` installs PyTorch). Seconds are those of a whole command, from its start to its end, beside the processor's; --isa
avx2 holds both sides to that instruction set. The final J1 and J2 of both sides are printed too: a job that is fast and
wrong is seen.
"""
import argparse, csv, json, os, pathlib, resource, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".peers/bin/python"
HELD = {"NIGHTJAR_ISA": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}


def timed(command, environment):
    """Seconds of the clock and of the processor, and what the command printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stderr[-2000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def own_means(folder):
    """Mean final J1 and J2 by loss and rate, from the summary."""
    found = {}
    with open(folder / "memorization" / "summary.csv") as file:
        for row in csv.DictReader(file):
            found.setdefault(f"{row['loss']} {float(row['rate']):g}", []).append((float(row["j1"]), float(row["j2"])))
    return {key: [round(statistics.mean(v[i] for v in values), 1) for i in (0, 1)] for key, values in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--isa", choices=["avx2"])
    parser.add_argument("--compile", action="store_true", help="torch.compile on PyTorch's side")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not PYTHON.exists():
        sys.exit("PyTorch is not there: make peers")
    environment = dict(os.environ, **(HELD if options.isa else {}))
    program = str(pathlib.Path(options.program).resolve())
    sides, finals = {"nightjar": [], "pytorch": []}, {}
    for turn in range(options.turns):
        # Each begins every other turn.
        for side in sorted(sides, reverse=turn % 2 == 1):
            if side == "nightjar":
                with tempfile.TemporaryDirectory() as folder:
                    *times, _ = timed([program, "run", str(ROOT / "lua/experiments/memorization.lua"), "--runs-dir", folder,
                                       "--jobs", str(options.jobs), "--epochs", str(options.epochs)], environment)
                    finals[side] = own_means(pathlib.Path(folder))
            else:
                *times, text = timed([str(PYTHON), str(ROOT / "scripts/peers/peer_main.py"),
                                      str(ROOT / "plugins/data/digits/digits.csv.gz"), "--epochs", str(options.epochs),
                                      "--jobs", str(options.jobs), "--json"] + ["--compile"] * options.compile, environment)
                finals[side] = {key.replace(" 0.0", " 0"): value
                                for key, value in json.loads(text.strip().split("\n")[-1])["final"].items()}
            sides[side].append(times)
            if not options.json:
                print(f"turn {turn + 1}, {side}: {times[0]:.1f} s, {times[1]:.1f} s of the processor", flush=True)
    median = {side: [statistics.median(t[i] for t in times) for i in (0, 1)] for side, times in sides.items()}
    ratio, share = (median["pytorch"][i] / median["nightjar"][i] for i in (0, 1))
    if options.json:
        print(json.dumps({"turns": sides, "ratio": ratio, "processor_ratio": share, "final": finals}))
        return
    print(f"medians of {options.turns}: {median['nightjar'][0]:.1f} s against {median['pytorch'][0]:.1f} s, ratio {ratio:.2f} "
          f"(processor {share:.2f})")
    print("final J1/J2        nightjar       pytorch")
    for key, value in finals["nightjar"].items():
        other = finals["pytorch"].get(key, ["", ""])
        print(f"{key:16} {value[0]:>6} {value[1]:>6}  {other[0]:>6} {other[1]:>6}")


if __name__ == "__main__":
    main()
