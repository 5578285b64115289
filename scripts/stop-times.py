#!/usr/bin/env python3
"""Milliseconds from one signal to the end of the program, for every kind of work that somebody may wait for.

usage: stop-times.py PROGRAM [--only WORDS] [--stacks]

Each kind is begun anew for each of its moments, which are seconds of processor time after its start: a work of several
parts (recording, planning, writing) is stopped in each of them. What is said of a kind is the longest of its stops: by the
clock, and in processor time, which is what can be compared on a machine that does other things besides. Fails where one
takes a second or longer by the clock, does not end with the signal's status, or leaves what it should not.
--stacks records with perf what the program does between the signal and its end, where that is long.
"""

import argparse
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

LIMIT = 1.0
TICK = os.sysconf("SC_CLK_TCK")
PROGRAM = ""
NJ = 'local nj = require "nightjar"\n'


class Kind:
    """A kind of work: `arguments` of the program, the files that they need, and when to stop it."""

    def __init__(self, name, arguments, moments=(0.7,), files=None, prepare=None, number=signal.SIGINT, typed=None,
                 statuses=None, blocked=False, beside=None, measure=None):
        self.blocked, self.beside = blocked, beside
        # Of what does not end with the signal.
        self.measure = measure
        self.name, self.arguments, self.moments = name, arguments, moments
        self.files, self.prepare, self.number, self.typed = files or {}, prepare, number, typed
        self.statuses = statuses or {128 + number}


def script(name, text, moments=(0.7,), **more):
    return Kind(name, ["run", "work.lua"], moments, {"work.lua": text, **more.pop("files", {})}, **more)


def deep(layers, epochs=100000):
    return NJ + f"""
local hidden = {{}}
for i = 1, {layers} do hidden[i] = 1 end
nj.trainer {{
  model = nj.models.mlp {{ inputs = 64, hidden = hidden, classes = 10 }}, loss = nj.losses.cce {{}},
  optimizer = nj.optim.sgd {{}}, learning_rate = 0.1, seed = 1,
}}:fit(nj.data.load("digits").train:first(20), {{ epochs = {epochs} }})
"""


def grid(seeds, run):
    return NJ + f"""
local seeds = {{}}
for i = 1, {seeds} do seeds[i] = i end
return nj.experiment {{
  name = "grid", doc = "For stopping.", settings = {{ epochs = 100000 }}, grid = {{ {{ "seed", seeds }} }},
  run = function(cfg)
    {run}
  end,
}}
"""


TRAINING = """
    local data = nj.data.load("digits")
    local trainer = nj.trainer {
      model = nj.models.mlp { inputs = data.features, hidden = { 64 }, classes = data.classes }, loss = nj.losses.cce {},
      optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed,
    }
    trainer:fit(data.train, { test = data.test, epochs = cfg.epochs })
"""


# ---- Files of every format ----------------------------------------------------------------------------------------------


def large(path, megabytes, head=b""):
    with open(path, "wb") as file:
        file.write(head)
        block = bytes(range(256)) * 4096
        for _ in range(megabytes):
            file.write(block)


def npy(path, megabytes):
    count = megabytes << 20
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}".encode()
    text += b" " * (63 - (10 + len(text)) % 64) + b"\n"
    large(path, megabytes, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)


def safetensors(path, megabytes):
    count = (megabytes << 20) // 4
    header = f'{{"w":{{"dtype":"F32","shape":[{count}],"data_offsets":[0,{count * 4}]}}}}'.encode()
    header += b" " * (-len(header) % 8)
    large(path, megabytes, struct.pack("<Q", len(header)) + header)


def compressed(path, megabytes):
    import zipfile

    npy(path + ".npy", megabytes)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(path + ".npy", "a.npy")
    os.remove(path + ".npy")


def table(path, rows, head="a,b,c,d,label\n"):
    with open(path, "w") as file:
        file.write(head)
        for i in range(rows):
            file.write(f"{i % 97},{i % 89},{i % 83},{i % 79},{i % 3}\n")


