#!/usr/bin/env python3
"""Makes mat/ with SciPy: arrays of numbers in MATLAB's format 5, plain and packed, and values.json with what SciPy reads
back. SciPy writes the byte order of the machine; the files in the other order are written here by hand and read by SciPy.
Run it here; needs SciPy and NumPy."""
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from scipy import io, sparse

folder = Path(__file__).parent / "mat"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(11)
arrays = {
    "d": random.normal(size=(2, 3)),
    "whole": np.array([[1.0, 2.0], [300.0, -4.0]]),
    "f": random.normal(size=(3, 1)).astype(np.float32),
    "i16": random.integers(-30000, 30000, (2, 2, 2), dtype=np.int16),
    "u8": random.integers(0, 256, (3, 4, 2, 2), dtype=np.uint8),
    "i32": random.integers(-(2**31), 2**31, (1, 5), dtype=np.int32),
    "flag": np.array([[True, False, True]]),
    "empty": np.zeros((0, 3)),
}
others = {
    "text": "no numbers", "cells": np.array([[1, "a"]], dtype=object), "complex": np.array([[1 + 2j]]),
    "few": sparse.eye(3, format="csc"), "record": {"a": 1.0},
}
io.savemat(folder / "plain.mat", {**arrays, **others})
io.savemat(folder / "packed.mat", {**arrays, **others}, do_compression=True)

kinds = {np.dtype("f8"): (6, 9), np.dtype("f4"): (7, 7), np.dtype("i2"): (10, 3), np.dtype("u1"): (9, 2),
         np.dtype("i4"): (12, 5), np.dtype("?"): (9, 2)}


def element(kind, body):
    if 0 < len(body) <= 4:
        return struct.pack(">HH", len(body), kind) + body.ljust(4, b"\0")
    return struct.pack(">II", kind, len(body)) + body + b"\0" * (-len(body) % 8)


def big(name, array):
    mx, mi = kinds[array.dtype]
    flags = mx | (0x0200 if array.dtype == np.dtype("?") else 0)
    body = element(6, struct.pack(">II", flags, 0))
    body += element(5, struct.pack(f">{array.ndim}i", *array.shape)) + element(1, name.encode())
    body += element(mi, array.astype(array.dtype.newbyteorder(">")).tobytes(order="F"))
    return struct.pack(">II", 14, len(body)) + body


def packed(matrix):
    body = zlib.compress(matrix, 9)
    return struct.pack(">II", 15, len(body)) + body


header = b"MATLAB 5.0 MAT-file, big-endian".ljust(116, b" ") + bytes(8) + struct.pack(">H", 0x0100) + b"MI"
matrices = [big(name, array) for name, array in arrays.items()]
(folder / "big.mat").write_bytes(header + b"".join(matrices))
(folder / "big_packed.mat").write_bytes(header + b"".join(map(packed, matrices)))
for name in ("plain", "packed", "big", "big_packed"):
    read = io.loadmat(folder / f"{name}.mat")
    for key, array in arrays.items():
        assert np.array_equal(read[key], array), (name, key)
(folder / "values.json").write_text(json.dumps({
    key: {"shape": list(array.shape), "values": [repr(float(v)) for v in array.flatten()]}
    for key, array in arrays.items()}) + "\n")

# SVHN's form: bytes (32, 32, 3, count), and labels from 1 to 10.
for part, count in (("train", 4), ("test", 2)):
    images = random.integers(0, 256, (32, 32, 3, count), dtype=np.uint8) // 64 * 64
    labels = np.array([[10], [1], [9], [5]], dtype=np.uint8)[:count]
    io.savemat(folder / f"{part}_32x32.mat", {"X": images, "y": labels}, do_compression=True)
    if part == "train":
        nhwc = images.transpose(3, 0, 1, 2)
        (folder / "svhn.json").write_text(json.dumps({
            "first": nhwc[0, :2, :3].flatten().tolist(), "sum": int(nhwc.astype(int).sum()),
            "weighted": int((nhwc.flatten().astype(int) * (np.arange(nhwc.size) % 1009)).sum()),
            "mean": [round(float(v), 4) for v in (nhwc / 255).mean((0, 1, 2))],
            "deviation": [round(float(v), 4) for v in (nhwc / 255).std((0, 1, 2))]}) + "\n")
