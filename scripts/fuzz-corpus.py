#!/usr/bin/env python3
"""fuzz-corpus.py: the first inputs of the fuzz targets, in Tests/Fuzz/Corpus, a folder a target. Small, and each right: what is
wrong, changes find. Files that tests have are copied, the rest is made here; a run of this changes nothing."""
import gzip
import pathlib
import shutil
import sqlite3
import struct
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "Tests/Fuzz/Corpus"
DATA = ROOT / "Tests/NightjarDataTests/Fixtures"
RUNS = ROOT / "Tests/NightjarRunsTests/Fixtures"


def put(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def copy(target, *files):
    for file in files:
        put(target, file.name, file.read_bytes())


def packed(content):
    return gzip.compress(content, mtime=0)


def npy(descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def arrays():
    copy("npy", *(DATA / f"{name}.npy" for name in "float32 fortran_big float16 int64 version2 bool scalar empty".split()))
    copy("npz", DATA / "stored.npz", DATA / "deflated.npz")
    copy("png", *sorted((DATA / "images").glob("*.p?m")), *sorted((DATA / "images").glob("*.png")),
         DATA / "pictures/adam7.png")
    copy("jpeg", *(DATA / "pictures" / name for name in ("colours.jpg", "full.jpeg", "grey.JPG", "progressive.jpg")))
    copy("mat", *(DATA / "mat" / name for name in ("plain.mat", "packed.mat", "big.mat", "big_packed.mat")))
    copy("pt", *(DATA / "torch" / name for name in ("one.pt", "numpy2.pt", "state.pt", "human.pt")))


def files():
    idx = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 3, 3) + bytes(range(18))
    put("idx", "plain", idx)
    put("idx", "packed", packed(idx))
    record = bytes([7]) + bytes(range(256)) * 12
    put("cifar", "one", record)
    put("cifar", "packed", packed(record * 2))
    put("csv", "plain.csv", "a,b,label\n1,2.5,x\n-3e2,4,y\n5,6,x\n")
    copy("csv", *sorted((DATA / "csv").glob("*.?sv")))
    text = b"the same again, " * 20
    put("gzip", "one.gz", packed(text))
    put("gzip", "two.gz", packed(text) + packed(b"more"))
    put("gzip", "stored.gz", gzip.compress(text, compresslevel=0, mtime=0))
    put("json", "object", '{"a": [1, -2.5e-3, true, null], "b": {"c": "\\u00e9\\ud83d\\ude00\\n"}, "d": 9007199254740993}\n')
    put("json", "list", "[[], {}, \"\", 0, 1e308, \"\\\"\\\\\"]\n")
    copy("safetensors", RUNS / "python.safetensors")


def runs():
    config = """{
  "cell": [
    {"axis": "loss", "value": "rll"},
    {"axis": "seed", "value": 1}
  ],
  "environment": {"machine": "m", "threads": 2},
  "epochs": 2,
  "experiment": "fuzz",
  "metrics": [{"name": "j1", "title": "J1", "unit": "percent", "minimum": 0, "maximum": 100, "headline": true}],
  "replicates": ["seed"],
  "settings": {"hidden": [512, 512], "rate": 0.4}
}
"""
    summary = """{
  "best": {"by": "j1", "epoch": 1, "metrics": {"j1": 51}},
  "config_hash": "0123456789abcdef",
  "ended": "2026-11-28T10:00:05Z",
  "epochs": 2,
  "metrics": {"j1": 50, "loss": 0.25},
  "seconds": 1.5,
  "started": "2026-11-28T10:00:00Z",
  "status": "finished"
}
"""
    metrics = "epoch,j1,loss\n1,50,0.5\n2,51.25,\n3,nan,1e-05\n"
    put("config", "run", config)
    put("summary", "finished", summary)
    put("summary", "failed", '{"status": "failed", "message": "it fell", "epochs": 0, "metrics": {}, "seconds": 0}\n')
    put("metrics", "three", metrics)
    put("labels", "three", "index,true,given\n0,1,1\n1,0,1\n2,9,9\n")
    put("ledger", "float32", npy("<f4", (2, 3, 4), struct.pack("<24f", *range(24))))
    put("ledger", "float64", npy("<f8", (3,), struct.pack("<3d", 1, 2, 3)))
    put("table", "summary", 'loss,rate,seed,status,epochs,j1,j2\ncce,0,1,finished,60,100,\n"a ""b"", c",0.4,2,failed,3,,\n')
    lines = {
        "format": "nightjar checkpoint 2", "epochs": "3", "steps": "36", "training": "1", "rows": "3:0123456789abcdef",
        "rows of ledger": "3:0123456789abcdef", "draws": "4", "kept": "true", "config_hash": "0123456789abcdef",
        "course": "{}", "nightjar": "1.0", "asks_length": "true",
    }
    put("checkpoint", "metadata", "=" + "\n".join(f"{name}={text}" for name, text in lines.items()))
    copy("checkpoint", RUNS / "python.safetensors")
    for place, text in enumerate((config, summary, metrics)):
        put("index", f"file{place}", bytes([place]) + text.encode())
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "runs.sqlite"
        database = sqlite3.connect(path)
        database.execute("pragma page_size = 512")
        database.execute("create table run (id text primary key, status text)")
        database.execute("insert into run values ('fuzz/one', 'finished')")
        database.commit()
        database.close()
        put("index", "database", b"\x03" + path.read_bytes())


def scripts():
    put("manifest", "mine", 'return {\n  name = "mine", version = "1.2.0", api = ">= 1.0",\n'
        '  provides = { losses = { "mine.lua" } },\n  depends = { losses = ">= 1.0, < 2" },\n'
        '  deprecations = { losses = { old = "mine" } },\n  license = "MIT", description = "d", homepage = "h",\n}\n')
    # Most of it can be changed and says the same.
    put("manifest", "loop", "-- What stands here is nothing that anybody reads: a comment, " * 8 + '\nlocal t = {}\nfor i = 1, 3 do t[#t + 1] = "mine.lua" end\n'
        'return { name = "mine", version = "1", provides = { losses = t } }\n')
    put("settings", "config", "rate=0.5\nepochs=4\nloss=rll{alpha=0.45}\nhidden=8,16\nnames=a, b\nflag=true")
    put("settings", "parameter", "loss=rll\nloss.alpha=0.2\nhidden={1,2}")
    put("settings", "axes", "\nseed=1,2,3\nloss=cce,rll{alpha=0.1}\nmodel=mlp{hidden={4}}\nrate=0.2")
    put("settings", "tied", "\ndata=digits\nloss.alpha=0.1,0.45\nepochs=9\nhidden=16,4")
    # Any bytes choose calls and graphs; libFuzzer begins with these.
    for target, lengths in (("lua", (16, 64, 200)), ("planner", (8, 48, 160))):
        for length in lengths:
            put(target, f"bytes{length}", bytes((index * 37 + length) % 251 for index in range(length)))


def main():
    shutil.rmtree(CORPUS, ignore_errors=True)
    for make in (arrays, files, runs, scripts):
        make()


if __name__ == "__main__":
    main()