def plugin(folder, name, rows):
    """A plugin with a data set of so many lines; 0: its file is not there."""
    os.makedirs(f"{folder}/plugins/{name}")
    with open(f"{folder}/plugins/{name}/plugin.lua", "w") as file:
        file.write(f'return {{ name = "{name}", version = "1.0.0", api = ">= 1.0", license = "MIT", '
                   f'description = "Data.", provides = {{ data = {{ "{name}.lua" }} }} }}\n')
    with open(f"{folder}/plugins/{name}/{name}.lua", "w") as file:
        file.write(f'return {{ name = "{name}", doc = "A table.", format = "csv", file = "{name}.csv", '
                   'shape = { 2, 2, 1 }, classes = 3, '
                   'split = { test_per_mille = 200, stratified = true, seed = 0 } }\n')
    if rows > 0:
        table(f"{folder}/plugins/{name}/{name}.csv", rows, head="")


def csv_plugin(rows):
    return lambda folder: plugin(folder, "wide", rows)


def plugins(count):
    """Plugins with a data set each."""
    def prepare(folder):
        for number in range(count):
            plugin(folder, f"set{number}", 0)
    return prepare


def made(function, name, size):
    return lambda folder: function(f"{folder}/{name}", size)


# ---- Kinds --------------------------------------------------------------------------------------------------------------

SCRIPTS = [
    script("blocked output", "while true do print((\"x\"):rep(1000)) end", blocked=True),
    script("tight loop", "while true do end"),
    script("loop that catches errors", "while true do pcall(function() while true do end end) end"),
    script("pattern", 'string.find(("a"):rep(50), (".-"):rep(12) .. "b")'),
    script("sort", "local t = {} for i = 1, 3e6 do t[i] = i * 7919 % 1000003 end while true do table.sort(t) t[1] = 5 end",
           (0.5, 1.5)),
    script("concat", 'table.concat(setmetatable({}, { __index = getmetatable, __metatable = "" }), "", 1, 1 << 53)'),
    script("rep", 'while true do local s = ("ab"):rep(3e8) end'),
    script("coroutines", "coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()"),
    script("gradient", NJ + "nj.value_and_grad(function(x) while true do end end, nj.ones(2))"),
    script("planning, 300,000 nodes", NJ + """
nj.value_and_grad(function(x) local y = x for i = 1, 3e5 do y = y * x + x end return y:sum() end, nj.ones(2))""",
           (0.5, 1, 2, 4)),
    script("one long product", NJ + "local a = nj.randn(7000, 7000) print(a:matmul(a):matmul(a):sum():item())", (1.5,)),
    script("many products", NJ + "local a = nj.randn(1500, 1500) while true do a:matmul(a):sum():item() end", (1.5,)),
    script("data", NJ + 'while true do nj.data.load("digits") end'),
    script("collecting garbage", "local t = {} for i = 1, 2e6 do t[i] = { i } end while true do collectgarbage() end",
           (0.5, 2)),
    script("text of a large tensor", NJ + "local a = nj.randn(3000, 3000) while true do local t = a:totable() end", (1, 2)),
    script("sorting a tensor", NJ + "local a = nj.randn(3e7) while true do nj.sort(a):sum():item() end", (2, 4)),
    script("drawing", NJ + "while true do nj.randn(5e7):sum():item() end", (1, 2)),
    script("a permutation", NJ + "while true do nj.randperm(5e7) end", (1, 2)),
]

