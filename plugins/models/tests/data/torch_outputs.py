#!/usr/bin/env python3
"""Makes torch_outputs.lua: what networks with PyTorch's names and layouts answer, computed here in NumPy by the modules as
torchvision, pytorch-cifar and WideResNet-pytorch define them, in float64. Weights are made by a formula of each tensor's
number in the order of names, so that both sides have the same. Run it here; needs NumPy."""
from pathlib import Path

import numpy as np


def values(name, shape, number):
    u = ((np.arange(np.prod(shape)) * 7919.0 + 31 * number) % 10007 / 10007 - 0.5).reshape(shape)
    if name.endswith("running_var"):
        return 1 + u
    if len(shape) == 1:
        return (1 if name.endswith("weight") else 0) + 0.2 * u
    return u * np.sqrt(24 / np.prod(shape[1:]))


class Net:
    """Modules by name; the first pass writes down which tensors there are, the second one computes."""

    def __init__(self):
        self.shapes, self.state = {}, None

    def tensor(self, name, shape):
        self.shapes[name] = shape
        return self.state[name] if self.state else np.zeros(shape)

    def conv(self, x, name, outputs, kernel, stride=1, padding=0, bias=False):
        n, c, h, w = x.shape
        weight = self.tensor(name + ".weight", (outputs, c, kernel, kernel))
        offset = self.tensor(name + ".bias", (outputs,)) if bias else np.zeros(outputs)
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        oh, ow = (h + 2 * padding - kernel) // stride + 1, (w + 2 * padding - kernel) // stride + 1
        out = np.zeros((n, outputs, oh, ow))
        for i in range(kernel):
            for j in range(kernel):
                part = x[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
                out += np.einsum("nchw,oc->nohw", part, weight[:, :, i, j], optimize=True)
        return out + offset[:, None, None]

    def bn(self, x, name):
        c = x.shape[1]
        weight, bias, mean, var = (self.tensor(f"{name}.{part}", (c,))[:, None, None]
                                   for part in ("weight", "bias", "running_mean", "running_var"))
        return (x - mean) / np.sqrt(var + 1e-5) * weight + bias

    def linear(self, x, name, outputs):
        return x @ self.tensor(name + ".weight", (outputs, x.shape[1])).T + self.tensor(name + ".bias", (outputs,))


def relu(x):
    return np.maximum(x, 0)


def max_pool(x, kernel, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=-np.inf)
    views = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]
    return views.max((4, 5))


def resnet(net, x, blocks, bottleneck):
    """torchvision.models.resnet, version 0.15."""
    x = max_pool(relu(net.bn(net.conv(x, "conv1", 64, 7, 2, 3), "bn1")), 3, 2, 1)
    for stage, count in enumerate(blocks):
        width = 64 << stage
        outputs = 4 * width if bottleneck else width
        for number in range(count):
            stride, name = (2 if stage and not number else 1), f"layer{stage + 1}.{number}."
            y = x
            if bottleneck:
                y = relu(net.bn(net.conv(y, name + "conv1", width, 1), name + "bn1"))
                y = relu(net.bn(net.conv(y, name + "conv2", width, 3, stride, 1), name + "bn2"))
                y = net.bn(net.conv(y, name + "conv3", outputs, 1), name + "bn3")
            else:
                y = relu(net.bn(net.conv(y, name + "conv1", width, 3, stride, 1), name + "bn1"))
                y = net.bn(net.conv(y, name + "conv2", width, 3, 1, 1), name + "bn2")
            if stride != 1 or x.shape[1] != outputs:
                x = net.bn(net.conv(x, name + "downsample.0", outputs, 1, stride), name + "downsample.1")
            x = relu(x + y)
    return net.linear(x.mean((2, 3)), "fc", 10)


def preact(net, x):
    """models/preact_resnet.py of kuangliu/pytorch-cifar."""
    x = net.conv(x, "conv1", 64, 3, 1, 1)
    for stage in range(4):
        for number in range(2):
            outputs, stride = 64 << stage, 2 if stage and not number else 1
            name = f"layer{stage + 1}.{number}."
            out = relu(net.bn(x, name + "bn1"))
            has_shortcut = stride != 1 or x.shape[1] != outputs
            short = net.conv(out, name + "shortcut.0", outputs, 1, stride) if has_shortcut else x
            out = net.conv(out, name + "conv1", outputs, 3, stride, 1)
            x = net.conv(relu(net.bn(out, name + "bn2")), name + "conv2", outputs, 3, 1, 1) + short
    return net.linear(x.mean((2, 3)), "linear", 10)


def wrn(net, x, k):
    """wideresnet.py of xternalz/WideResNet-pytorch."""
    x = net.conv(x, "conv1", 16, 3, 1, 1)
    for stage in range(3):
        for number in range(4):
            outputs, stride = (16 << stage) * k, 2 if stage and not number else 1
            name = f"block{stage + 1}.layer.{number}."
            equal = x.shape[1] == outputs
            out = relu(net.bn(x, name + "bn1"))
            short = x if equal else net.conv(out, name + "convShortcut", outputs, 1, stride)
            out = relu(net.bn(net.conv(out, name + "conv1", outputs, 3, stride, 1), name + "bn2"))
            x = short + net.conv(out, name + "conv2", outputs, 3, 1, 1)
    return net.linear(relu(net.bn(x, "bn1")).mean((2, 3)), "fc", 10)


def vgg(net, x, plan):
    """The features of torchvision.models.vgg with batch norm, and one dense layer."""
    place = 0
    for block in plan:
        for outputs in block:
            x = relu(net.bn(net.conv(x, f"features.{place}", outputs, 3, 1, 1, bias=True), f"features.{place + 1}"))
            place += 3
        x, place = max_pool(x, 2, 2, 0), place + 1
    return net.linear(x.mean((2, 3)), "classifier", 10)


plan11 = [[64], [128], [256, 256], [512, 512], [512, 512]]
plan16 = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]
networks = {
    "resnet18": lambda net, x: resnet(net, x, (2, 2, 2, 2), False),
    "resnet34": lambda net, x: resnet(net, x, (3, 4, 6, 3), False),
    "resnet50": lambda net, x: resnet(net, x, (3, 4, 6, 3), True),
    "preact_resnet18": preact,
    "wrn28": lambda net, x: wrn(net, x, 2),
    "vgg11": lambda net, x: vgg(net, x, plan11),
    "vgg16": lambda net, x: vgg(net, x, plan16),
}

if __name__ == "__main__":
    # (2, channels, height, width); the same numbers in Lua.
    images = ((np.arange(2 * 3 * 32 * 32) * 7919.0) % 10007 / 10007 - 0.5).reshape(2, 3, 32, 32)
    lines = ["-- Made by torch_outputs.py.", "return {"]
    for name, network in networks.items():
        net = Net()
        network(net, images)
        net.state = {key: values(key, net.shapes[key], i + 1) for i, key in enumerate(sorted(net.shapes))}
        logits = network(net, images)
        assert np.isfinite(logits).all()
        lines.append(f"  {name} = {{")
        parameters = sum(v.size for k, v in net.state.items() if "running" not in k)
        lines.append(f"    count = {len(net.shapes)}, parameters = {parameters},")
        for row in logits:
            texts = [f"{v:.9g}" for v in row]
            lines.append("    { " + ", ".join(texts[:5]) + ",\n      " + ", ".join(texts[5:]) + " },")
        lines.append("  },")
    lines.append("}")
    (Path(__file__).parent / "torch_outputs.lua").write_text("\n".join(lines) + "\n")
