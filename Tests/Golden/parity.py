"""Writes parity.json: twenty training steps of the networks of plugins/models by PyTorch, in float64 and float32.

    pip install torch numpy
    python3 Tests/Golden/parity.py --models FOLDER/peer_torch.py

The networks are those of the file that --models names (the peers' side of the benchmarks, or any file with the same
dictionary MODELS from names to (constructor, shape of a sample)); depths other than 32 are made from its block.

Weights, inputs and labels come from `uniform` below, which Tests/NightjarScriptingTests/ParityTests.swift has as well,
so that nothing but losses and marks of gradients is stored. Everything is numbered in Nightjar's order and layout:
images [N, H, W, C], convolutions [kh, kw, in, out], matrices [in, out].
"""
import argparse
import importlib.util
import json
import math
import pathlib

import numpy as np
import torch

STEPS, RATE, MOMENTUM = 20, 0.01, 0.9
BATCHES = 3
# Samples in a batch.
SIZES = {"mlp": 16, "lenet": 16, "resnet20": 8, "resnet32": 8, "resnet18": 16, "inception_lite": 8}
MARKS = 6


def uniform(stream, count):
    """Numbers of -1 to 1, exact in float32: SplitMix64 of (stream << 40) + index, its upper 24 bits."""
    with np.errstate(over="ignore"):
        z = (np.uint64(stream) << np.uint64(40)) + np.arange(count, dtype=np.uint64)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / 2 ** 23 - 1


def value(number, shape, is_scale):
    """Parameter `number` of a model, in Nightjar's shape."""
    u = uniform(number + 1, math.prod(shape))
    if len(shape) == 1:
        u = 0.1 * u + (1 if is_scale else 0)
    else:
        u = u * math.sqrt((6 if len(shape) == 4 else 3) / math.prod(shape[:-1]))
    return u.reshape(shape).astype(np.float32)


def to_torch(v, features):
    if v.ndim == 4:
        return v.transpose(3, 2, 0, 1)
    if v.ndim == 2:
        # A matrix that reads a flattened map reads it channel by channel in PyTorch.
        if features:
            c, h, w = features
            v = v.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(c * h * w, -1)
        return v.T
    return v


def from_torch(g, features):
    if g.ndim == 4:
        return g.transpose(2, 3, 1, 0)
    if g.ndim == 2:
        g = g.T
        if features:
            c, h, w = features
            g = g.reshape(c, h, w, -1).transpose(1, 2, 0, 3).reshape(c * h * w, -1)
    return g


def shape_of(parameter):
    s = tuple(parameter.shape)
    return (s[2], s[3], s[1], s[0]) if len(s) == 4 else tuple(reversed(s)) if len(s) == 2 else s


class Network:
    def __init__(self, peers, name, dtype):
        if name == "resnet20":
            # ResNet-32's layers with three blocks a stage.
            layers = list(peers.resnet32())
            keep = [0, 1, 2, 3, 4, 5, 8, 9, 10, 13, 14, 15, 18, 19, 20]
            self.model, self.shape = torch.nn.Sequential(*[layers[i] for i in keep]), (3, 32, 32)
        else:
            make, self.shape = peers.MODELS[name]
            self.model = make()
        self.model = self.model.to(dtype)
        self.features = []
        scales = {id(m.weight) for m in self.model.modules() if isinstance(m, torch.nn.BatchNorm2d)}
        with torch.no_grad():
            for number, p in enumerate(self.model.parameters()):
                self.features.append((64, 7, 7) if name == "lenet" and tuple(p.shape) == (512, 3136) else None)
                v = value(number, shape_of(p), id(p) in scales)
                p.copy_(torch.from_numpy(np.ascontiguousarray(to_torch(v, self.features[-1]))).to(dtype))

    def gradients(self):
        for p, f in zip(self.model.parameters(), self.features):
            yield from_torch(p.grad.double().numpy(), f).flatten()


def batches(shape, size, dtype):
    c, h, w = shape
    for number in range(BATCHES):
        x = uniform(1000 + number, size * h * w * c).reshape(size, h, w, c).transpose(0, 3, 1, 2)
        y = ((uniform(2000 + number, size) + 1) * 5).astype(np.int64)
        yield torch.from_numpy(np.ascontiguousarray(x)).to(dtype), torch.from_numpy(y)


def run(peers, name, dtype, threads=2, memory=torch.contiguous_format):
    torch.set_num_threads(threads)
    network = Network(peers, name, dtype)
    network.model = network.model.to(memory_format=memory)
    data = [(x.to(memory_format=memory), y) for x, y in batches(network.shape, SIZES[name], dtype)]
    optimizer = torch.optim.SGD(network.model.parameters(), lr=RATE, momentum=MOMENTUM)
    losses, marks = [], []
    for step in range(STEPS):
        x, y = data[step % BATCHES]
        optimizer.zero_grad()
        loss = peers.rll(network.model(x), y)
        loss.backward()
        if step == 0:
            for g in network.gradients():
                places = [(k * 7919) % g.size for k in range(MARKS)]
                marks.append({"largest": float(np.abs(g).max()), "sum": float(g.sum()),
                              "at": places, "values": [float(g[i]) for i in places]})
        optimizer.step()
        losses.append(loss.item())
    return losses, marks


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--models", required=True)
    args = cli.parse_args()
    spec = importlib.util.spec_from_file_location("peer_models", args.models)
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    out = {"made_with": f"torch {torch.__version__}", "learning_rate": RATE, "momentum": MOMENTUM, "models": {}}
    for name, size in SIZES.items():
        exact, marks = run(peers, name, torch.float64)
        single = [run(peers, name, torch.float32, threads, memory)[0] for threads in (1, 2)
                  for memory in (torch.contiguous_format, torch.channels_last)]
        out["models"][name] = {"batch": size, "losses": exact, "losses_float32": single, "gradients": marks}
        drift = [max(abs(a - b) for a, b in zip(exact, losses)) for losses in single]
        print(name, exact[0], exact[-1], "drift of float32", drift, flush=True)
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
