"""Makes the .npy and .npz fixtures of this folder, and arrays.json with what they hold. Needs numpy:

    python3 make_arrays.py
"""
import json
import pathlib

import numpy as np
from numpy.lib import format as npy

here = pathlib.Path(__file__).parent
base = np.arange(6).reshape(2, 3)
arrays = {
    "float32": (base / 4 - 0.5).astype("<f4"),
    "float64": (base / 3).astype("<f8"),
    "float16": np.array([0, -1.5, 65504, 6e-8, np.inf], dtype="<f2"),
    "int8": np.array([-128, -1, 127], dtype="i1"),
    "int16": np.array([-32768, 5, 32767], dtype="<i2"),
    "int32": np.array([-2147483648, 5, 2147483647], dtype="<i4"),
    "int64": np.array([-2147483648, 5, 2147483647], dtype="<i8"),
    "int64_large": np.array([1, 2**31], dtype="<i8"),
    "uint8": np.array([[0, 255]], dtype="u1"),
    "uint16": np.array([0, 65535], dtype="<u2"),
    "uint32_large": np.array([2**32 - 1], dtype="<u4"),
    "bool": np.array([True, False, True]),
    "scalar": np.array(7.5),
    "empty": np.zeros((0, 4), dtype="<f4"),
    "fortran": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)),
    "fortran_big": np.asfortranarray(base.astype(">i4")),
    "big_float32": (base / 4).astype(">f4"),
    "big_float64": (base / 3).astype(">f8"),
    "big_int16": np.array([-2, 300], dtype=">i2"),
    "complex": np.array([1 + 2j]),
    "text": np.array(["abc"]),
    "record": np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")]),
}
facts = {}
for name, array in arrays.items():
    np.save(here / f"{name}.npy", array)
    holds = array.dtype.kind in "fiub"
    values = [float(x) for x in array.flatten(order="C")] if holds else []
    facts[name] = {"shape": list(array.shape), "values": [str(x) for x in values]}
for version in (2, 3):
    with open(here / f"version{version}.npy", "wb") as file:
        npy.write_array(file, arrays["float32"], version=(version, 0))
    facts[f"version{version}"] = facts["float32"]
np.savez(here / "stored.npz", weight=arrays["float32"], labels=arrays["int32"])
np.savez_compressed(here / "deflated.npz", zeros=np.zeros((50, 40), dtype="<f4"), mask=arrays["bool"])
(here / "arrays.json").write_text(json.dumps(facts, indent=1) + "\n")