READERS = [
    script("reading .npy", NJ + 'while true do nj.load("a.npy"):sum():item() end', prepare=made(npy, "a.npy", 400)),
    script("reading .npz", NJ + 'while true do nj.load("a.npz") end', prepare=made(compressed, "a.npz", 400)),
    script("reading .safetensors", NJ + 'while true do nj.load("a.safetensors") end',
           prepare=made(safetensors, "a.safetensors", 400)),
    script("writing .safetensors", NJ + 'local a = nj.zeros(1e8) while true do nj.save("b.safetensors", { a = a }) end'),
    script("writing .npz", NJ + 'local a = nj.zeros(1e8) while true do nj.save("b.npz", { a = a }) end'),
    Kind("reading a table", ["run", "work.lua"], (0.5, 1, 2, 4),
         {"work.lua": NJ + 'while true do nj.data.load("wide") end'}, csv_plugin(3_000_000)),
]

TRAININGS = [
    Kind("training", ["run", "grid.lua", "--set", "seed=1"], (0.7, 2), {"grid.lua": grid(4, TRAINING)}),
    Kind("grid", ["run", "grid.lua"], (0.3, 0.7), {"grid.lua": grid(4, TRAINING)}),
    Kind("training, 2,000 layers", ["run", "work.lua"], (0.3, 0.6, 1, 1.5, 2, 3, 5), {"work.lua": deep(2000)}),
    Kind("training, 20,000 layers", ["run", "work.lua"], (0.5, 1, 2, 3, 4, 6, 8, 12, 16), {"work.lua": deep(20000)}),
    Kind("dry run, 50,000 layers", ["run", "work.lua", "--dry-run"], (1, 3, 6, 10),
         {"work.lua": NJ + "return nj.experiment { name = 'deep', doc = 'x', settings = { epochs = 2 }, "
          "grid = { { 'seed', { 1 } } }, run = function(cfg)\n" + deep(50000) + "end }"}),
]


LOSS = NJ + """
return nj.loss { name = "slow", forward = function(self, logits, labels) %s end }
"""
# A long formula: what can be proven of it takes a while.
PROVEN = LOSS % """
  local p = logits:softmax(-1):pick(labels)
  local sum = p
  for i = 1, 40 do sum = sum + (1 - p ^ (i / 40)) * (i / 40) + (p + i):log() end
  return sum"""


def done(*arguments):
    ended = subprocess.run([PROGRAM, *arguments], capture_output=True)
    if ended.returncode != 0:
        raise SystemExit(f"what is to be looked at was not made: {ended.stderr.decode()}")


def only_run(folder):
    [run] = [entry.path for entry in os.scandir(folder) if entry.is_dir()]
    return run


def runs(count, epochs=1):
    """`count` finished runs of an experiment called grid."""
    def prepare(folder):
        with open(f"{folder}/grid.lua", "w") as file:
            file.write(grid(count, TRAINING))
        done("run", "grid.lua", "--epochs", str(epochs), "--quiet")
    return prepare


def hollow_run(megabytes):
    """A finished run with files that are as large, and almost all holes."""
    def prepare(folder):
        runs(1)(folder)
        run = only_run(f"{folder}/runs/grid")
        for file in ["weights.safetensors", "ledger.npy"]:
            os.truncate(f"{run}/{file}", megabytes << 20)
    return prepare


def wide_run(folder):
    """A run of a data set that takes seconds to read."""
    csv_plugin(3_000_000)(folder)
    with open(f"{folder}/wide.lua", "w") as file:
        file.write(NJ + """
local data = nj.data.load("wide")
nj.trainer {
  model = nj.models.mlp { inputs = data.features, hidden = { 256, 256 }, classes = data.classes },
  loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
}:fit(data.train:first(100), { epochs = 1, test = data.test:first(100) })""")
    done("run", "wide.lua", "--quiet")
    os.rename(only_run(f"{folder}/runs/wide"), f"{folder}/runs/wide/one")


def inputs(folder):
    """A run, and an array of inputs for it."""
    wide_run(folder)
    with open(f"{folder}/inputs.lua", "w") as file:
        file.write(NJ + 'nj.save("inputs.npy", nj.randn(4000000, 4))')
    done("run", "inputs.lua", "--quiet")


