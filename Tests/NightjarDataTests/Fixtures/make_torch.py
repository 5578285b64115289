"""Makes torch/*.pt and torch/torch.json: files as torch.save writes them, without PyTorch, and what they hold.

Of torch/serialization.py: a zip archive, stored, of data.pkl (protocol 2, storages as persistent identities), data/KEY,
byteorder and version. Classes and functions of PyTorch are stand-ins under its names; arrays are NumPy's own.
"""

import collections
import io
import json
import os
import pickle
import sys
import types
import zipfile

import numpy as np

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch")
os.makedirs(folder, exist_ok=True)

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


def stand_in(module, name):
    thing = type(name, (), {"__module__": module.__name__})
    setattr(module, name, thing)
    return thing


rebuild, parameter = stand_in(utils, "_rebuild_tensor_v2"), stand_in(utils, "_rebuild_parameter")
kinds = {
    "f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "i4": "IntStorage",
    "i2": "ShortStorage", "i1": "CharStorage", "u1": "ByteStorage", "b1": "BoolStorage", "bf": "BFloat16Storage",
}
storages = {code: stand_in(torch, name) for code, name in kinds.items()}


class Storage:
    def __init__(self, code, data):
        self.code, self.data = code, data


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.parts = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return rebuild, self.parts


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return parameter, (self.tensor, True, collections.OrderedDict())


class Pickler(pickle._Pickler):
    def __init__(self, file, order):
        super().__init__(file, protocol=2)
        self.keys, self.order = {}, order

    def persistent_id(self, thing):
        if not isinstance(thing, Storage):
            return None
        key = self.keys.setdefault(id(thing), (str(len(self.keys)), thing))[0]
        return ("storage", storages[thing.code], key, "cpu", len(thing.data) // (2 if thing.code == "bf" else int(thing.code[1])))


def of(array, code=None):
    """A tensor of an array, with the array's own strides."""
    base = array if array.base is None else array.base
    width = array.itemsize
    offset = (array.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // width
    key = id(base)
    if key not in known:
        # With the array itself, whose place in memory another one would take otherwise.
        known[key] = Storage(code or array.dtype.str[1:], base.tobytes()), base
    return Tensor(known[key][0], offset, array.shape, tuple(s // width for s in array.strides))


known = {}


def save(name, value, numpy_1=True, compress=False):
    stream = io.BytesIO()
    pickler = Pickler(stream, "little")
    pickler.dump(value)
    data = stream.getvalue()
    if numpy_1:
        data = data.replace(b"cnumpy._core.", b"cnumpy.core.")
    with zipfile.ZipFile(os.path.join(folder, name), "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as out:
        def add(path, content):
            out.writestr(zipfile.ZipInfo(name[:-3] + "/" + path, (1980, 1, 1, 0, 0, 0)), content)
        add("data.pkl", data)
        add("byteorder", b"little")
        for key, storage in pickler.keys.values():
            add("data/" + key, storage.data)
        add("version", b"3\n")


random = np.random.default_rng(1)
clean = random.integers(0, 10, 400)
worse = np.where(random.random(400) < 0.4, (clean + 1) % 10, clean)
# As CIFAR-10N's CIFAR-10_human.pt: int64 arrays of NumPy 1 by name.
save("human.pt", {"clean_label": clean, "worse_label": worse})
arrays = {"a": np.arange(12, dtype="f4").reshape(3, 4) / 8, "big": np.arange(5).astype(">i4"), "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
          "empty": np.zeros((0, 2), "f8"), "mask": np.array([True, False])}
save("numpy2.pt", arrays, numpy_1=False, compress=True)
save("one.pt", np.arange(7, dtype="u1"))

weight = np.arange(12, dtype="f4").reshape(3, 4) - 5
brain = (np.arange(4, dtype="f4") * 1.5).view("u4") >> 16
state = collections.OrderedDict()
state["conv.weight"] = Parameter(of(weight))
state["conv.transposed"] = of(weight.T)
state["conv.part"] = of(weight[1:, ::2])
state["half"] = of(np.array([1.5, -2, 65504], "f2"))
state["brain"] = of(brain.astype("u2"), "bf")
state["counter"] = of(np.array(12345678))
state["bytes"] = of(np.array([[0, 255]], "u1"))
state["small"] = of(np.array([-128, 127], "i1"))
state["mask"] = of(np.array([True, False, True]))
state["none"] = of(np.zeros((2, 0), "f8"))
save("state.pt", {"model": state, "epoch": 3, "rate": 0.5, "name": "run", "flag": True, "path": collections.Counter("ab"),
                  "list": [1, 2], "nothing": None, "order": {1: of(np.arange(3, dtype="i4"))}})


class Evil:
    def __reduce__(self):
        return os.system, ("touch evil-was-here",)


save("evil.pt", {"labels": np.arange(3), "evil": Evil()})
facts = {
    "human": {"clean_label": clean.tolist(), "worse_label": worse.tolist()},
    "numpy2": {k: v.ravel().astype(float).tolist() for k, v in arrays.items()},
}
with open(os.path.join(folder, "torch.json"), "w") as out:
    json.dump(facts, out)
    out.write("\n")
