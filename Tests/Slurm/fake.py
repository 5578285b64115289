#!/usr/bin/env python3
"""A stand-in for Slurm's programs, for tests: linked as sbatch, squeue, scontrol and scancel, it runs the elements of an
array here, one after the other. FAKE_SLURM is its folder. In it, "plan" says what becomes of elements: a JSON object of
number (or "*") and HOLD (it waits until "plan" is gone), or a state such as TIMEOUT (it does not run, and has that end).
With "squeue" in it, the next question takes the plan away and is answered when all elements have ended.
"calls" has every command line."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

FOLDER = pathlib.Path(os.environ["FAKE_SLURM"])
REMARK = {"TIMEOUT": "*** JOB {} ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***"}


def note(job, element, state, code="0:0"):
    path = FOLDER / f"{job}_{element}"
    path.with_suffix(".new").write_text(f"{state} {code}")
    path.with_suffix(".new").rename(path)


def known(job):
    paths = (path for path in FOLDER.glob(f"{job}_*") if path.suffix != ".new")
    return {int(path.name.split("_")[1]): path.read_text().split() for path in paths}


def plan(element, otherwise="*"):
    try:
        wanted = json.loads((FOLDER / "plan").read_text())
    except FileNotFoundError:
        return None
    return wanted.get(str(element), wanted.get(otherwise))


def sbatch(words):
    options = dict(word[2:].split("=", 1) for word in words if word.startswith("--") and "=" in word)
    job = len(list(FOLDER.glob("job-*"))) + 1
    count = int(options["array"].split("%")[0].split("-")[1]) + 1
    (FOLDER / f"job-{job}").write_text(json.dumps({"options": options, "script": words[-1], "count": count}))
    for element in range(count):
        note(job, element, "PENDING")
    subprocess.Popen(
        [sys.executable, os.path.realpath(__file__), "work", str(job)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    print(job)


def work(job):
    facts = json.loads((FOLDER / f"job-{job}").read_text())
    options = facts["options"]
    for element in range(facts["count"]):
        while plan(element) == "HOLD":
            if known(job)[element][0] == "CANCELLED":
                return
            time.sleep(0.02)
        log = pathlib.Path(options["output"].replace("%a", str(element)))
        end = plan(element)
        note(job, element, "RUNNING")
        with log.open("a") as out:
            if end:
                out.write(f"slurmstepd: error: {REMARK[end].format(job)}\n")
                note(job, element, end, "0:15")
                continue
            variables = {**os.environ, "SLURM_ARRAY_JOB_ID": str(job), "SLURM_ARRAY_TASK_ID": str(element)}
            status = subprocess.run(
                ["sh", facts["script"]], cwd=options["chdir"], stdout=out, stderr=out, env=variables).returncode
        note(job, element, "FAILED" if status else "COMPLETED", f"{status}:0")


def squeue(words):
    job = next(word.split("=")[1] for word in words if word.startswith("--jobs="))
    if not known(job):
        sys.exit("slurm_load_jobs error: Invalid job id specified")
    if plan("squeue", None):
        (FOLDER / "plan").unlink()
        while any(state in ("PENDING", "RUNNING") for state, _ in known(job).values()):
            time.sleep(0.02)
    for element, (state, _) in sorted(known(job).items()):
        print(f"{element}|{state}|None|{'n1' if state == 'RUNNING' else ''}")


def scontrol(words):
    job, element = words[-1].split("_")
    state, code = known(job)[int(element)]
    print(f"JobId=9 ArrayJobId={job} ArrayTaskId={element} JobState={state} Reason=None ExitCode={code} NodeList=n1")


def scancel(words):
    for element, (state, _) in known(words[0]).items():
        if state in ("PENDING", "RUNNING"):
            note(words[0], element, "CANCELLED", "0:15")


# Shells of elements wait for their workers by signals, which whoever starts this may have blocked.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
verb, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
if verb == "fake.py":
    work(words[1])
else:
    with (FOLDER / "calls").open("a") as calls:
        calls.write(" ".join([verb, *words]) + "\n")
    {"sbatch": sbatch, "squeue": squeue, "scontrol": scontrol, "scancel": scancel}[verb](words)