def witnesses(folder):
    """What many models remember of a data set that is large."""
    with open(f"{folder}/witnesses.lua", "w") as file:
        file.write(NJ + """
local function bits(count, share) return nj.rand(count):lt(share):to("uint8") end
for i = 1, 24 do
  nj.save("model" .. i .. ".npz", {
    members = bits(60000, 0.7), right = bits(60000, 0.9), right_test = bits(10000, 0.9),
    labels = nj.zeros({ 60000 }, { dtype = "uint8" }), data_sha256 = nj.zeros({ 32 }, { dtype = "uint8" }),
  })
end""")
    done("run", "witnesses.lua", "--quiet")


STALLED = 8971


def stalled_server(folder):
    """Sends the first bytes of a file, and nothing more."""
    program = """
import http.server, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "9912422")
        self.end_headers()
        self.wfile.write(bytes(1000))
        self.wfile.flush()
        time.sleep(600)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""
    server = subprocess.Popen([sys.executable, "-c", program, str(STALLED)], stdout=subprocess.PIPE)
    server.stdout.readline()
    return server


def large_run(megabytes):
    """One finished run with weights of so many megabytes."""
    def prepare(folder):
        width = megabytes * 1024 * 1024 // 4 // 64
        with open(f"{folder}/large.lua", "w") as file:
            file.write(NJ + f"""
