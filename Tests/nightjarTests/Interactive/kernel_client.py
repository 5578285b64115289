#!/usr/bin/env python3
"""kernel_client.py PROGRAM: installs the kernel of a program into a folder of its own, starts it as Jupyter does, and
talks to it with jupyter_client. Prints what came, a line for each message; what differs from run to run is left out."""
import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager

program = os.path.abspath(sys.argv[1])
folder = tempfile.mkdtemp()
os.environ["JUPYTER_DATA_DIR"] = folder
said = subprocess.run([program, "kernel", "install"], capture_output=True, text=True, check=True)
spec = json.load(open(os.path.join(folder, "kernels/nightjar/kernel.json")))
print("spec", said.stdout.replace(folder, "DATA").strip(), spec["argv"][1:], spec["display_name"], spec["language"])

manager = KernelManager(kernel_name="nightjar")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=30)


def outputs(request):
    """What everybody hears of a request, up to the word that it is done."""
    while True:
        message = client.get_iopub_msg(timeout=30)
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "status":
            if content["execution_state"] == "idle":
                return
        elif kind == "stream":
            print(" ", kind, content["name"], repr(content["text"]))
        elif kind in ("display_data", "update_display_data", "execute_result"):
            data = dict(content["data"])
            if kind == "update_display_data":
                continue
            if "transient" in content:
                print("  progress")
                continue
            if "image/png" in data:
                png = base64.b64decode(data["image/png"])
                data["image/png"] = "%s %d x %d" % (png[1:4].decode(), *struct.unpack(">II", png[16:24]))
            if "image/svg+xml" in data:
                data["image/svg+xml"] = data["image/svg+xml"][:4]
            print(" ", kind, content.get("execution_count"), data)
        elif kind == "error":
            print(" ", kind, content["ename"], content["evalue"], content["traceback"])
        elif kind == "execute_input":
            print(" ", kind, content["execution_count"])


def reply(request):
    while True:
        message = client.get_shell_msg(timeout=30)
        if message["parent_header"].get("msg_id") == request:
            return message["content"]


def execute(code, **options):
    request = client.execute(code, **options)
    print("execute", repr(code))
    outputs(request)
    content = reply(request)
    print("  reply", content["status"], content.get("execution_count"), content.get("payload", ""),
          content.get("user_expressions", ""))


info = reply(client.kernel_info())
print("info", info["protocol_version"], info["implementation"], info["language_info"]["name"], info["status"])
execute("local x = 6\nx * 7")
execute("print('hello') nj.arange(3)")
execute("1, 'two'")
execute("x", user_expressions={"double": "x * 2", "wrong": "y"})
execute("x = 100", silent=True)
execute("x", store_history=False)
execute("nj.arange(64):reshape(8, 8)")
execute("function f(t) return t.a.b end\nf {}")
execute("1 +")
execute("")
execute("?t:item")
execute("""local data = nj.data.load("digits")
local trainer = nj.trainer {
  model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = nj.losses.cce {},
  optimizer = nj.optim.sgd {}, learning_rate = 0.1,
}
#trainer:fit(data.train:first(200), { epochs = 1 })""")

print("complete", {k: v for k, v in reply(client.complete("é = nj.zero + 1", 11)).items() if k != "metadata"})
print("complete", reply(client.complete("nj.losses.rll { al", 18))["matches"])
for code, position in [("nj.eye(2)", 4), ("nj.eye(", 7), ("x", 1), ("nowhere", 3)]:
    content = reply(client.inspect(code, position))
    print("inspect", repr(code), content["found"], content["data"].get("text/plain", "").split("\n")[0])
for code in ["1 + 1", "function f()", ")", ""]:
    print("is complete", repr(code), reply(client.is_complete(code)))
print("history", reply(client.history(hist_access_type="tail", n=2, raw=True))["history"][0])

# An input that goes on is interrupted; what was sent after it is not run.
long = client.execute("print('on') while true do pcall(function() while true do end end) end")
after = client.execute("'not run'")
while client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
    pass
# By now it has both, however busy the machine is.
time.sleep(0.5)
manager.interrupt_kernel()
print("interrupted", reply(long)["ename"], reply(after)["status"])
execute("x")

# What another has signed is not answered.
client.session.key, key = b"another key", client.session.key
wrong = client.execute("x = 'broken'")
time.sleep(0.3)
client.session.key = key
execute("x")
deadline = time.monotonic() + 20
while not client.hb_channel.is_beating() and time.monotonic() < deadline:
    time.sleep(0.05)
print("alive", client.is_alive(), client.hb_channel.is_beating())
client.shutdown()
deadline = time.monotonic() + 20
while manager.provisioner.process.poll() is None and time.monotonic() < deadline:
    time.sleep(0.05)
print("ended", manager.provisioner.process.poll())
client.stop_channels()
manager.shutdown_kernel(now=True)