return nj.experiment {{ name = "large", doc = "x", settings = {{ epochs = 1 }}, grid = {{ {{ "seed", {{ 1 }} }} }},
  run = function(cfg)
    nj.trainer {{ model = nj.models.mlp {{ inputs = 64, hidden = {{ {width} }}, classes = 10 }}, loss = nj.losses.cce {{}},
      optimizer = nj.optim.sgd {{}}, learning_rate = 0.1, seed = 1 }}
      :fit(nj.data.load("digits").train:first(20), {{ epochs = cfg.epochs }})
  end }}""")
        done("run", "large.lua", "--quiet")
        os.rename(only_run(f"{folder}/runs/large"), f"{folder}/runs/large/one")
    return prepare


def interrupt_kernel(program, moment, folder):
    """An input in a notebook that is interrupted: to the answer that says so. The next input must be answered then."""
    try:
        from jupyter_client.manager import KernelManager
    except ImportError:
        return "python3-jupyter-client is not there"
    os.environ["JUPYTER_DATA_DIR"] = folder
    done("kernel", "install")
    manager = KernelManager(kernel_name="nightjar")
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)

        def answer(request):
            while True:
                message = client.get_shell_msg(timeout=60)
                if message["parent_header"].get("msg_id") == request:
                    return message["content"]

        process = manager.provisioner.process.pid
        request = client.execute("while true do pcall(function() while true do end end) end")
        begun = used(process)
        while used(process) < begun + moment:
            time.sleep(0.01)
        before, start = used(process), time.monotonic()
        manager.interrupt_kernel()
        status = answer(request)["status"]
        seconds = time.monotonic() - start
        processor = used(process) - before
        fine = status == "error" and answer(client.execute("1 + 1"))["status"] == "ok"
        return seconds, processor, 128 + signal.SIGINT if fine else 1
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def typed(name, text, moments=(1,)):
    """A line at the prompt of a session without a terminal, which Ctrl-C ends as soon as the line has stopped."""
    return Kind(name, ["repl"], moments, typed=text + "\n")


COMMANDS = [
    Kind("check", ["check", "loss.lua"], files={"loss.lua": LOSS % "while true do end"}),
    Kind("check, proofs", ["check", "loss.lua"], (0.5, 1, 2), {"loss.lua": PROVEN}),
    Kind("explain", ["explain", "loss.lua"], files={"loss.lua": LOSS % "while true do end"}, number=signal.SIGTERM),
    Kind("explain, 20,000 layers", ["explain", "work.lua"], (1, 3, 6),
         {"work.lua": deep(20000).replace("nj.trainer", "return nj.trainer")}),
    Kind("test", ["test", "tests"], files={
        "tests/slow.lua": 'local test = require "nightjar.test" test("slow", function() while true do end end)'},
        number=signal.SIGTERM),
    Kind("report", ["report", "runs/grid"], (0.05, 0.1), prepare=runs(40)),
    Kind("table", ["table", "runs/grid"], (0.01, 0.02), prepare=runs(40)),
    Kind("runs index", ["runs", "index"], (0.05, 0.1), prepare=runs(40)),
    Kind("verify, 1 GB", ["verify", "runs/large"], (0.2, 1), prepare=large_run(1000)),
    Kind("runs export, 1 GB", ["runs", "export", "--to", "copy", "--weights"], (0.2, 1), prepare=large_run(1000)),
    Kind("verify, 3 GB of holes", ["verify", "runs/grid"], (0.2, 1, 2), prepare=hollow_run(3000)),
    Kind("export, 3 GB of holes", ["runs", "export", "--to", "copy", "--weights"], (0.2, 1, 2), prepare=hollow_run(3000)),
    Kind("report, 2,000 epochs", ["report", "runs/grid"], (0.05, 0.1, 0.2), prepare=runs(3, 2000)),
    Kind("evaluate", ["evaluate", "runs/wide/one", "--part", "train", "--plugin", "plugins"], (0.2, 0.5, 1, 2), prepare=wide_run),
    Kind("evaluate, 1 GB", ["evaluate", "runs/large/one"], (0.2, 0.5, 1), prepare=large_run(1000)),
    Kind("predict", ["predict", "runs/wide/one", "inputs.npy", "--plugin", "plugins", "--out", "out.npy"], (0.2, 0.5, 1, 2), prepare=inputs),
    Kind("predict, table", ["predict", "runs/wide/one", "inputs.npy", "--plugin", "plugins", "--out", "out.csv"], (2, 4, 6), prepare=inputs),
    Kind("audit", ["audit", "digits", "--epochs", "1000"], (0.3, 0.6, 1, 2)),
    Kind("audit, a table", ["audit", "wide.csv", "--label", "label"], (0.3, 0.6, 1, 2, 4, 8),
         prepare=made(table, "wide.csv", 400_000)),
    Kind("influence", ["influence", *[f"model{i + 1}.npz" for i in range(24)]], (0.2, 0.5, 1, 2), prepare=witnesses),
    Kind("data list", ["data", "list", "--plugin", "plugins"], (0.1, 0.2), prepare=plugins(300)),
    Kind("data info", ["data", "info", "wide", "--plugin", "plugins"], (0.2, 0.5), prepare=csv_plugin(3_000_000)),
    Kind("data fetch, stalled", ["data", "fetch", "mnist", "--data-dir", "d", "--from", f"http://127.0.0.1:{STALLED}"],
         (2,), blocked=True, beside=stalled_server),
    Kind("kernel", ["kernel"], (0.5, 1), measure=interrupt_kernel),
]

PROMPT = [
    typed("prompt: tight loop", "while true do end"),
    typed("prompt: sort of a table", "local t = {} for i = 1, 3e6 do t[i] = i * 7919 % 1000003 end table.sort(t)",
          (0.5, 1.5)),
    typed("prompt: sort of a tensor", "print(nj.randn(3e7):sort():sum():item())", (1, 2, 3)),
    typed("prompt: running sum", "print(nj.randn(1e8):cumsum():sum():item())", (1, 2)),
    typed("prompt: inverse", "print(nj.inverse(nj.randn(3000, 3000)):sum():item())", (1, 2)),
    typed("prompt: sums that left int32", 'local n = 3e7 local whole = { dtype = "int32" } print(nj.zeros({ n }, whole)'
          ':scatter_add(1, nj.ones({ n }, whole), nj.full({ n }, 2e9, whole)):sum():item())', (0.5, 1, 2)),
    typed("prompt: text search", 'print((("a"):rep(3e8)):find("b", 1, true))', (0.3, 0.6)),
]


def kinds():
    return SCRIPTS + READERS + TRAININGS + COMMANDS + PROMPT


# ---- Measuring ----------------------------------------------------------------------------------------------------------


def used(process):
    """Seconds of processor time of a process and of its children that ended; None where it is gone."""
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else sum(int(field) for field in fields[11:15]) / TICK


def measure(program, kind, moment, folder, stacks):
    """The seconds that a stop took by the clock and in processor time, and the status; None where it ended before."""
    # A pipe that nobody reads takes little.
    ends = os.pipe() if kind.blocked else None
    with open(ends[1] if ends else "out.txt", "wb") as output, open("err.txt", "wb") as errors:
        child = subprocess.Popen([program, *kind.arguments], stdin=subprocess.PIPE if kind.typed else subprocess.DEVNULL,
                                 stdout=output, stderr=errors)
    if kind.typed:
        child.stdin.write(kind.typed.encode())
        child.stdin.flush()
    # What waits uses no processor time.
    limit = time.monotonic() + (moment + 1 if kind.blocked else 600)
    while (now := used(child.pid)) is not None and now < moment and time.monotonic() < limit:
        time.sleep(0.01)
    if now is None:
        child.wait()
        return None
    before = used(child.pid) or now
    recorder = None
    if stacks:
        recorder = subprocess.Popen(["perf", "record", "-q", "-g", "-o", "stacks", "-p", str(child.pid)],
                                    stderr=subprocess.DEVNULL)
        time.sleep(0.3)
        before = used(child.pid) or now
    start = time.monotonic()
    child.send_signal(kind.number)
    if kind.typed:
        child.stdin.close()
    while True:
        done, status, usage = os.wait4(child.pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() - start > 60:
            child.kill()
        time.sleep(0.005)
    seconds = time.monotonic() - start
    if ends:
        os.close(ends[0])
    if recorder:
        recorder.wait()
        report = subprocess.run(["perf", "report", "-i", "stacks", "--no-children", "-g", "caller,0.5,callee",
                                 "--stdio", "--percent-limit", "8"], capture_output=True, text=True).stdout
        if usage.ru_utime + usage.ru_stime - before > 0.4:
            print(report[:6000])
    child.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_utime + usage.ru_stime - before, child.returncode


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--stacks", action="store_true")
    options = arguments.parse_args()
    global PROGRAM
    PROGRAM = program = os.path.realpath(options.program)
    slow = False
    for kind in kinds():
        if options.only and not any(word in kind.name for word in options.only.split("|")):
            continue
        folder, beside = tempfile.mkdtemp(), None
        home = os.getcwd()
        os.chdir(folder)
        try:
            for path, text in kind.files.items():
                os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
                with open(path, "w") as file:
                    file.write(text)
            if kind.prepare:
                kind.prepare(folder)
            if kind.beside:
                beside = kind.beside(folder)
            ends = [(kind.measure(program, moment, folder) if kind.measure else
                     measure(program, kind, moment, folder, options.stacks), moment) for moment in kind.moments]
        finally:
            if beside:
                beside.kill()
                beside.wait()
            os.chdir(home)
            shutil.rmtree(folder)
        if isinstance(ends[0][0], str):
            print(f"{kind.name:28} skipped: {ends[0][0]}")
            continue
        met = [(end, moment) for end, moment in ends if end]
        if not met:
            print(f"{kind.name:28} ended by itself")
            slow = True
            continue
        clock, at = max((end[0], moment) for end, moment in met)
        processor = max(end[1] for end, _ in met)
        statuses = sorted({end[2] for end, _ in met})
        odd = any(status not in kind.statuses for status in statuses)
        is_slow = clock >= LIMIT
        print(f"{kind.name:28} status {','.join(map(str, statuses)):8} {clock * 1000:6.0f} ms at {at:g} s "
              f"({processor * 1000:.0f} ms of processor time)" + ("  !" if is_slow or odd else ""), flush=True)
        slow = slow or is_slow or odd
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
